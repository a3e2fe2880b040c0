"""Whether a checkpoint's policy fits an environment, and where it finds its observations there."""

from __future__ import annotations

from muscle_viewer.core import BatchEnv, Checkpoint, ConfigError
from muscle_viewer.core.observation_names import action_names, observation_names
from muscle_viewer.core.scene import build_scene


def observation_places(checkpoint: Checkpoint, env: BatchEnv) -> list[int]:
    """The place of each of the policy's observations among the environment's, by their names.

    ConfigError if the environment lacks one of them, or has other actions.
    """
    scene = checkpoint.scene or build_scene(checkpoint.config)
    own = observation_names(checkpoint.config, scene.info, scene.observation_size)
    names = observation_names(env.config, env.info, env.obs_dim)
    index = {name: place for place, name in enumerate(names)}
    if lacking := [name for name in own if name not in index]:
        raise ConfigError(
            f"{checkpoint.path}: policy: '{lacking[0]}' is not observed in the environment; "
            "a policy of the same or fewer observations is needed"
        )
    if action_names(checkpoint.config, scene.info) != action_names(env.config, env.info):
        raise ConfigError(
            f"{checkpoint.path}: acts on {scene.action_size} other things than the environment's "
            f"{env.action_dim}; a policy of the same actions is needed"
        )
    return [index[name] for name in own]
