"""The published bands of the imitation rewards' terms, each leg's from its own heel strike of the reference."""

from __future__ import annotations

from .. import _core, norms
from ..errors import ConfigError
from ..feet import feet
from ..gait import POINTS, SIDES
from ..readers.character import Character
from ..readers.motion import Motion
from .rewards import NormTerm

HEEL_STRIKES = ("heel_strike_r", "heel_strike_l")
"""Names of a motion's events."""
FORCES = {"vertical_force": (0.0, 1.0, 0.0), "forward_force": (0.0, 0.0, 1.0)}
"""Directions of the norms' forces in the world."""


def moment_bands(term: NormTerm, character: Character, motion: Motion) -> list[_core.MomentBand]:
    """The norms of the moments of hips, knees and ankles; none where the term has no weight."""
    if term.weight == 0:
        return []
    found = {
        angle: norms.sagittal(character.dof_names, angle, character.dof_ranges)
        for angle in norms.SAGITTAL
    }
    if lacking := [angle for angle, dofs in found.items() if dofs is None]:
        raise ConfigError(
            f"environment: reward.moment: {character.name} has no coordinate of {lacking[0]}, such as "
            f"{norms.SAGITTAL[lacking[0]][0][0].format(r='r')}; set weight: 0"
        )
    strikes, kinetics = _heel_strikes(motion, "moment"), norms.walking_kinetics()
    bands = []
    for angle, known in found.items():
        assert known
        dofs, sign = known
        # flexing angles are positive, extending and plantarflexing moments
        for side, dof in dofs.items():
            band = _band(kinetics, f"{angle.split('_')[0]}_moment", term, strikes[side])
            bands.append(_core.MomentBand(dof, -sign, band))
    return bands


def force_bands(term: NormTerm, character: Character, motion: Motion) -> list[_core.ForceBand]:
    """The norms of the force of the ground on both feet; none where the term has no weight."""
    if term.weight == 0:
        return []
    bodies = feet(character.bodies)
    if lacking := [side for side in SIDES if not bodies[side]]:
        raise ConfigError(
            f"environment: reward.ground_force: {character.name} has no contacts of a {lacking[0]} foot; "
            "set weight: 0"
        )
    strikes, kinetics = _heel_strikes(motion, "ground_force"), norms.walking_kinetics()
    return [
        _core.ForceBand(bodies[side], direction, _band(kinetics, name, term, strikes[side]))
        for name, direction in FORCES.items()
        for side in SIDES
    ]


def _heel_strikes(motion: Motion, term: str) -> dict[str, float]:
    """Phases at which the sides' cycles begin in the reference."""
    if lacking := [event for event in HEEL_STRIKES if event not in motion.events]:
        raise ConfigError(
            f"environment: reward.{term}: the motion {motion.name} has no event {lacking[0]}; set weight: 0"
        )
    return {side: motion.events[event] for side, event in zip(SIDES, HEEL_STRIKES, strict=True)}


def _band(kinetics: norms.Kinetics, name: str, term: NormTerm, strike: float) -> _core.GaitBand:
    band = kinetics.band(name, POINTS, term.speed)
    width = term.deviations * band.deviation
    return _core.GaitBand(strike + term.strike_delay, band.mean.tolist(), width.tolist())
