"""What the default character promises: masses, symmetry, counts, fibre lengths, moment arms."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tools.human.kinematics import JOINT_DOFS, Character, swap_sides

ROOT = Path(__file__).resolve().parents[2]
HUMAN = ROOT / "assets" / "characters" / "human.yaml"
MOMENT_ARMS = Path(__file__).with_name("moment_arms.csv")

FIBRES_OUTSIDE: dict[str, str] = {}
"""Muscles whose neutral fibre length is outside 0.5..1.5 optimal lengths, with the reason."""

MIRROR = np.array([-1.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def human() -> Character:
    return Character.load(HUMAN)


def _body(human: Character, name: str) -> dict:
    return human.bodies[human.body_index[name]].data


def _right_bodies(human: Character) -> list[str]:
    return [b.name for b in human.bodies if b.name.endswith("_r")]


def _fibre_length(human: Character, muscle: str, q: np.ndarray) -> np.ndarray:
    """Fibre length over optimal length with a rigid tendon, at constant muscle width."""
    m = human.muscles[muscle]
    along = human.path_lengths(muscle, q) - m["tendon_slack_length"]
    width = m["optimal_fibre_length"] * np.sin(m["pennation"])
    assert np.all(along > 0.0), f"{muscle} is slack"
    return np.hypot(along, width) / m["optimal_fibre_length"]


def test_the_human_has_54_degrees_of_freedom_and_80_muscles(human: Character) -> None:
    assert human.dofs == 54
    assert len(set(human.dof_names)) == 54
    assert len(human.muscles) == len(human.data["muscles"]) == 80


def test_the_human_weighs_75_kg(human: Character) -> None:
    assert human.total_mass == pytest.approx(75.0, abs=0.01)


def test_parents_come_before_children_and_the_root_first(human: Character) -> None:
    assert human.bodies[0].parent == -1
    assert all(0 <= b.parent < i for i, b in enumerate(human.bodies) if i > 0)


@pytest.mark.parametrize("side", ["r", "l"])
def test_no_leg_or_arm_body_is_absurdly_light(human: Character, side: str) -> None:
    masses = [b.data["mass"] for b in human.bodies if b.name.endswith(f"_{side}")]
    assert min(masses) > 0.2


def test_every_inertia_belongs_to_a_real_body(human: Character) -> None:
    """Positive, and each principal moment at most the sum of the others; gyration above 1 cm."""
    for body in human.bodies:
        xx, yy, zz, xy, xz, yz = body.data["inertia"]
        matrix = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        moments = np.linalg.eigvalsh(matrix)
        assert moments[0] > body.data["mass"] * 0.01**2, body.name
        assert moments[2] <= (moments[0] + moments[1]) * (1.0 + 1e-6), body.name


def test_the_left_bodies_mirror_the_right_ones(human: Character) -> None:
    for name in _right_bodies(human):
        right, left = _body(human, name), _body(human, name[:-2] + "_l")
        assert right["mass"] == left["mass"]
        assert np.allclose(np.multiply(right["com"], MIRROR), left["com"], atol=1e-9)
        signs = np.array([1, 1, 1, -1, -1, 1])
        assert np.allclose(np.multiply(right["inertia"], signs), left["inertia"], atol=1e-9)
        for key in ("contacts", "shapes"):
            assert len(right.get(key, [])) == len(left.get(key, []))
            for one, other in zip(right.get(key, []), left.get(key, []), strict=True):
                for place in {"position", "from", "to"} & set(one):
                    assert np.allclose(np.multiply(one[place], MIRROR), other[place], atol=1e-9)


def test_muscles_come_in_right_left_pairs(human: Character) -> None:
    names = list(human.muscles)
    for right, left in zip(names[0::2], names[1::2], strict=True):
        assert right[:-2] == left[:-2] and (right[-2:], left[-2:]) == ("_r", "_l")
        one, other = human.muscles[right], human.muscles[left]
        for key in ("max_isometric_force", "optimal_fibre_length", "pennation", "group"):
            assert one[key] == other[key]


def test_a_left_muscle_is_as_long_as_the_right_one_in_the_mirrored_pose(human: Character) -> None:
    poses = 0.4 * np.random.default_rng(0).standard_normal((16, human.dofs))
    mirrored = swap_sides(human, poses)
    for name in list(human.muscles)[0::2]:
        right = human.path_lengths(name, poses)
        left = human.path_lengths(name[:-2] + "_l", mirrored)
        assert np.allclose(right, left, atol=2e-5), name


def test_every_muscle_starts_and_ends_on_one_body_and_spans_a_joint(human: Character) -> None:
    for name in human.muscles:
        path = human.path(name)
        assert len(path[0].bodies) == len(path[-1].bodies) == 1, name
        assert path[0].bodies != path[-1].bodies, name
        assert all(abs(p.weights.sum() - 1.0) < 1e-9 for p in path), name


def test_neutral_fibres_are_between_half_and_one_and_a_half_optimal_lengths(
    human: Character,
) -> None:
    neutral = np.zeros((1, human.dofs))
    lengths = {name: float(_fibre_length(human, name, neutral)[0]) for name in human.muscles}
    outside = {n for n, value in lengths.items() if not 0.5 <= value <= 1.5}
    assert outside == set(FIBRES_OUTSIDE)


def test_the_soles_are_flat_in_the_zero_pose(human: Character) -> None:
    names, points = human.contact_points(np.zeros((1, human.dofs)))
    assert names.count("calcn_r") == names.count("calcn_l") == 4
    assert names.count("toes_r") == names.count("toes_l") == 2
    assert np.ptp(points[0, :, 1]) < 1e-4


def test_zero_is_inside_the_joint_limits(human: Character) -> None:
    for body in human.bodies:
        joint = body.data["joint"]
        if joint["type"] in ("ball", "revolute"):
            assert np.all(np.asarray(joint["lower"]) <= 0.0), body.name
            assert np.all(np.asarray(joint["upper"]) > 0.0), body.name
            assert np.size(joint["lower"]) == JOINT_DOFS[joint["type"]]


def test_flexion_is_positive_as_the_file_says(human: Character) -> None:
    """Bending a knee lifts the heel backwards, dorsiflexion and toe extension lift the toes,
    inversion lifts the inner edge of the foot, bending an elbow brings the hand forward."""

    def move(name: str, body: str, point: tuple[float, float, float]) -> np.ndarray:
        q = np.zeros((2, human.dofs))
        q[1, human.dof_names.index(name)] = 0.2
        frames = human.transforms(q)[human.body_index[body]]
        world = frames[1] + frames[0] @ np.asarray(point)
        return world[1] - world[0]

    assert move("knee_angle_l", "tibia_l", (0.0, -0.4, 0.0))[2] < -0.05
    assert move("ankle_angle_l", "toes_l", (0.0, 0.0, 0.0))[1] > 0.02
    assert move("mtp_angle_l", "toes_l", (0.0, 0.0, 0.06))[1] > 0.005
    assert move("subtalar_angle_l", "calcn_l", (-0.04, 0.0, 0.1))[1] > 0.003
    assert move("elbow_flex_l", "hand_l", (0.0, 0.0, 0.0))[2] > 0.03


def test_the_table_of_moment_arms_keeps_its_bounds() -> None:
    """RMS within 5 mm for 95 % of the pairs, no difference beyond 12 mm."""
    with MOMENT_ARMS.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len({row["muscle"] for row in rows}) == 80
    assert np.mean([float(row["rms_mm"]) <= 5.0 for row in rows]) >= 0.95
    assert max(float(row["max_mm"]) for row in rows) <= 12.0


@pytest.mark.slow
@pytest.mark.parametrize("muscle", ["gasmed_r", "glmax1_r", "psoas_r", "vaslat_l", "semimem_l"])
def test_moment_arms_follow_opensim(human: Character, muscle: str, rajagopal_osim: Path) -> None:
    pytest.importorskip("opensim", reason="the oracle: pip install opensim")
    pytest.importorskip("scipy", reason="samples the poses")
    from tools.human.moment_arms import compare
    from tools.human.osim_model import OsimModel

    with MOMENT_ARMS.open(encoding="utf-8") as stream:
        table = {(r["muscle"], r["coordinate"]): r for r in csv.DictReader(stream)}
    for pair in compare(OsimModel(rajagopal_osim), human, muscle, 32):
        row = table[pair.muscle, pair.coordinate]
        assert pair.worst < 0.012
        assert pair.rms == pytest.approx(float(row["rms_mm"]) / 1000.0, abs=0.0015)
