"""Training: PPO for the policy, supervised learning for the muscle network."""
