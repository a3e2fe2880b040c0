"""The laws and constants of OpenSim's muscles."""

from __future__ import annotations

from typing import Any

from ...errors import ModelError
from ...readers.character import ActivationDynamics, Muscle
from ...readers.muscle_laws import (
    ActiveCurve,
    DeGrooteFregly2016,
    Millard2012,
    PassiveCurve,
    TabulatedLaw,
    TendonCurve,
    Thelen2003,
    VelocityCurve,
)
from ...readers.text import validating
from .paths import Paths

KNOWN = ("Millard2012EquilibriumMuscle", "Thelen2003Muscle", "DeGrooteFregly2016Muscle")


def muscles_of(model: Any, paths: Paths, opensim: Any) -> tuple[list[Muscle], list[str]]:
    """The muscles in OpenSim's order, and those that exert no force in the file, a line each.

    Raises ModelError, one line, for a muscle that cannot be represented.
    """
    muscles, left_out = [], []
    groups = _groups(model)
    for i in range(model.getMuscles().getSize()):
        muscle = model.getMuscles().get(i)
        name = str(muscle.getName())
        if not muscle.get_appliesForce():
            left_out.append(f"muscle '{name}': is switched off in the file")
            continue
        with validating(f"muscle '{name}'", ModelError):
            muscles.append(_muscle(muscle, name, groups.get(name, "other"), paths, opensim))
    return muscles, left_out


def _groups(model: Any) -> dict[str, str]:
    """Names of the first group of forces that each muscle is in."""
    forces = model.getForceSet()
    found: dict[str, str] = {}
    for i in range(forces.getNumGroups()):
        group = forces.getGroup(i)
        members = group.getMembers()
        for k in range(members.getSize()):
            found.setdefault(str(members.get(k).getName()), str(group.getName()))
    return found


def _muscle(muscle: Any, name: str, group: str, paths: Paths, opensim: Any) -> Muscle:
    kind = muscle.getConcreteClassName()
    if kind not in KNOWN:
        raise ModelError(
            f"muscle '{name}': is a {kind}, whose law is not simulated; known: {', '.join(KNOWN)}"
        )
    exact = getattr(opensim, kind).safeDownCast(muscle)
    law: TabulatedLaw
    smoothing, minimum = None, 0.0
    if kind == "Millard2012EquilibriumMuscle":
        law, minimum = _millard(exact), float(exact.get_minimum_activation())
    elif kind == "Thelen2003Muscle":
        law, minimum = _thelen(exact), float(exact.get_minimum_activation())
    else:
        law, smoothing = _degroote(exact), float(exact.get_activation_dynamics_smoothing())
    dynamics = None
    if not exact.get_ignore_activation_dynamics():
        dynamics = ActivationDynamics(
            activation=float(exact.get_activation_time_constant()),
            deactivation=float(exact.get_deactivation_time_constant()),
            minimum=minimum,
            smoothing=smoothing,
        )
    path = paths.of(muscle)
    return Muscle(
        name, float(exact.getMaxIsometricForce()), float(exact.getOptimalFiberLength()),
        float(exact.getTendonSlackLength()), float(exact.getPennationAngleAtOptimalFiberLength()),
        group, path.path, path.wraps, path.conditions, path.motions, path.pulleys, law, dynamics,
        "rigid" if exact.get_ignore_tendon_compliance() else "elastic",
    )  # fmt: skip


def _millard(muscle: Any) -> Millard2012:
    active, velocity = muscle.getActiveForceLengthCurve(), muscle.getForceVelocityCurve()
    passive, tendon = muscle.getFiberForceLengthCurve(), muscle.getTendonForceLengthCurve()
    return Millard2012(
        max_velocity=float(muscle.getMaxContractionVelocity()),
        fibre_damping=float(muscle.getFiberDamping()),
        active=ActiveCurve(
            shortest=active.getMinActiveFiberLength(),
            transition=active.getTransitionFiberLength(),
            longest=active.getMaxActiveFiberLength(),
            slope=active.getShallowAscendingSlope(),
            lowest=active.getMinValue(),
        ),
        velocity=VelocityCurve(
            shortening_slope=velocity.getConcentricSlopeAtVmax(),
            shortening_slope_near=velocity.getConcentricSlopeNearVmax(),
            shortening_curviness=velocity.getConcentricCurviness(),
            isometric_slope=velocity.getIsometricSlope(),
            lengthening_slope=velocity.getEccentricSlopeAtVmax(),
            lengthening_slope_near=velocity.getEccentricSlopeNearVmax(),
            lengthening_curviness=velocity.getEccentricCurviness(),
            largest=velocity.getMaxEccentricVelocityForceMultiplier(),
        ),
        passive=PassiveCurve(
            strain_at_zero=passive.getStrainAtZeroForce(),
            strain_at_one=passive.getStrainAtOneNormForce(),
            low_stiffness=passive.getStiffnessAtLowForceInUse(),
            stiffness=passive.getStiffnessAtOneNormForceInUse(),
            curviness=passive.getCurvinessInUse(),
        ),
        tendon=TendonCurve(
            strain=tendon.getStrainAtOneNormForce(),
            stiffness=tendon.getStiffnessAtOneNormForceInUse(),
            toe_force=tendon.getNormForceAtToeEndInUse(),
            curviness=tendon.getCurvinessInUse(),
        ),
    )


def _thelen(muscle: Any) -> Thelen2003:
    return Thelen2003(
        max_velocity=float(muscle.getMaxContractionVelocity()),
        active_shape=muscle.get_KshapeActive(),
        passive_shape=muscle.get_KshapePassive(),
        passive_strain=muscle.get_FmaxMuscleStrain(),
        tendon_strain=muscle.get_FmaxTendonStrain(),
        shortening_curvature=muscle.get_Af(),
        largest=muscle.get_Flen(),
        linear_share=muscle.get_fv_linear_extrap_threshold(),
    )


def _degroote(muscle: Any) -> DeGrooteFregly2016:
    strain = muscle.get_passive_fiber_strain_at_one_norm_force()
    return DeGrooteFregly2016(
        max_velocity=float(muscle.getMaxContractionVelocity()),
        fibre_damping=muscle.get_fiber_damping(),
        active_width=muscle.get_active_force_width_scale(),
        passive_strain=None if muscle.get_ignore_passive_fiber_force() else strain,
        tendon_strain=muscle.get_tendon_strain_at_one_norm_force(),
    )
