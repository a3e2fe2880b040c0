"""torchrl's collector and clipped PPO loss learn to walk; the policy becomes a checkpoint that muscle-viewer opens.

pip install "muscle-viewer[torchrl]"; python examples/torchrl_ppo.py --out policy.pt; muscle-viewer policy.pt
"""

import torch
from arguments import options
from muscle_viewer.core.foreign import Normalisation
from muscle_viewer.training.interfaces.export import save_policy
from muscle_viewer.training.interfaces.returns import Returns
from muscle_viewer.training.interfaces.torchrl import MuscleTorchEnv
from tensordict.nn import AddStateIndependentNormalScale, TensorDictModule
from torch import nn
from torchrl.collectors import Collector
from torchrl.envs import ObservationNorm, TransformedEnv
from torchrl.modules import MLP, IndependentNormal, ProbabilisticActor, ValueOperator
from torchrl.objectives import ClipPPOLoss
from torchrl.objectives.value import GAE

MINIBATCHES, EPOCHS = 4, 5


def main() -> None:
    given = options(__doc__)
    torch.manual_seed(given.seed)
    base = MuscleTorchEnv("walk", given.num_envs, seed=given.seed)
    norm = ObservationNorm(in_keys=["observation"], standard_normal=True)
    env = TransformedEnv(base, norm)
    norm.init_stats(num_iter=given.rollout, reduce_dim=(0, 1), cat_dim=1)
    norm.scale.clamp_(min=1e-3)
    returns = Returns(base.batch)

    actions, observations = base.batch.action_dim, base.batch.obs_dim
    hidden = {"num_cells": [256, 256], "activation_class": nn.ELU}
    mean = MLP(observations, actions, **hidden)
    nn.init.orthogonal_(mean[-1].weight, 0.01)
    network = nn.Sequential(mean, AddStateIndependentNormalScale(actions, scale_lb=1e-3))
    with torch.no_grad():
        network[1].state_independent_scale.fill_(-1.0)
    policy = ProbabilisticActor(
        TensorDictModule(network, ["observation"], ["loc", "scale"]),
        in_keys=["loc", "scale"],
        distribution_class=IndependentNormal,
        return_log_prob=True,
    )
    value = ValueOperator(MLP(observations, 1, **hidden), in_keys=["observation"])
    loss_of = ClipPPOLoss(policy, value, clip_epsilon=0.2, entropy_coeff=0.0)
    advantage = GAE(gamma=0.97, lmbda=0.95, value_network=value)
    optimiser = torch.optim.Adam(loss_of.parameters(), 3e-4)

    frames = given.num_envs * given.rollout
    collector = Collector(env, policy, frames_per_batch=frames, total_frames=given.steps)
    for data in collector:
        for _ in range(EPOCHS):
            with torch.no_grad():
                advantage(data)
            flat = data.reshape(-1)
            for rows in torch.randperm(len(flat)).chunk(MINIBATCHES):
                losses = loss_of(flat[rows])
                loss = losses["loss_objective"] + losses["loss_critic"]
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(loss_of.parameters(), 0.5)
                optimiser.step()
        collector.update_policy_weights_()
    collector.shutdown()
    deviation = norm.scale.double()
    statistics = Normalisation.of_deviation(norm.loc, deviation)
    save_policy(given.out, base.batch, policy, statistics)
    print(f"{given.out}: {returns.said()}")


if __name__ == "__main__":
    main()
