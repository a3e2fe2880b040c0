"""Changes of stride and cadence: of the reference motion, the rewarded gait and the observed parameters."""

from __future__ import annotations

from dataclasses import replace

from ..readers.character import Character
from ..readers.motion import Motion
from ..readers.text import vector
from .environment_config import EnvironmentConfig
from .rewards import GaitNetReward

STRIDE, CADENCE = "gait.stride", "gait.cadence"
"""GaitNet's names of these parameters in the observation."""
FORWARD = 5
"""Index of the translation along z in a free root's positions, m."""


def retimed(
    config: EnvironmentConfig, character: Character, motion: Motion, stride: float, cadence: float
) -> tuple[EnvironmentConfig, Motion]:
    """The configuration and motion with stride length and cadence multiplied by these factors.

    Joint poses do not change; the gait of the reward and the parameters that the policy observes
    change accordingly. The speed is averaged over as many seconds as before, so that the state of a
    running environment fits. ValueError for factors that are not positive.
    """
    if not (stride > 0 and cadence > 0):
        raise ValueError(f"stride {stride:g} and cadence {cadence:g}: factors must be positive")
    if stride == cadence == 1.0:
        return config, motion
    motion = replace(motion, frame_time=motion.frame_time / cadence)
    if character.bodies[0].joint.type == "free":
        frames, translation = motion.frames.copy(), motion.cycle_translation.copy()
        frames[:, FORWARD] = frames[0, FORWARD] + stride * (frames[:, FORWARD] - frames[0, FORWARD])
        translation[2] *= stride
        motion = replace(motion, frames=vector(frames), cycle_translation=vector(translation))
    update: dict[str, object] = {}
    if isinstance(config.reward, GaitNetReward):
        average = config.reward.average_speed
        gait = {
            "average_speed": average
            and average.model_copy(update={"window": average.window * cadence}),
            "stride": config.reward.stride and config.reward.stride * stride,
            "speed": config.reward.speed and config.reward.speed * stride * cadence,
        }
        update["reward"] = config.reward.model_copy(update=gait)
    factors = {STRIDE: stride, CADENCE: cadence}
    parameters = [
        p.model_copy(update={"value": p.value * factors.get(p.name, 1.0)})
        for p in config.observation.parameters
    ]
    update["observation"] = config.observation.model_copy(update={"parameters": parameters})
    return config.model_copy(update=update), motion
