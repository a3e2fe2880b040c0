"""Markers in the scene: ground reaction forces, centre of mass, contact geometry, footprints, perturbations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.gait import CONTACT, foot_contacts
from muscle_viewer.viewer.simulation.perturbation import attachment_point

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.viewer.scene.render.markers import Markers
    from muscle_viewer.viewer.scene.view_state import ViewState
    from muscle_viewer.viewer.simulation.history import History
    from muscle_viewer.viewer.simulation.inputs import Perturbation
    from muscle_viewer.viewer.simulation.perturbation import MouseSpring

METRES_PER_WEIGHT = 0.9
"""Length of the arrow of a force of one body weight, m."""

ARROW = 0.011
"""Radius of the arrow of a ground reaction force, m."""

RIGHT, LEFT, BOTH = (0.16, 0.46, 0.05), (0.31, 0.09, 0.72), (0.75, 0.75, 0.72)
"""Linear light: green and purple, as the panels', and grey."""

MASS, PERTURBATION = (0.95, 0.60, 0.02), (0.98, 0.72, 0.02)

LOADED, IDLE = (0.85, 0.12, 0.08), (0.10, 0.42, 0.45)
"""Colours of contact spheres with and without load."""

TRAIL_SECONDS, TRAIL_POINTS = 3.0, 45
FOOTPRINTS = 12
FLAT_FOOT = 5
"""Control steps from heel strike to foot flat."""

Label = tuple[np.ndarray, str]
"""A point of the world, shape (3,), and the text there."""


class Markings:
    """Fills the markers for a frame, and returns the labels."""

    def __init__(self, info: ModelInfo) -> None:
        self._radii = [float(r) for r in info.contact_radii]
        self._feet = {s: c for s, c in foot_contacts(info).items() if len(c)}
        self._weight = 9.81 * info.total_mass
        self._prints: dict[tuple[int, int], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        """Footprints by the index of the heel strike and of the frame that gives the foot's pose."""
        self._prints_of: tuple[History, int] | None = None
        self._heels = {
            side: int(min(info.contact_bodies[c] for c in contacts))
            for side, contacts in self._feet.items()
        }

    def update(
        self,
        markers: Markers,
        frame: Frame,
        view: ViewState,
        history: History,
        cursor: int,
        perturbation: Perturbation,
        spring: MouseSpring | None,
    ) -> list[Label]:
        """Fill the markers of all visible layers; returns the labels."""
        markers.clear()
        labels: list[Label] = []
        if view.shows("ground reaction forces"):
            labels += self._forces(markers, frame)
        if view.shows("centre of mass"):
            self._mass(markers, frame, history, cursor)
        if view.shows("contact geometry"):
            self._contacts(markers, frame)
        if view.shows("footprints"):
            self._footprints(markers, history, cursor)
        labels += self._perturbation(markers, frame, perturbation, spring)
        return labels

    def _forces(self, markers: Markers, frame: Frame) -> list[Label]:
        labels: list[Label] = []
        pressed, total = np.zeros(3), 0.0
        for side, contacts in self._feet.items():
            forces, points = frame.contact_forces[contacts], frame.contact_points[contacts]
            loads = np.maximum(forces[:, 1], 0.0)
            load = float(loads.sum())
            if load < 0.01 * self._weight:
                continue
            centre = (points * loads[:, None]).sum(0) / load
            centre[1] = 0.004
            force = forces.sum(0)
            end = centre + force * (METRES_PER_WEIGHT / self._weight)
            colour = RIGHT if side == "right" else LEFT
            start = centre + np.array([0.0, ARROW, 0.0])  # its round end stays above the ground
            markers.arrow(start, end, ARROW, colour)
            flat = np.array([0.026, 0.004, 0.026])
            markers.blob(centre, flat, np.eye(3), colour)
            labels.append((end + np.array([0.0, 0.05, 0.0]), f"{np.linalg.norm(force):.0f} N"))
            pressed, total = pressed + centre * load, total + load
        if total > 0.0 and len(labels) > 1:
            markers.blob(pressed / total, np.array([0.034, 0.005, 0.034]), np.eye(3), BOTH)
        return labels

    def _contacts(self, markers: Markers, frame: Frame) -> None:
        """Add the contact spheres; those with load have another colour."""
        for point, force, radius in zip(
            frame.contact_points, frame.contact_forces, self._radii, strict=True
        ):
            centre = np.asarray(point, float) + np.array([0.0, radius, 0.0])
            markers.ball(centre, radius, LOADED if force[1] > 0.0 else IDLE)

    def _mass(self, markers: Markers, frame: Frame, history: History, cursor: int) -> None:
        centre = np.asarray(frame.center_of_mass, float)
        markers.ball(centre, 0.03, MASS)
        below = np.array([centre[0], 0.003, centre[2]])
        markers.rod(centre, below, 0.0022, MASS)
        markers.blob(below, np.array([0.022, 0.003, 0.022]), np.eye(3), MASS)
        clock = history.time(cursor)
        starts = [e.clock for e in history.events if e.kind == "begin" and e.clock <= clock]
        begin = max([clock - TRAIL_SECONDS, *starts[-1:]])
        first, _ = history.between(begin + 1e-6, clock)
        points = history.values("center_of_mass", first, cursor)
        every = max(1, len(points) // TRAIL_POINTS)
        trail = np.concatenate([points[(len(points) - 1) % every :: every], centre[None]])
        markers.trail(np.asarray(trail, float), 0.005, MASS)

    def _footprints(self, markers: Markers, history: History, cursor: int) -> None:
        strikes = [e for e in history.events if e.kind.startswith("strike") and e.index <= cursor]
        begins = [e.index for e in history.events if e.kind == "begin" and e.index <= cursor]
        if self._prints_of != (history, history.cuts):
            self._prints_of = (history, history.cuts)
            self._prints.clear()
        last = {event.kind.removeprefix("strike "): event for event in strikes}
        for event in strikes[-FOOTPRINTS:]:
            side = event.kind.removeprefix("strike ")
            if (begins and event.index < begins[-1]) or side not in self._heels:
                continue
            later = event.index + FLAT_FOOT
            if later > cursor or (event is last[side] and self._stands(history, side, cursor)):
                continue  # a print is what the foot leaves behind
            place = (event.index, later)
            if place not in self._prints:
                self._prints[place] = self._footprint(history, side, later)
            markers.blob(*self._prints[place], RIGHT if side == "right" else LEFT)
        if len(self._prints) > 20 * FOOTPRINTS:
            self._prints.clear()

    def _stands(self, history: History, side: str, cursor: int) -> bool:
        """Whether a foot carries load at a frame."""
        columns = [3 * int(c) + 1 for c in self._feet[side]]
        load = history.values("contact_forces", cursor, cursor + 1, columns).sum()
        return bool(load > CONTACT * self._weight)

    def _footprint(
        self, history: History, side: str, index: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Centre (3,), radii (3,) and axes (3, 3) of the footprint at a frame."""
        columns = [3 * int(c) + k for c in self._feet[side] for k in range(3)]
        points = history.values("contact_points", index, index + 1, columns).reshape(-1, 3)
        body = self._heels[side]
        turn = history.values("body_rotations", index, index + 1, range(9 * body, 9 * body + 9))
        forward = np.array([turn[0, 2], 0.0, turn[0, 8]])
        forward /= max(float(np.linalg.norm(forward)), 1e-6)
        across = np.array([forward[2], 0.0, -forward[0]])
        axes = np.stack([across, [0.0, 1.0, 0.0], forward], axis=1)
        centre = points.mean(0)
        reach = np.abs((points - centre) @ axes).max(0) + 0.02
        centre[1] = 0.002
        return centre, np.array([reach[0], 0.003, reach[2]]), axes

    def _perturbation(
        self, markers: Markers, frame: Frame, perturbation: Perturbation, spring: MouseSpring | None
    ) -> list[Label]:
        labels: list[Label] = []
        if spring is not None:
            attachment, target = attachment_point(frame, spring), np.array(spring.target)
            markers.ball(attachment, 0.016, PERTURBATION)
            markers.rod(attachment, target, 0.004, PERTURBATION)
            markers.ball(target, 0.022, PERTURBATION)
        for applied in perturbation.forces:
            force = np.array(applied.force)
            size = float(np.linalg.norm(force))
            if size < 0.5:
                continue
            origin = np.asarray(frame.body_positions[applied.body], float)
            start = (
                origin
                if spring is None or applied.body != spring.body
                else attachment_point(frame, spring)
            )
            end = start + force * (2.5 * METRES_PER_WEIGHT / self._weight)
            if spring is None or applied.body != spring.body:
                start, end = start - (end - start), start
            markers.arrow(start, end, 0.013, PERTURBATION)
            labels.append((start + np.array([0.0, 0.06, 0.0]), f"{size:.0f} N"))
        return labels
