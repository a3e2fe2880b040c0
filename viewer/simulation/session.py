"""Sessions: an environment and the policy that acts in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from muscle_viewer.core.errors import UserError
from muscle_viewer.core.frame import plain
from muscle_viewer.core.observation_names import action_names, observation_names
from muscle_viewer.viewer.simulation.inputs import Inputs
from muscle_viewer.viewer.simulation.own_body import info_of
from muscle_viewer.viewer.simulation.parameters import Bounds, Parameters, applied, bounds_of
from muscle_viewer.viewer.simulation.subject import PoseSolver, Subject

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.core import Checkpoint, Environment, Policy
    from muscle_viewer.core.cascade import CascadePolicy
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.core.scene import Scene


class Session(Protocol):
    """The simulation as the runtime sees it."""

    parameters: Parameters
    subject: Subject
    """The simulated model and networks; another object after a change of parameters or weights."""

    @property
    def name(self) -> str:
        """Name of the simulation as shown to the user, such as the checkpoint's file name."""

    @property
    def info(self) -> ModelInfo:
        """Properties of the subject; names and counts never change."""

    @property
    def control_period(self) -> float:
        """Simulated seconds per step."""

    def reset(self) -> Frame:
        """Start a new episode."""

    def frame(self) -> Frame:
        """The present moment."""

    def decide(self) -> np.ndarray:
        """The policy's action at the present state, float32 (actions,)."""

    def step(self, inputs: Inputs) -> Frame:
        """Advance by one control step; after a frame that is terminated or truncated, call `reset`."""

    def save(self) -> Any:
        """The complete state, without weights and parameters."""

    def restore(self, state: Any) -> None:
        """Restore a state that `save` returned."""

    def change(self, parameters: Parameters) -> None:
        """Change the parameters and keep the state. UserError if that is impossible; the previous parameters stay."""


@dataclass(frozen=True)
class SessionState:
    """A state of the core's environment."""

    core: bytes


class CheckpointSession:
    """A `Session` over the core's environment and a checkpoint's policy."""

    def __init__(
        self,
        name: str,
        checkpoint: Checkpoint,
        seed: int = 0,
        parameters: Parameters = Parameters(),  # noqa: B008 - immutable
    ) -> None:
        """parameters: none but `drawn`, values of the environment's own parameters."""
        from muscle_viewer.core import Environment

        self.name = name
        self.seed = seed
        self.checkpoint = checkpoint
        self.parameters = parameters
        self._environment = Environment(checkpoint.source, seed=seed)
        self._environment.record_reactions()
        self._policy: Policy | CascadePolicy = checkpoint.load_into(self._environment)
        self._scene: Scene = self._environment.scene
        if self._scene.parameters:
            self._environment.set_parameters(self._values(self.parameters))
        self.subject = Subject(
            self._scene.info,
            PoseSolver(self._scene, self._values(self.parameters)),
            (self._scene, checkpoint.muscle),
        )
        self.control_period = 1.0 / self.info.control_hz
        self.observation: np.ndarray = self._environment.reset()
        """Observation of the present state, float32 (observations,)."""
        if parameters.drawn:
            self.subject = self._own_subject(self._environment, parameters, self.subject)
        self._fresh = True

    @property
    def info(self) -> ModelInfo:
        """Properties of the subject."""
        return self.subject.info

    @property
    def scene(self) -> Scene:
        """What is simulated."""
        return self._environment.scene

    @contextmanager
    def keeping_substeps(self) -> Iterator[Callable[[], dict[str, np.ndarray]]]:
        """Yield a function that gives `Environment.substeps` of the last step."""
        environment = self._environment
        environment.keep_substeps()
        try:
            yield environment.substeps
        finally:
            environment.keep_substeps(False)

    @property
    def policy(self) -> Policy | CascadePolicy:
        """The networks that act."""
        return self._policy

    @property
    def action_names(self) -> list[str]:
        """Names of the entries of an action."""
        return action_names(self.checkpoint.config, self.info)

    @property
    def observation_names(self) -> list[str]:
        """Names of the entries of an observation."""
        return observation_names(self.checkpoint.config, self.info, len(self.observation))

    @property
    def slope(self) -> float:
        """Slope of the ground ahead, degrees."""
        return self.checkpoint.config.simulation.slope + self.parameters.slope

    def reset(self) -> Frame:
        """Start a new episode and return its first frame."""
        if not self._fresh:
            self.observation = self._environment.reset()
        self._fresh = False
        return self._environment.frame()

    def frame(self) -> Frame:
        """The present moment."""
        return self._environment.frame()

    def decide(self) -> np.ndarray:
        """The policy's mean action."""
        import numpy as np

        # a copy, as the log would keep a tensor with each action
        return np.array(self._policy.act(self.observation))

    def step(self, inputs: Inputs) -> Frame:
        """Apply the inputs and return the frame after one control step."""
        import numpy as np

        env = self._environment
        self._fresh = False
        env.clear_external_forces()
        for force in inputs.perturbation.forces:
            env.add_external_force(force.body, np.array(force.force), np.array(force.point))
        env.override_excitations(inputs.perturbation.excitations(len(self.info.muscle_names)))
        self.observation, *_ = env.step(inputs.action)
        return env.frame()

    def save(self) -> SessionState:
        """The core's state."""
        return SessionState(self._environment.save_state())

    def restore(self, state: SessionState) -> None:
        """Restore a state. StateError if it is not a valid state of this character's environment."""
        self.observation = self._environment.restore_state(state.core)
        self._fresh = False
        if [*self._values(self.parameters).values()] != self._environment.parameters.tolist():
            self.observation = self._take_values(self._environment, self.parameters)
        if self.info.clip_names:
            self._take_clip(self.parameters.clip)

    def _values(self, parameters: Parameters) -> dict[str, float]:
        """Values of the environment's own parameters, in their order."""
        chosen = dict(parameters.drawn)
        return {info.name: chosen.get(info.name, info.default) for info in self._scene.parameters}

    def _take_values(self, environment: Environment, parameters: Parameters) -> np.ndarray:
        """Give the environment the values at once; the observation. UserError for one that it does not have."""
        unknown = sorted(set(dict(parameters.drawn)) - {p.name for p in self._scene.parameters})
        if unknown:
            raise UserError(f"the environment has no parameter '{unknown[0]}'")
        observation = environment.set_parameters(self._values(parameters), at_once=True)
        assert observation is not None
        return observation

    def _change_values(self, parameters: Parameters) -> None:
        """Change the environment's own parameters alone: they act on the environment as it is."""
        self.observation = self._take_values(self._environment, parameters)
        self.subject = self._own_subject(self._environment, parameters, self.subject)
        self.parameters = parameters
        self._fresh = False

    def _take_clip(self, clip: str) -> None:
        """Go on with a motion; empty: the next episodes draw theirs. ConfigError for one that is not there."""
        environment = self._environment
        goes_on = not clip or environment.clip_names[environment.clip] == clip
        observation = environment.set_clip(clip or None, at_once=not goes_on)
        if observation is not None:
            self.observation = observation
            self._fresh = False

    def _own_subject(
        self, environment: Environment, parameters: Parameters, otherwise: Subject
    ) -> Subject:
        """The subject of the environment's own body; `otherwise` where it has no parameters."""
        scene, values = environment.scene, self._values(parameters)
        if not scene.parameters:
            return otherwise
        info = info_of(scene, values, environment.body_mass)
        return Subject(info, PoseSolver(scene, values), (scene, self.checkpoint.muscle))

    def change(self, parameters: Parameters) -> None:
        """Build an environment with other parameters, restore the state in it, and replace the present environment.

        UserError if it cannot be built or the state does not fit it; nothing has changed then.
        """
        from muscle_viewer.core import Environment
        from muscle_viewer.core.configuration.clips import clip_index

        if parameters == self.parameters:
            return
        if parameters.clip != self.parameters.clip:
            clip_index(self._environment.clip_names, parameters.clip or None)
            self.change(replace(parameters, clip=self.parameters.clip))
            self._take_clip(parameters.clip)
            self.parameters = parameters
            return
        if replace(parameters, drawn=self.parameters.drawn) == self.parameters:
            return self._change_values(parameters)
        try:
            environment = Environment(applied(self._scene, parameters), seed=self.seed)
            environment.record_reactions()
            self.checkpoint.load_into(environment)
            observation = environment.restore_state(self._environment.save_state())
            if environment.parameter_info:
                observation = self._take_values(environment, parameters)
        except (UserError, ValueError) as error:
            raise UserError(f"the parameters stay as they were: {error}") from error
        same = parameters.bones == self.parameters.bones and plain(environment.info) == plain(
            self.info
        )
        built = self.subject if same else Subject(environment.info, PoseSolver(environment.scene))
        built = replace(built, model=(environment.scene, self.checkpoint.muscle))
        self.subject = self._own_subject(environment, parameters, built)
        self._environment, self.observation = environment, observation
        self.parameters = parameters
        self._fresh = False

    @property
    def bounds(self) -> Bounds:
        """Bounds of the sliders."""
        return replace(bounds_of(self.checkpoint.config), drawn=self._scene.parameters)

    def begin_here(self) -> None:
        """Let the next `reset` return to the present state."""
        self._fresh = True

    def fits(self, checkpoint: Checkpoint) -> bool:
        """Whether another checkpoint's weights can act in the present environment."""
        return checkpoint.config.to_yaml() == self.checkpoint.config.to_yaml()

    def swap(self, checkpoint: Checkpoint) -> None:
        """Replace the weights by another checkpoint's. CheckpointError if they do not fit; the previous weights stay."""
        self._policy = checkpoint.load_into(self._environment)
        self.checkpoint = checkpoint
        self.subject = replace(self.subject, model=(self._environment.scene, checkpoint.muscle))
