"""Another stride and cadence: the reference motion, the gait asked for and what the policy is told of it."""

from __future__ import annotations

from dataclasses import replace

from ..readers.character import Character
from ..readers.motion import Motion
from ..readers.text import vector
from .environment_config import EnvironmentConfig, GaitNetReward

STRIDE, CADENCE = "gait.stride", "gait.cadence"
"""The lineage's names of these parameters among what a policy observes."""
FORWARD = 5
"""Of a free root's positions: its way along z, m."""


def retimed(
    config: EnvironmentConfig, character: Character, motion: Motion, stride: float, cadence: float
) -> tuple[EnvironmentConfig, Motion]:
    """The configuration and motion with `stride` times the way per cycle, `cadence` times the cycles.

    The poses of the joints stay; a gait that the reward asks for and parameters that the policy
    observes change with them. The speed is averaged over as many seconds as before, so that the state
    of a running environment fits. ValueError for factors that are not positive.
    """
    if not (stride > 0 and cadence > 0):
        raise ValueError(f"stride {stride:g} and cadence {cadence:g}: positive factors are wanted")
    if stride == cadence == 1.0:
        return config, motion
    motion = replace(motion, frame_time=motion.frame_time / cadence)
    if character.bodies[0].joint.type == "free":
        frames, way = motion.frames.copy(), motion.cycle_translation.copy()
        frames[:, FORWARD] = frames[0, FORWARD] + stride * (frames[:, FORWARD] - frames[0, FORWARD])
        way[2] *= stride
        motion = replace(motion, frames=vector(frames), cycle_translation=vector(way))
    update: dict[str, object] = {}
    if isinstance(config.reward, GaitNetReward):
        average = config.reward.average_speed
        asked = {
            "average_speed": average
            and average.model_copy(update={"window": average.window * cadence}),
            "stride": config.reward.stride and config.reward.stride * stride,
            "speed": config.reward.speed and config.reward.speed * stride * cadence,
        }
        update["reward"] = config.reward.model_copy(update=asked)
    factors = {STRIDE: stride, CADENCE: cadence}
    told = [
        p.model_copy(update={"value": p.value * factors.get(p.name, 1.0)})
        for p in config.observation.parameters
    ]
    update["observation"] = config.observation.model_copy(update={"parameters": told})
    return config.model_copy(update=update), motion
