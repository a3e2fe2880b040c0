"""Write assets/motions/stand.yaml: quiet standing, knees and arms a little bent, soles flat."""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

from tools.human.kinematics import Character
from tools.human.leg_poses import hip_vector
from tools.motions.make_walk import WALK
from tools.motions.motion_file import arm_vector, character_and_output, mirrored, write_motion

KNEE = 5.0
HEEL_DISTANCE = 0.15
BALANCE = 0.045
"""Centre of mass ahead of the ankle joints, m: about 4 to 5 cm (Winter 1995, Gait Posture 3(4))."""

SOURCES = [
    "Own choice of a relaxed stance: knees bent by 5 degrees, feet 15 cm apart and 6 degrees out.",
    "Centre of mass 4.5 cm ahead of the ankles: Winter (1995), Gait and Posture 3(4), 193-214.",
    "Hip, ankle and subtalar angles and the root's height solved for flat soles.",
]


def pose(character: Character, x: np.ndarray) -> np.ndarray:
    """Positions (1, dofs) of unknowns: hip flexion, adduction, rotation, ankle, subtalar (rad),
    root height and forward place (m)."""
    q = np.zeros((1, character.dofs))
    index = character.dof_names.index
    first = index("hip_x_r")
    q[:, first : first + 3] = hip_vector(*x[:3, None])
    q[0, first + 3 : first + 6] = [np.radians(KNEE), x[3], x[4]]
    q[0, 4:6] = x[5:7]
    first = index("shoulder_x_r")
    q[:, first : first + 3] = arm_vector(np.radians([2.0]), np.radians([7.0]))
    q[0, index("elbow_flex_r")] = np.radians(15.0)
    q[0, index("pro_sup_r")] = np.radians(65.0)
    return mirrored(character, q)


def residuals(x: np.ndarray, character: Character) -> np.ndarray:
    """Soles flat on the ground, feet placed, weight over them; divided by tolerances."""
    q = pose(character, x)
    names, points = character.contact_points(q)
    right = points[0, [k for k, n in enumerate(names) if n.endswith("_r")]]
    heel, ball = right[:2].mean(axis=0), right[2:4].mean(axis=0)
    out = np.degrees(np.arctan2(-(ball[0] - heel[0]), ball[2] - heel[2]))
    frames = character.transforms(q)
    ankle = frames[character.body_index["talus_r"]][1][0]
    ahead = character.centre_of_mass(q)[0, 2] - ankle[2]
    return np.concatenate(
        [
            right[:, 1] / 1e-4,
            [(heel[0] + 0.5 * HEEL_DISTANCE) / 1e-3, (out - WALK.toe_out) / 0.2],
            [(ahead - BALANCE) / 1e-3, ankle[2] / 1e-3],
        ]
    )


def main() -> None:
    """Command line."""
    character, output = character_and_output(__doc__, "stand.yaml")
    start = np.array([0.05, 0.0, 0.0, 0.05, 0.0, 0.94, 0.0])
    solution = least_squares(residuals, start, args=(character,), x_scale="jac")
    q = pose(character, solution.x)
    print("hip, ankle, subtalar:", np.degrees(solution.x[:5]).round(1), "root:", solution.x[5:])
    write_motion(
        output,
        name="stand",
        sources=SOURCES,
        character=character,
        frames=np.vstack([q, q]),
        frame_time=0.5,
        cycle_translation=(0.0, 0.0, 0.0),
        events={},
        comment="Quiet standing; both frames are the same",
    )


if __name__ == "__main__":
    main()
