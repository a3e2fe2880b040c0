"""A captured motion made possible for a body with weight: a cycle that closes, feet that stand on the ground.

A capture that was put on another body floats or sinks, its feet slide, and the last frame of a clip that is called a
cycle does not lead to its first. Here the ends of a cycle are brought together, what is faster than people move is
smoothed away, and the root's path is changed so that the loaded feet are on the ground and stay in place, and then so
that the ground can carry the motion (dynamics_filter.py). Toes that were not captured bend where they would be in the
ground; the other joints keep their angles.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from ...rotation import rotation_matrices
from ..characters.skeleton import JOINTS, Floats, Node
from .clip import Clip
from .dynamics_filter import carried_path
from .height import placed
from .symmetric import Poses

SMOOTHED = 0.013
"""s, standard deviation of the smoothing kernel: half of the amplitude is left at 14 Hz."""
ROLLED = 0.005
"""m: a contact so much higher than the foot's lowest counts 1/e as much for where the foot is."""
LIFTED = 0.05
"""m above a foot's usual height in stance, from which it carries nothing."""
SLOWEST, SLOW_SHARE = 0.8, 0.2
"""m/s, and part of the foot's highest speed: above the larger of them a foot carries nothing."""
HEIGHT_CUTOFF, PLACE_CUTOFF = 2.5, 2.5
"""Hz, above which the root's path does not follow its feet."""
BENDS = 49
"""Number of angles that are tried for a toe."""
BENDING = 0.004
"""m/rad: how much a toe may sink in order to bend less."""
SUNK = 0.002
"""m that loaded contacts are below the ground, as the compliant ground lets them."""


def grounded(poses: Poses, frame_time: float, nodes: list[Node], cyclic: bool) -> Poses:
    """Poses whose root translations are the world's; `closes` is true of a cycle. Unchanged without contacts."""
    if nodes[0].joint_type != "Free" or not any(node.contact for node in nodes):
        return poses
    frames, advance = _closed(poses) if cyclic else (poses.frames, np.zeros(3))
    frames = _smoothed(frames, advance, frame_time, cyclic)
    feet = _feet(frames, nodes)
    loads, heights, speeds = _contacts(feet, advance, frame_time, cyclic)
    frames = frames.copy()
    clip = Clip(frames, frame_time, advance, cyclic)  # of arrays that change in place
    frames[:, 4] += _path(clip, loads, -SUNK - heights, HEIGHT_CUTOFF)
    for axis, column in ((0, 3), (2, 5)):
        speed = _path(clip, loads, -speeds[..., axis], PLACE_CUTOFF)
        frames[:, column] += frame_time * (np.cumsum(speed) - speed)
        if cyclic:
            advance[axis] += frame_time * speed.sum()
    bent = _toes_bent(frames, nodes)
    toes = (bent != frames).any(axis=0)
    frames[:, toes] = _smoothed(bent, advance, frame_time, cyclic)[:, toes]
    frames[:, 3:6] += carried_path(clip, nodes, loads.sum(axis=0), _feet(frames, nodes))
    end = frames[0] if cyclic else frames[-1]
    end = end.copy()
    end[3:6] += advance
    return Poses(frames, end, closes=cyclic)


def _closed(poses: Poses) -> tuple[Floats, Floats]:
    """Frames of a cycle that the first one follows in the time between two, and the root's way in it (3,), m.

    What lacks at its end is shared out over the whole cycle.
    """
    frames = poses.frames
    count = len(frames)
    end = poses.last if poses.closes else frames[-1] + (frames[-1] - frames[-4]) / 3
    advance = (end - frames[0])[3:6] * [1.0, 0.0, 1.0]
    lacking = end - frames[0]
    lacking[3:6] -= advance
    return frames - np.outer(np.arange(count) / count - 0.5, lacking), advance


def _smoothed(frames: Floats, advance: Floats, frame_time: float, cyclic: bool) -> Floats:
    reach = min(int(np.ceil(3 * SMOOTHED / frame_time)), len(frames) - 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * frame_time / SMOOTHED) ** 2)
    kernel /= kernel.sum()
    if cyclic:
        before, after = frames[len(frames) - reach :].copy(), frames[:reach].copy()
        before[:, 3:6] -= advance
        after[:, 3:6] += advance
    else:  # the ends turned about themselves, so that their speeds stay
        before = 2 * frames[0] - frames[reach:0:-1]
        after = 2 * frames[-1] - frames[-2 : -2 - reach : -1]
    extended = np.concatenate([before, frames, after])
    return np.stack([np.convolve(column, kernel, "valid") for column in extended.T], axis=1)


def _feet(frames: Floats, nodes: list[Node]) -> list[Floats]:
    """Of each foot, the contact bodies of one chain from the trunk, its corners, (T, corners, 3) m in the world."""
    index = {node.name: k for k, node in enumerate(nodes)}
    rotations, positions = placed(frames, nodes, np.zeros(3))
    feet: dict[int, list[Floats]] = {}
    for k, node in enumerate(nodes):
        if not node.contact:
            continue
        chain = [k]
        while nodes[chain[-1]].parent is not None:
            chain.append(index[nodes[chain[-1]].parent])  # type: ignore[index]
        limb = chain[-2] if len(chain) > 1 else k  # the first body after the root
        feet.setdefault(limb, []).extend(positions[k] + rotations[k] @ p for p in _corners(node))
    return [np.stack(points, axis=1) for points in feet.values()]


def _toes_bent(frames: Floats, nodes: list[Node]) -> Floats:
    """Hinges of contact bodies that were not captured, bent as little as keeps them out of the ground."""
    index = {node.name: k for k, node in enumerate(nodes)}
    rotations, positions = placed(frames, nodes, np.zeros(3))
    out, at = frames.copy(), 0
    for node in nodes:
        column = at
        at += JOINTS[node.joint_type]
        if (
            not node.contact
            or node.bvh
            or node.joint_type != "Revolute"
            or node.lower is None
            or node.upper is None
        ):
            continue
        parent = index[str(node.parent)]
        offset = nodes[parent].joint.inverse_times(node.joint)
        base = rotations[parent] @ offset.rotation
        origin = positions[parent] + rotations[parent] @ offset.position
        angles = np.linspace(float(node.lower[0]), float(node.upper[0]), BENDS)
        turns = rotation_matrices(np.outer(angles, node.axis))
        points = np.stack(_corners(node))
        lowest = (
            np.stack([(base @ turn @ points.T)[:, 1].min(axis=1) for turn in turns], axis=1)
            + origin[:, 1:2]
        )
        lacking = np.maximum(-SUNK - lowest, 0.0)
        cost = lacking + np.abs(angles) * BENDING
        out[:, column] = angles[cost.argmin(axis=1)]
    return out


def _corners(node: Node) -> list[Floats]:
    """Corners of the box round a contact body, in its joint's frame, (3,) m each."""
    own = node.joint.inverse_times(node.body)
    reach = node.size / 2 if node.shape == "Box" else np.full(3, node.size[0] / 2)
    return [
        own.position + own.rotation @ (np.array(signs) * reach)
        for signs in product((-1, 1), repeat=3)
    ]


def _contacts(
    feet: list[Floats], advance: Floats, frame_time: float, cyclic: bool
) -> tuple[Floats, Floats, Floats]:
    """Of each foot its load (F, T), 0 to 1, height (F, T), m, and velocity on the ground (F, T, 3), m/s."""
    loads, heights, speeds = [], [], []
    for points in feet:
        height = points[..., 1].min(axis=1)
        weight = np.exp((height[:, None] - points[..., 1]) / ROLLED)
        velocity = _rate(points, advance, frame_time, cyclic)
        velocity = (weight[..., None] * velocity).sum(axis=1) / weight.sum(axis=1)[:, None]
        speed = np.hypot(velocity[:, 0], velocity[:, 2])
        slow = 1 - speed / max(SLOWEST, SLOW_SHARE * speed.max())
        standing = np.quantile(height[slow > 0.5], 0.5) if (slow > 0.5).any() else height.min()
        low = 1 - (height - standing) / LIFTED
        loads.append(np.clip(slow, 0, 1) * np.clip(low, 0, 1))
        heights.append(height)
        speeds.append(velocity)
    return np.array(loads), np.array(heights), np.array(speeds)


def _rate(points: Floats, advance: Floats, frame_time: float, cyclic: bool) -> Floats:
    """Central differences of points (T, n, 3), one-sided at the ends of what is no cycle, m/s."""
    if not cyclic:
        return np.asarray(np.gradient(points, frame_time, axis=0))
    after, before = np.roll(points, -1, axis=0), np.roll(points, 1, axis=0)
    after[-1] += advance
    before[0] -= advance
    return (after - before) / (2 * frame_time)


def _path(clip: Clip, loads: Floats, wanted: Floats, cutoff: float) -> Floats:
    """The smooth series (T,) that is nearest to what the loaded feet (F, T) want; of `cutoff`, Hz, half is left."""
    weight = loads.sum(axis=0)
    if not weight.any():
        return np.zeros(len(weight))
    return np.asarray(np.linalg.solve(clip.smoothing(weight, cutoff), (loads * wanted).sum(axis=0)))
