"""One muscle between the ground and a body that slides: in OpenSim, and the same file opened here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import opensim
from muscle_viewer.core import _core
from muscle_viewer.core.models.read import read_model

FORCE, OPTIMAL, SLACK, PENNATION = 3000.0, 0.08, 0.2, 0.3
HZ = 480
opensim.Logger.setLevelString("Off")


def muscle(kind: str, rigid: bool) -> Any:
    """A muscle of one of the three laws, with curves that are not the default ones."""
    made = getattr(opensim, kind)()
    made.setName("muscle")
    made.setMaxIsometricForce(FORCE)
    made.setOptimalFiberLength(OPTIMAL)
    made.setTendonSlackLength(SLACK)
    made.setPennationAngleAtOptimalFiberLength(PENNATION)
    made.set_ignore_tendon_compliance(rigid)
    if kind == "Millard2012EquilibriumMuscle":
        made.set_fiber_damping(0.05)
        made.upd_ForceVelocityCurve().set_max_eccentric_velocity_force_multiplier(1.5)
        made.upd_FiberForceLengthCurve().set_strain_at_one_norm_force(0.6)
    if kind == "Thelen2003Muscle":
        made.set_FmaxTendonStrain(0.05)
        made.set_KshapeActive(0.5)
    if kind == "DeGrooteFregly2016Muscle":
        made.set_active_force_width_scale(1.2)
        made.set_fiber_damping(0.02)
    return made


class Pair:
    """The muscle on both sides. Without `dynamics` OpenSim's activation is given, but Thelen's muscle must have them."""

    def __init__(
        self,
        kind: str,
        rigid: bool,
        folder: Path,
        lanes: bool = False,
        dynamics: bool = False,
        time_step: float = 1 / HZ,
    ) -> None:
        model = opensim.Model()
        body = opensim.Body("block", 1.0, opensim.Vec3(0), opensim.Inertia(0.1))
        model.addBody(body)
        joint = opensim.SliderJoint("slide", model.getGround(), body)
        self.length = joint.updCoordinate()
        self.length.setName("length")
        self.length.setRangeMin(0.15)
        self.length.setRangeMax(0.4)
        model.addJoint(joint)
        self.muscle = muscle(kind, rigid)
        self.muscle.set_ignore_activation_dynamics(not dynamics and kind != "Thelen2003Muscle")
        path = opensim.GeometryPath.safeDownCast(self.muscle.updPath())
        path.appendNewPathPoint("origin", model.getGround(), opensim.Vec3(0))
        path.appendNewPathPoint("insertion", body, opensim.Vec3(0))
        model.addForce(self.muscle)
        model.finalizeConnections()
        file = folder / "muscle.osim"
        model.printToXML(str(file))
        self.theirs = model
        self.character = read_model(file)
        made = _core.Model(self.character)
        options = {"actuator": "activation", "ground": False, "time_step": time_step}
        self.ours: Any = (
            _core.LanesSimulation(made, _core.instruction_sets()[0], **options)
            if lanes
            else _core.ReferenceSimulation(made, **options)
        )

    def start(self) -> None:
        """Make OpenSim's system; components cannot be added any more."""
        self.state = self.theirs.initSystem()

    def opensim_force(self, length: float, speed: float, activation: float) -> float:
        """OpenSim's tendon force, N, of a rigid tendon or of an elastic one in equilibrium without motion."""
        self.length.setValue(self.state, length, False)
        self.length.setSpeedValue(self.state, speed)
        self.theirs.realizePosition(self.state)
        self.theirs.setControls(self.state, opensim.Vector(1, activation))
        self.muscle.setActivation(self.state, activation)
        if not self.muscle.get_ignore_tendon_compliance():
            self.theirs.equilibrateMuscles(self.state)
        self.theirs.realizeDynamics(self.state)
        return float(self.muscle.getTendonForce(self.state))

    def force(self, length: float, speed: float, activation: float) -> float:
        """Ours; elastic tendons go on from the last step."""
        ours = self.ours
        ours.field("position")[:], ours.field("velocity")[:] = length, speed
        ours.field("activation")[:] = activation
        ours.kinematics()
        ours.muscles()
        total = ours.field("active_force") * activation + ours.field("passive_force")
        return float(total[0, 0])

    def rest(self) -> None:
        """Let our elastic tendon begin in equilibrium."""
        self.ours.field("fibre_start")[:] = 0

    def step(self) -> None:
        """Let a time step pass; where the body goes does not matter, as `force` places it."""
        self.ours.desire()
        self.ours.advance()


def opensim_forces(
    pair: Pair, length: Any, excitation: Any, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """OpenSim's forces, N, and activations while length and excitation are prescribed (opensim.Function)."""
    pair.length.setPrescribedFunction(length)
    pair.length.setDefaultIsPrescribed(True)
    controller = opensim.PrescribedController()
    controller.addActuator(pair.muscle)
    controller.prescribeControlForActuator("muscle", excitation)
    pair.theirs.addController(controller)
    pair.start()
    pair.theirs.equilibrateMuscles(pair.state)
    manager = opensim.Manager(pair.theirs)
    manager.setIntegratorAccuracy(1e-6)
    manager.setWriteToStorage(False)
    manager.initialize(pair.state)
    forces, activations = [], []
    for time in times:
        state = manager.integrate(float(time)) if time > 0 else pair.state
        pair.theirs.realizeDynamics(state)
        forces.append(pair.muscle.getTendonForce(state))
        activations.append(pair.muscle.getActivation(state))
    return np.array(forces), np.array(activations)


def our_forces(
    pair: Pair,
    length: Callable[[float], tuple[float, float]],
    activations: np.ndarray,
    times: np.ndarray,
) -> np.ndarray:
    """Ours at the same times, which are time steps apart. length: m and m/s."""
    forces = []
    pair.rest()
    for time, activation in zip(times, activations, strict=True):
        forces.append(pair.force(*length(float(time)), float(activation)))
        pair.step()
    return np.array(forces)
