"""OpenSim's answers for a model, in the coordinates of the opened one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...readers.character import Character
from ..gravity import STANDARD
from ..opensim.frames import rotation_of, triple
from ..opensim.opened import character_of, module, open_model
from ..opensim.skeleton import WORLD, factor_of
from .program import Answer, Floats, MuscleGroup, Tolerance

STEP = 1e-5
"""rad or m, of the differences that give moment arms."""
SHORTEST = 0.2
"""Optimal fibre lengths; shorter fibres end in a limit of either program."""
FASTEST = 1.0
"""Maximal contraction velocities; the curves of faster fibres are continued in other ways."""


class OpensimProgram:
    """A `Program`: OpenSim with the model of a file, without the forces that the opened one has not.

    ModelError: one line that names the file.
    """

    doubtful = (
        "round two surfaces at once, at the end of a point's range, or with fibres outside their curves, "
        "OpenSim's own paths and forces are not exact"
    )

    def __init__(self, source: str | Path) -> None:
        opensim = self._opensim = module()
        self.name = f"OpenSim {str(opensim.GetVersion()).split('-')[0]}"
        model = self.theirs = open_model(source)
        self.character: Character = character_of(model, Path(source), opensim)
        self.muscles = [model.getMuscles().get(m.name) for m in self.character.muscles]
        self.strength = np.array([m.max_isometric_force for m in self.character.muscles])
        self._leave_out_forces()
        model.setGravity(opensim.Vec3(0, -STANDARD, 0))
        self.state = model.initSystem()
        self._coordinates = model.getCoordinateSet()
        self._bodies = [model.getBodySet().get(i) for i in range(model.getBodySet().getSize())]
        self.bodies = [str(body.getName()) for body in self._bodies]
        self._names = self.character.dof_names
        self._couplers = self._read_couplers()
        self._mobilities = self._order_of_mobilities()
        self._elastic = np.array([m.tendon == "elastic" for m in self.character.muscles], np.bool_)
        self.groups = self._groups()
        self.resting = self._inexact_dofs()
        free = [self._coordinates.get(name) for name in self._names]
        self.ranges = np.array([(c.getRangeMin(), c.getRangeMax()) for c in free]).reshape(-1, 2)

    def _leave_out_forces(self) -> None:
        """Contacts and other forces, and the transition of limits."""
        opensim, forces = self._opensim, self.theirs.getForceSet()
        limits: set[str] = set()
        springs: set[str] = set()
        free = {c.name for c in self.character.coordinates if c.follows is None}
        for i in range(forces.getSize()):
            force = forces.get(i)
            if opensim.Muscle.safeDownCast(force):
                continue
            limit = opensim.CoordinateLimitForce.safeDownCast(force)
            spring = opensim.SpringGeneralizedForce.safeDownCast(force)
            known = limits if limit else springs
            name = str((limit or spring).get_coordinate()) if limit or spring else ""
            if name not in free or name in known:
                force.set_appliesForce(False)
            elif force.get_appliesForce():
                known.add(name)
            if limit:
                limit.set_transition(1e-7)

    def _read_couplers(self) -> dict[str, tuple[str, Any, float]]:
        """The independent coordinate, the function and its factor of each dependent one."""
        constraints, found = self.theirs.getConstraintSet(), {}
        for i in range(constraints.getSize()):
            coupler = self._opensim.CoordinateCouplerConstraint.safeDownCast(constraints.get(i))
            if coupler and coupler.get_isEnforced():
                given = str(coupler.getIndependentCoordinateNames().get(0))
                by = coupler.getFunction(), factor_of(coupler, self._opensim)
                found[str(coupler.getDependentCoordinateName())] = given, *by
        return found

    def _order_of_mobilities(self) -> list[str]:
        """The coordinates in the order of Simbody's mobilities."""
        coordinates = [self._coordinates.get(i) for i in range(self._coordinates.getSize())]
        order = [""] * len(coordinates)
        for moving in coordinates:
            for c in coordinates:
                c.setSpeedValue(self.state, float(c.getName() == moving.getName()))
            speeds = self.state.getU()
            found = np.argmax([speeds.get(k) for k in range(speeds.size())])
            order[int(found)] = str(moving.getName())
        for c in coordinates:
            c.setSpeedValue(self.state, 0.0)
        return order

    def _groups(self) -> list[MuscleGroup]:
        """The muscles by the number of surfaces on their paths; OpenSim's own paths round these are approximate."""
        said = " ".join(self.character.left_out)
        muscles = self.character.muscles
        whole = np.array([f"'{m.name}': does not bend" not in said for m in muscles], np.bool_)
        wraps = np.array([len(m.wraps) for m in muscles])
        return [
            MuscleGroup(
                "", whole & (wraps == 0),
                Tolerance(1e-9, 2e-6), Tolerance(1e-7, 1e-5), Tolerance(1e-3, 1e-3),
            ),
            MuscleGroup(
                "round surfaces", whole & (wraps > 0),
                Tolerance(1.1e-3, 1.1e-3), Tolerance(2e-3, 2e-3), Tolerance(1e-2, 1e-2),
            ),
        ]  # fmt: skip

    def _inexact_dofs(self) -> np.ndarray:
        """Dofs of joints with functions that are no lines: OpenSim's terms of their velocity are not exact."""
        bent = {
            e.coordinate or body.joint.dof_names[0]
            for body in self.character.bodies
            if body.joint.dof_names
            for e in body.joint.elements
            if e.amount.linear is None
        }
        return np.array([name in bent for name in self._names], np.bool_)

    def answer(self, pose: Floats, rates: Floats, activations: Floats) -> Answer:
        """See `Program.answer`."""
        lengths, forces, compared = self._muscles(pose, rates, activations)
        arms = np.zeros((len(self.muscles), len(pose)))
        for k in range(len(pose)):
            arms[:, k] = self.moment_arms(pose, k)
        for muscle in self.muscles:
            muscle.setAppliesForce(self.state, False)
        mobilities = self.place(pose, rates)
        self.theirs.realizeAcceleration(self.state)
        places = [body.getTransformInGround(self.state) for body in self._bodies]
        accelerations = [
            self._coordinates.get(name).getAccelerationValue(self.state) for name in self._names
        ]
        return Answer(
            np.array([WORLD.rotation @ rotation_of(place.R()) for place in places]),
            np.array([WORLD.rotation @ triple(place.p()) for place in places]),
            self._mass(mobilities), np.zeros(len(pose)), np.array(accelerations),
            lengths, arms, forces, compared,
        )  # fmt: skip

    def _muscles(
        self, pose: Floats, rates: Floats, activations: Floats
    ) -> tuple[Floats, Floats, np.ndarray]:
        """Lengths, forces, and which of both can be compared, each of shape (muscles,); see `doubtful`."""
        for muscle in self.muscles:
            muscle.setAppliesForce(self.state, True)
        at_rest = self.forces(pose, activations)
        fibres = np.array([m.getNormalizedFiberLength(self.state) for m in self.muscles])
        # a rigid tendon longer than the path would turn the fibres round
        ahead = np.array([m.getCosPennationAngle(self.state) > 0 for m in self.muscles], np.bool_)
        touched = np.array([self.touched(k) for k in range(len(self.muscles))], int)
        lengths = np.array([m.getLength(self.state) for m in self.muscles])
        moving = at_rest if self._elastic.all() else self.forces(pose, activations, rates)
        rate = np.array([m.getNormalizedFiberVelocity(self.state) for m in self.muscles])
        forces = np.where(self._elastic, at_rest, moving)
        in_range = (fibres > SHORTEST) & ahead & (self._elastic | (np.abs(rate) < FASTEST))
        compared = (touched < 2) & in_range & np.isfinite(forces)
        return lengths, forces, compared & ~self._at_an_end(pose)

    def _at_an_end(self, pose: Floats) -> np.ndarray:
        """Whether a point of a path is about to vanish, where lengths have no differences, shape (muscles,)."""
        return np.array(
            [
                any(
                    min(abs(q - c.lower), abs(q - c.upper)) < 2 * STEP
                    for c in m.conditions
                    for q in [pose[self._names.index(c.coordinate)]]
                )
                for m in self.character.muscles
            ],
            np.bool_,
        )

    def place(self, pose: Floats, rates: Floats | None = None) -> Floats:
        """Put OpenSim's model into a pose, at rest without rates, with its couplers' own functions.

        Returns its mobilities by our rates, shape (mobilities, dofs).
        """
        given = np.zeros_like(pose) if rates is None else rates
        mobilities = np.zeros((len(self._mobilities), len(self._names)))
        for name in (*self._names, *self._couplers):
            value, slope, dof = self._value(name, pose)
            if dof < 0:
                continue
            self._coordinates.get(name).setValue(self.state, value, False)
            self._coordinates.get(name).setSpeedValue(self.state, slope * float(given[dof]))
            mobilities[self._mobilities.index(name), dof] = slope
        self.theirs.realizePosition(self.state)
        return mobilities

    def _value(self, name: str, pose: Floats) -> tuple[float, float, int]:
        """A coordinate, its derivative by the dof that moves it, and this dof; -1 without one."""
        if name in self._names:
            dof = self._names.index(name)
            return float(pose[dof]), 1.0, dof
        if name not in self._couplers:
            return float(self._coordinates.get(name).getDefaultValue()), 0.0, -1
        independent, function, factor = self._couplers[name]
        inner, slope, dof = self._value(independent, pose)
        at, first = self._opensim.Vector(1, inner), self._opensim.StdVectorInt()
        first.append(0)
        outer = factor * float(function.calcDerivative(first, at))
        return factor * float(function.calcValue(at)), outer * slope, dof

    def lengths(self, pose: Floats) -> Floats:
        """From origin to insertion, m, shape (muscles,)."""
        self.place(pose)
        return np.array([m.getLength(self.state) for m in self.muscles])

    def forces(self, pose: Floats, activations: Floats, rates: Floats | None = None) -> Floats:
        """Along the tendons, elastic ones in equilibrium without motion, N, shape (muscles,); NaN without equilibrium."""
        self.place(pose, rates)
        found = np.full(len(self.muscles), np.nan)
        for k, muscle in enumerate(self.muscles):
            muscle.setActivation(self.state, float(activations[k]))
            self.theirs.realizeVelocity(self.state)
            try:
                muscle.computeEquilibrium(self.state)
                found[k] = 0.0
            except RuntimeError:  # as with fibres that are pressed to nothing
                muscle.setAppliesForce(self.state, False)
        self.theirs.realizeDynamics(self.state)
        return found + [m.getTendonForce(self.state) for m in self.muscles]

    def moment_arms(self, pose: Floats, dof: int) -> Floats:
        """-dL/dq of all muscles about a dof by central differences, m, shape (muscles,)."""
        ahead, back = pose.copy(), pose.copy()
        ahead[dof] += STEP
        back[dof] -= STEP
        return -(self.lengths(ahead) - self.lengths(back)) / (2 * STEP)

    def touched(self, muscle: int) -> int:
        """Number of surfaces that a muscle's path bends round in the present state."""
        geometry = self._opensim.GeometryPath.safeDownCast(self.muscles[muscle].getPath())
        current = geometry.getCurrentPath(self.state)
        points = [current.get(k) for k in range(current.getSize())]
        wrapped = [self._opensim.PathWrapPoint.safeDownCast(point) for point in points]
        return len({point.getWrapObject().getName() for point in wrapped if point})

    def _mass(self, mobilities: Floats) -> Floats:
        """The mass matrix of our dofs, shape (dofs, dofs)."""
        given = self._opensim.Matrix()
        self.theirs.getMatterSubsystem().calcM(self.state, given)
        size = range(given.ncol())
        full = np.array([[given.get(i, j) for j in size] for i in size])
        return np.asarray(mobilities.T @ full @ mobilities)
