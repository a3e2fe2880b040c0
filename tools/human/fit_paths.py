"""Fit via-point paths to OpenSim's wrapped paths, moving points and knee.

For each muscle a few layouts of via points are tried, from the osim's own points to points added
where it wraps (fixed to a body, or blended over two). Positions are found by least squares on the
moment arms (-dL/dq) over the range of gait, regularised towards OpenSim's drawn path. Run by
make_human.py, which prints the fit of each muscle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from tools.human.human_skeleton import Skeleton
from tools.human.kinematics import Character, PathPoint, Transform, path_positions, polyline_length
from tools.human.leg_poses import STEP, perturbed, positions_from_coordinates, sample_range
from tools.human.osim_model import OsimModel, OsimPoint

MOMENT_ARM_SIGMA = 0.0015
DISTANCE_SIGMA = 0.006
PRIOR_SIGMA = 0.020
GOOD_RMS = 0.0020
GOOD_MAX = 0.0070
GOOD_GAP = 0.0090
SAMPLES = 192
DRAWN_POSES = 24

GROUPS = {
    "hip_flexor": ("iliacus", "psoas", "sart"),
    "hip_extensor": ("glmax1", "glmax2", "glmax3"),
    "hip_abductor": ("glmed1", "glmed2", "glmed3", "glmin1", "glmin2", "glmin3", "tfl"),
    "hip_adductor": (
        "addbrev",
        "addlong",
        "addmagDist",
        "addmagIsch",
        "addmagMid",
        "addmagProx",
        "grac",
    ),
    "hip_rotator": ("piri",),
    "knee_extensor": ("recfem", "vasint", "vaslat", "vasmed"),
    "knee_flexor": ("bflh", "bfsh", "semimem", "semiten"),
    "ankle_plantarflexor": ("gaslat", "gasmed", "soleus"),
    "ankle_dorsiflexor": ("tibant",),
    "subtalar_evertor": ("perbrev", "perlong"),
    "subtalar_invertor": ("tibpost",),
    "toe_extensor": ("edl", "ehl"),
    "toe_flexor": ("fdl", "fhl"),
}
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}


@dataclass(frozen=True)
class ViaPoint:
    """A path point of the fit; `sigma` (m) is the width of its position's prior, 0 for a fixed point."""

    point: PathPoint
    sigma: float


@dataclass(frozen=True)
class Truth:
    """OpenSim's values for a muscle: our positions q (S, dofs) of every evaluation, moment arms
    (N, C) and neutral length in m; its drawn path at some poses, polylines in the pelvis frame."""

    coordinates: list[str]
    q: np.ndarray
    moment_arms: np.ndarray
    neutral_length: float
    drawn_q: np.ndarray
    drawn: list[np.ndarray]


@dataclass(frozen=True)
class Fit:
    """A fitted path; rms and largest error of its moment arms (C,) against the fit's own samples
    and the gap between its drawing and OpenSim's, m."""

    layout: str
    points: list[PathPoint]
    rms: np.ndarray
    worst: np.ndarray
    gap: float


def fit_muscles(
    osim: OsimModel, character: Character, skeleton: Skeleton, verbose: bool = True
) -> list[dict[str, Any]]:
    """Entries of all right-side muscles for the character file, in the osim's order."""
    entries = []
    for name in osim.muscle_names():
        if name.endswith("_r"):
            entries.append(fit_muscle(osim, character, skeleton, name, verbose))
    return entries


def fit_muscle(
    osim: OsimModel,
    character: Character,
    skeleton: Skeleton,
    name: str,
    verbose: bool,
) -> dict[str, Any]:
    """The best layout's entry: the simplest that is good enough, else the most accurate."""
    truth = observe(osim, character, name)
    frames = character.transforms(truth.q)
    drawn_frames = character.transforms(truth.drawn_q)
    best: Fit | None = None
    for layout, points in layouts(osim, character, skeleton, name):
        fit = solve(layout, points, truth, frames, drawn_frames)
        if best is None or score(fit) < 0.9 * score(best):
            best = fit
        if fit.rms.max() < GOOD_RMS and fit.worst.max() < GOOD_MAX and fit.gap < GOOD_GAP:
            break
    assert best is not None
    if verbose:
        arms = ", ".join(
            f"{c.removesuffix('_r')} {1000 * r:.1f}/{1000 * w:.1f}"
            for c, r, w in zip(truth.coordinates, best.rms, best.worst, strict=True)
        )
        print(f"{name:14s} {best.layout:22s} rms/max mm: {arms}; gap {1000 * best.gap:.1f}")
    return entry(osim, character, name, best, truth)


def score(fit: Fit) -> float:
    """Lower is better: the worst pair's rms, with its largest error and the drawing's gap."""
    return float(max(fit.rms.max(), fit.worst.max() / 3.0) + 0.08 * fit.gap)


def observe(osim: OsimModel, character: Character, name: str) -> Truth:
    """Sample OpenSim over the range of gait of the coordinates that the muscle spans."""
    coordinates = osim.spanned(name)
    poses = sample_range(coordinates, SAMPLES, seed=1)
    values = perturbed(poses)
    lengths = osim.lengths(name, coordinates, values)
    pairs = lengths.reshape(len(poses), len(coordinates), 2)
    moment_arms = -(pairs[..., 1] - pairs[..., 0]) / (2.0 * STEP)
    q = positions_from_coordinates(character, coordinates, values)
    osim.set_pose({})
    neutral = osim.length(name)
    drawn = []
    for pose in poses[:DRAWN_POSES]:
        osim.set_pose(dict(zip(coordinates, map(float, pose), strict=True)))
        drawn.append(osim.drawn_path(name, "pelvis"))
    osim.set_pose({})
    drawn_q = positions_from_coordinates(character, coordinates, poses[:DRAWN_POSES])
    return Truth(coordinates, q, moment_arms, neutral, drawn_q, drawn)


def layouts(
    osim: OsimModel, character: Character, skeleton: Skeleton, name: str
) -> list[tuple[str, list[ViaPoint]]]:
    """Layouts to try, simplest first."""
    osim.set_pose({})
    raw = osim.path_points(name)
    base = [
        _base_point(osim, character, skeleton, p, k in (0, len(raw) - 1)) for k, p in enumerate(raw)
    ]
    crosses_knee = "knee_angle_r" in osim.spanned(name)
    found = []
    wraps = _wraps(osim, character, skeleton, name)
    if not wraps:
        stiff = [replace(v, sigma=0.0 if len(v.point.bodies) == 1 else v.sigma) for v in base]
        found.append(("osim points", stiff))
    found.append(("points moved", base))
    if not wraps and crosses_knee:
        wraps = [_crossing(character, base, raw)]
    for kind in ("fixed", "two fixed", "blend", "fixed+blend", "fixed+blend+fixed", "two blends"):
        points = list(base)
        for segment, entries in sorted(wraps, key=lambda w: -w[0]):
            extra = _extra_points(character, base, segment, entries, kind)
            points[segment + 1 : segment + 1] = extra
        if len(points) > len(base):
            found.append((kind, points))
    return found


def _base_point(
    osim: OsimModel, character: Character, skeleton: Skeleton, point: OsimPoint, end: bool
) -> ViaPoint:
    """An osim path point; points of the patella become blends of femur and shank."""
    if point.body == "patella_r":
        return ViaPoint(_patella_point(osim, character, point), PRIOR_SIGMA)
    body, position = locate(skeleton, point)
    fixed = PathPoint((character.body_index[body],), np.ones(1), position[None])
    return ViaPoint(fixed, 0.0 if end else 0.3 * PRIOR_SIGMA)


def locate(skeleton: Skeleton, point: OsimPoint) -> tuple[str, np.ndarray]:
    """The character's body and position of a point of an osim body at rest."""
    body, offset = skeleton.offsets.get(point.body, (point.body, np.zeros(3)))
    return body, point.position + offset


def _patella_point(osim: OsimModel, character: Character, point: OsimPoint) -> PathPoint:
    """Blend of femur and shank whose circle follows a patella point over the knee's range."""
    angles = np.radians(np.arange(0.0, 81.0, 5.0))
    q = positions_from_coordinates(character, ["knee_angle_r"], angles[:, None])
    femur, tibia = character.body_index["femur_r"], character.body_index["tibia_r"]
    frames = character.transforms(q, {femur, tibia})
    goals, rows = [], []
    for k, angle in enumerate(angles):
        osim.set_pose({"knee_angle_r": float(angle)})
        in_pelvis = osim.point_in_body(point.body, "pelvis", point.position)
        origin = 0.5 * frames[femur][1][k] + 0.5 * frames[tibia][1][k]
        goals.append(in_pelvis - origin)
        rows.append(np.hstack([0.5 * frames[femur][0][k], 0.5 * frames[tibia][0][k]]))
    osim.set_pose({})
    matrix = np.vstack([*rows, 1e-2 * np.eye(6)])
    solution = np.linalg.lstsq(matrix, np.concatenate([*goals, np.zeros(6)]), rcond=None)[0]
    return PathPoint((femur, tibia), np.array([0.5, 0.5]), solution.reshape(2, 3))


def _wraps(
    osim: OsimModel, character: Character, skeleton: Skeleton, name: str
) -> list[tuple[int, list[tuple[int, np.ndarray]]]]:
    """Where the path wraps in the range of gait: the segment's index among the osim's points, and
    (body, mean position) of the points on the wrap surfaces in their order along the path."""
    coordinates = osim.spanned(name)
    seen: dict[int, dict[int, list[tuple[int, np.ndarray]]]] = {}
    for pose in sample_range(coordinates, 64, seed=2):
        osim.set_pose(dict(zip(coordinates, map(float, pose), strict=True)))
        segment, order = -1, 0
        for point in osim.current_path(name):
            if not point.wrapped:
                segment, order = segment + 1, 0
                continue
            name_of_body, position = locate(skeleton, point)
            places = seen.setdefault(segment, {}).setdefault(order, [])
            places.append((character.body_index[name_of_body], position))
            order += 1
    osim.set_pose({})
    result = []
    for segment, orders in seen.items():
        entries = []
        for order in sorted(orders):
            bodies = [b for b, _ in orders[order]]
            body = max(set(bodies), key=bodies.count)
            entries.append((body, np.mean([p for b, p in orders[order] if b == body], axis=0)))
        result.append((segment, entries))
    return result


def _crossing(
    character: Character, base: list[ViaPoint], raw: Sequence[OsimPoint]
) -> tuple[int, list[tuple[int, np.ndarray]]]:
    """A place for extra points where an unwrapped path crosses the knee: the middle of the segment
    between the last point above and the first below the joint, level with the joint."""
    above = [k for k, p in enumerate(raw) if p.body in ("pelvis", "femur_r", "patella_r")][-1]
    frames = character.transforms(np.zeros((1, character.dofs)))
    world = path_positions([v.point for v in base], frames)[0]
    femur, tibia = character.body_index["femur_r"], character.body_index["tibia_r"]
    height = frames[tibia][1][0][1]
    start, end = world[above], world[above + 1]
    share = np.clip((height - start[1]) / (end[1] - start[1] - 1e-9), 0.1, 0.9)
    middle = start + share * (end - start)
    return above, [(femur, middle - frames[femur][1][0]), (tibia, middle - frames[tibia][1][0])]


def _extra_points(
    character: Character,
    base: list[ViaPoint],
    segment: int,
    entries: list[tuple[int, np.ndarray]],
    kind: str,
) -> list[ViaPoint]:
    """Points to insert in a segment for a layout."""
    frames = character.transforms(np.zeros((1, character.dofs)))

    def fixed(body: int, position: np.ndarray) -> ViaPoint:
        return ViaPoint(PathPoint((body,), np.ones(1), position[None]), PRIOR_SIGMA)

    def blend(place: np.ndarray, one: int, other: int) -> ViaPoint:
        positions = np.array([place - frames[b][1][0] for b in (one, other)])
        return ViaPoint(PathPoint((one, other), np.array([0.5, 0.5]), positions), 2 * PRIOR_SIGMA)

    world = [frames[b][1][0] + p for b, p in entries]
    ends = sorted({base[segment].point.bodies[0], base[segment + 1].point.bodies[-1]})
    ends = sorted({*ends, *(b for b, _ in entries)})
    upper, lower = ends[0], ends[1] if len(ends) > 1 else ends[0]
    first, last = entries[0], entries[-1]
    middle = 0.5 * (world[0] + world[-1])
    if upper == lower:
        kind = {"fixed": "fixed", "two fixed": "two fixed"}.get(kind, "")
    second = entries[min(1, len(entries) - 1)]
    arc = 0.5 * (first[1] + second[1]) if first[0] == second[0] else first[1]
    options = {
        "fixed": lambda: [fixed(first[0], arc)],
        "two fixed": lambda: [fixed(*first), fixed(*last)],
        "blend": lambda: [blend(middle, upper, lower)],
        "fixed+blend": lambda: [fixed(*first), blend(world[-1], upper, lower)],
        "fixed+blend+fixed": lambda: [fixed(*first), blend(middle, upper, lower), fixed(*last)],
        "two blends": lambda: [blend(world[0], upper, lower), blend(world[-1], upper, lower)],
    }
    return options[kind]() if kind in options else []


def solve(
    layout: str,
    points: list[ViaPoint],
    truth: Truth,
    frames: dict[int, Transform],
    drawn_frames: dict[int, Transform],
) -> Fit:
    """Least squares over the positions of the points that may move."""
    free = [
        (k, j) for k, v in enumerate(points) if v.sigma > 0.0 for j in range(len(v.point.bodies))
    ]
    start = np.array([points[k].point.positions[j] for k, j in free]).reshape(-1)
    sigma = np.repeat([points[k].sigma for k, _ in free], 3)

    def build(x: np.ndarray) -> list[PathPoint]:
        positions = [v.point.positions.copy() for v in points]
        for (k, j), value in zip(free, x.reshape(-1, 3), strict=True):
            positions[k][j] = value
        return [replace(v.point, positions=p) for v, p in zip(points, positions, strict=True)]

    def arms(x: np.ndarray) -> np.ndarray:
        lengths = polyline_length(path_positions(build(x), frames))
        return _central(lengths, truth.moment_arms.shape)

    def residuals(x: np.ndarray) -> np.ndarray:
        error = (arms(x) - truth.moment_arms).ravel() / MOMENT_ARM_SIGMA
        error *= np.sqrt(200.0 / error.size)
        away, _ = _off_path(path_positions(build(x), drawn_frames), truth.drawn)
        away = away * np.sqrt(30.0 / away.size) / DISTANCE_SIGMA
        return np.concatenate([error, away.ravel(), (x - start) / sigma])

    def jacobian(x: np.ndarray) -> np.ndarray:
        current = build(x)
        slope = _length_gradient(path_positions(current, frames))
        _, normals = _off_path(path_positions(current, drawn_frames), truth.drawn)
        columns, distance_columns = [], []
        for k, j in free:
            point = points[k].point
            rotation = frames[point.bodies[j]][0] * point.weights[j]
            gradient = np.einsum("sij,si->sj", rotation, slope[:, k])
            columns.append(
                np.stack([_central(g, truth.moment_arms.shape).ravel() for g in gradient.T], axis=1)
            )
            turned = drawn_frames[point.bodies[j]][0] * point.weights[j]
            block = np.zeros((*normals.shape[:2], 3, 3))
            block[:, k] = normals[:, k] @ turned
            distance_columns.append(block.reshape(-1, 3))
        size = truth.moment_arms.size
        top = np.hstack(columns) / MOMENT_ARM_SIGMA * np.sqrt(200.0 / size)
        count = distance_columns[0].shape[0]
        near = np.hstack(distance_columns) / DISTANCE_SIGMA * np.sqrt(30.0 / count)
        return np.vstack([top, near, np.diag(1.0 / sigma)])

    x = start
    if len(free):
        x = least_squares(residuals, start, jac=jacobian, method="trf", max_nfev=60).x
    error = arms(x) - truth.moment_arms
    rms, worst = np.sqrt(np.mean(error**2, axis=0)), np.abs(error).max(axis=0)
    gap = _largest_gap(path_positions(build(x), drawn_frames), truth.drawn)
    return Fit(layout, build(x), rms, worst, gap)


def _central(lengths: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Moment arms (N, C) from values at the perturbed poses (N * C * 2,)."""
    pairs = lengths.reshape(*shape, 2)
    return -(pairs[..., 1] - pairs[..., 0]) / (2.0 * STEP)


def _length_gradient(world: np.ndarray) -> np.ndarray:
    """dL/dX (S, P, 3) of polylines (S, P, 3)."""
    edges = np.diff(world, axis=1)
    units = edges / np.maximum(np.linalg.norm(edges, axis=2, keepdims=True), 1e-9)
    gradient = np.zeros_like(world)
    gradient[:, 1:] += units
    gradient[:, :-1] -= units
    return gradient


def _off_path(world: np.ndarray, drawn: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (S, P, 3) from the nearest points of the drawn polylines to the via points, and the
    projectors (S, P, 3, 3) that map a move of the point to a change of the vector."""
    away = np.zeros_like(world)
    projectors = np.zeros((*world.shape, 3))
    for s, line in enumerate(drawn):
        start, edge = line[:-1], np.diff(line, axis=0)
        squared = np.maximum(np.sum(edge**2, axis=1), 1e-12)
        offset = world[s][:, None] - start
        raw = np.sum(offset * edge, axis=2) / squared
        share = np.clip(raw, 0.0, 1.0)
        vectors = offset - share[..., None] * edge
        nearest = np.argmin(np.sum(vectors**2, axis=2), axis=1)
        rows = np.arange(len(nearest))
        away[s] = vectors[rows, nearest]
        unit = edge / np.sqrt(squared)[:, None]
        inside = (raw[rows, nearest] > 0.0) & (raw[rows, nearest] < 1.0)
        chosen = unit[nearest] * inside[:, None]
        projectors[s] = np.eye(3) - chosen[:, :, None] * chosen[:, None, :]
    return away, projectors


def _largest_gap(world: np.ndarray, drawn: list[np.ndarray]) -> float:
    """Distance of the drawn polylines from the paths (S, P, 3): the larger of the via points' distance from the
    polylines and of the polylines' points from the paths, rms over poses."""
    via, _ = _off_path(world, drawn)
    gaps = []
    for s, line in enumerate(drawn):
        back, _ = _off_path(line[None], [world[s]])
        gaps.append(
            max(np.linalg.norm(via[s], axis=1).max(), np.linalg.norm(back[0], axis=1).max())
        )
    return float(np.sqrt(np.mean(np.square(gaps))))


ACHILLES = ("soleus", "gasmed", "gaslat")
ACHILLES_STRAIN = 0.03
"""Stretch of the Achilles tendon, of which the rigid tendon takes its mean under the loads of stance: it reaches 4 to 5 %
at push-off (Lichtwark and Wilson 2006, J Exp Biol 209, 4379-4388). At its slack length the fibres of soleus would be 1.2 to
1.35 optimal lengths long in stance, and their passive force would make the ankle's moment."""


def entry(
    osim: OsimModel, character: Character, name: str, fit: Fit, truth: Truth
) -> dict[str, Any]:
    """A muscle of the character file; its slack length compensates the change of the neutral length."""
    names = [b.name for b in character.bodies]
    path: list[dict[str, Any]] = []
    for point in fit.points:
        positions = np.round(point.positions, 5)
        if len(point.bodies) == 1:
            path.append({"body": names[point.bodies[0]], "position": positions[0]})
        else:
            bodies = [names[b] for b in point.bodies]
            path.append({"bodies": bodies, "weights": point.weights, "positions": positions})
    rounded = [character.path_point(p) for p in path]
    frames = character.transforms(np.zeros((1, character.dofs)))
    ours = float(polyline_length(path_positions(rounded, frames))[0])
    muscle: dict[str, Any] = {"name": name} | osim.parameters(name)
    muscle["tendon_slack_length"] += ours - truth.neutral_length
    if name.removesuffix("_r") in ACHILLES:
        muscle["tendon_slack_length"] *= 1 + ACHILLES_STRAIN
    muscle["group"] = GROUP_OF[name.removesuffix("_r")]
    muscle["path"] = path
    return muscle
