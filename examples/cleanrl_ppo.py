"""PPO in one file, in the manner of CleanRL's ppo_continuous_action, on gymnasium's vector interface.

pip install "muscle-viewer[gymnasium]"; python examples/cleanrl_ppo.py --out policy.pt; muscle-viewer policy.pt
Huang et al. 2022, "CleanRL", jmlr.org/papers/v23/21-1342; Schulman et al. 2017, arXiv 1707.06347.
"""

import gymnasium
import muscle_viewer.training.interfaces  # noqa: F401 - registers the ids
import numpy as np
import torch
from arguments import options
from muscle_viewer.training.interfaces.export import of_gymnasium, save_policy
from muscle_viewer.training.interfaces.returns import Returns
from torch import nn
from torch.distributions import Normal

GAMMA, LAMBDA, CLIP, EPOCHS, MINIBATCHES, RATE = 0.97, 0.95, 0.2, 4, 4, 3e-4


def layer(inputs: int, outputs: int, gain: float = 2**0.5) -> nn.Linear:
    linear = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(linear.weight, gain)
    nn.init.zeros_(linear.bias)
    return linear


class Agent(nn.Module):
    def __init__(self, obs_dim: int, action_dim: int) -> None:
        super().__init__()
        self.critic = nn.Sequential(
            layer(obs_dim, 256), nn.Tanh(), layer(256, 256), nn.Tanh(), layer(256, 1, 1.0)
        )
        self.actor_mean = nn.Sequential(
            layer(obs_dim, 256), nn.Tanh(), layer(256, 256), nn.Tanh(), layer(256, action_dim, 0.01)
        )
        self.actor_logstd = nn.Parameter(torch.full((1, action_dim), -1.0))

    def distribution(self, obs: torch.Tensor) -> Normal:
        return Normal(self.actor_mean(obs), self.actor_logstd.exp())

    def value(self, obs: torch.Tensor) -> torch.Tensor:
        return self.critic(obs).squeeze(-1)


def main() -> None:
    given = options(__doc__)
    torch.manual_seed(given.seed)
    base = gymnasium.make_vec("muscle_viewer/Walk-v0", num_envs=given.num_envs)
    returns = Returns(base.unwrapped.batch)
    envs = gymnasium.wrappers.vector.NormalizeObservation(base)
    envs = gymnasium.wrappers.vector.NormalizeReward(envs, gamma=GAMMA)
    agent = Agent(envs.single_observation_space.shape[0], envs.single_action_space.shape[0])
    optimiser = torch.optim.Adam(agent.parameters(), RATE, eps=1e-5)

    def tensor(values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.asarray(values, np.float32))

    obs = tensor(envs.reset(seed=given.seed)[0])
    begins = torch.zeros(given.num_envs)  # NEXT_STEP: the step after an end only starts an episode
    while returns.steps < given.steps:
        rows: dict[str, list[torch.Tensor]] = {
            name: []
            for name in ("obs", "actions", "log_probs", "values", "rewards", "ends", "valid")
        }
        for _ in range(given.rollout):
            with torch.no_grad():
                distribution = agent.distribution(obs)
                actions = distribution.sample()
                value = agent.value(obs)
            following, reward, terminated, truncated, _ = envs.step(actions.numpy())
            ended = tensor(terminated | truncated)
            log_probs = distribution.log_prob(actions).sum(-1)
            parts = (obs, actions, log_probs, value, tensor(reward), ended, 1 - begins)
            for name, part in zip(rows, parts, strict=True):
                rows[name].append(part)
            obs, begins = tensor(following), ended
        data = {name: torch.stack(parts) for name, parts in rows.items()}
        with torch.no_grad():
            advantages, ahead = torch.zeros_like(data["rewards"]), torch.zeros(given.num_envs)
            following_value = agent.value(obs)
            for t in reversed(range(given.rollout)):
                goes_on = 1 - data["ends"][t]
                delta = data["rewards"][t] + GAMMA * following_value * goes_on - data["values"][t]
                ahead = delta + GAMMA * LAMBDA * goes_on * ahead
                advantages[t], following_value = ahead, data["values"][t]
        targets = advantages + data["values"]
        valid = data["valid"].flatten().bool()
        flat = {name: part.flatten(0, 1)[valid] for name, part in data.items()}
        flat |= {"advantages": advantages.flatten()[valid], "targets": targets.flatten()[valid]}
        for _ in range(EPOCHS):
            for chosen in torch.randperm(int(valid.sum())).chunk(MINIBATCHES):
                part = {name: values[chosen] for name, values in flat.items()}
                log_probs = agent.distribution(part["obs"]).log_prob(part["actions"]).sum(-1)
                ratio = (log_probs - part["log_probs"]).exp()
                advantage = part["advantages"] - part["advantages"].mean()
                advantage = advantage / (advantage.std() + 1e-8)
                limited = ratio.clamp(1 - CLIP, 1 + CLIP)
                loss = -torch.min(advantage * ratio, advantage * limited).mean()
                loss = loss + 0.5 * (agent.value(part["obs"]) - part["targets"]).square().mean()
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                optimiser.step()
    save_policy(given.out, base.unwrapped.batch, agent, of_gymnasium(envs), {"trainer": "CleanRL"})
    print(f"{given.out}: {returns.said()}")


if __name__ == "__main__":
    main()
