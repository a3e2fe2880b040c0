"""Write assets/motions/walk.yaml: level walking from published norms (see gait_fit.py)."""

from __future__ import annotations

import numpy as np

from tools.motions import gait_norms as norms
from tools.motions.gait_fit import PHASE, Gait, solve
from tools.motions.motion_file import character_and_output, write_gait

WALK = Gait(
    speed=1.30,
    cadence=112.0,
    step_width=0.11,
    toe_out=6.0,
    thigh=norms.THIGH,
    leg={
        "hip_adduction": norms.HIP_ADDUCTION,
        "hip_rotation": norms.HIP_ROTATION,
        "knee": norms.KNEE,
        "ankle": norms.ANKLE,
        "subtalar": norms.SUBTALAR,
        "toes": norms.TOES,
    },
    allowed={
        "hip_flexion": 2.5,
        "hip_adduction": 2.0,
        "hip_rotation": 3.0,
        "knee": 2.5,
        "ankle": 2.5,
        "subtalar": 2.5,
        "toes": 6.0,
    },
    pelvis={
        "tilt": norms.PELVIS_TILT,
        "rotation": norms.PELVIS_ROTATION,
        "obliquity": norms.PELVIS_OBLIQUITY,
    },
    translation={
        "tx": -0.020 * np.cos(2.0 * np.pi * (PHASE - 0.30)),
        "ty": 0.915 - 0.019 * np.cos(4.0 * np.pi * (PHASE - 0.045)),
        "tz": 0.008 * np.cos(4.0 * np.pi * (PHASE - 0.12)),
    },
    root_allowed={"rx": 1.0, "ry": 1.5, "rz": 1.0, "tx": 0.008, "ty": 0.006, "tz": 0.010},
    # The outer edge leaves first: the toe joint's axis is oblique.
    carries=(
        ("calcn_r", (0.02, 0.31)),
        ("calcn_r", (0.0, 0.31)),
        ("calcn_r", (0.11, 0.53)),
        ("calcn_r", (0.11, 0.42)),
        ("toes_r", (0.13, 0.60)),
        ("toes_r", (0.13, 0.48)),
    ),
    clearance=np.interp(PHASE, [0.61, 0.65, 0.70, 0.90, 0.94], [0.0, 0.009, 0.015, 0.014, 0.006]),
    swing=(0.62, 0.94),
    forces=np.stack(
        [norms.curve(norms.VERTICAL_FORCE, PHASE), norms.curve(norms.FORWARD_FORCE, PHASE)], axis=1
    ),
    upper_body={
        "thorax": norms.THORAX_ROTATION,
        "shoulder": norms.SHOULDER,
        "elbow": norms.ELBOW,
    },
    lean=2.0,
    sway=1.5,
)

SOURCES = [
    f"Hip (thigh against the vertical plus pelvic tilt), knee, ankle: after the mean curves of "
    f"{norms.PERRY}; {norms.WINTER}; {norms.KADABA}.",
    f"Pelvis, hip adduction and rotation: after {norms.PERRY}; {norms.KADABA}. Subtalar and toes: "
    f"after {norms.PERRY}; {norms.LEARDINI}.",
    f"Arms: after {norms.MURRAY}. Thorax: after {norms.STOKES}.",
    "Fitted by tools/motions/make_walk.py as Fourier series near these curves so that the contact spheres "
    "roll on the ground without sliding, the centre of mass accelerates as both feet's ground "
    f"reaction forces have it (after {norms.WINTER}; {norms.PERRY}), and the motion is periodic "
    "and mirror-symmetric with half a cycle's delay.",
]


def main() -> None:
    """Command line."""
    character, output = character_and_output(__doc__, "walk.yaml")
    write_gait(output, "level walk", SOURCES, character, WALK, solve(character, WALK))


if __name__ == "__main__":
    main()
