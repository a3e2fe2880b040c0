"""Write assets/motions/run.yaml: running at 3 m/s from published norms (see gait_fit.py)."""

from __future__ import annotations

import numpy as np

from tools.motions import gait_norms as norms
from tools.motions import running_norms as running
from tools.motions.gait_fit import PHASE, Gait, solve
from tools.motions.motion_file import character_and_output, write_gait

STANCE = 0.35
"""Stance phase of a foot as a fraction of the cycle; with two flight phases."""


def forces() -> np.ndarray:
    """Upward and forward ground reaction of the right foot, body weights (FRAMES, 2).

    One active peak whose impulse over the cycle balances gravity; the force is 0 in the flight phases.
    """
    through = np.clip(PHASE / STANCE, 0.0, 1.0)
    upward = np.sin(np.pi * through) ** 1.15
    forward = -running.BRAKING_PEAK * np.sin(2.0 * np.pi * through)
    return np.stack([upward * 0.5 / upward.mean(), forward], axis=1)


RUN = Gait(
    speed=3.0,
    cadence=166.0,
    step_width=0.05,
    toe_out=7.0,
    thigh=running.THIGH,
    leg={
        "hip_adduction": running.HIP_ADDUCTION,
        "hip_rotation": running.HIP_ROTATION,
        "knee": running.KNEE,
        "ankle": running.ANKLE,
        "subtalar": running.SUBTALAR,
        "toes": running.TOES,
    },
    allowed={
        "hip_flexion": 4.0,
        "hip_adduction": 3.0,
        "hip_rotation": 4.0,
        "knee": 5.0,
        "ankle": 1.5,
        "subtalar": 4.0,
        "toes": 8.0,
    },
    pelvis={
        "tilt": running.PELVIS_TILT,
        "rotation": running.PELVIS_ROTATION,
        "obliquity": running.PELVIS_OBLIQUITY,
    },
    translation={
        "tx": -0.010 * np.cos(2.0 * np.pi * (PHASE - 0.18)),
        "ty": 0.905 - 0.040 * np.cos(4.0 * np.pi * (PHASE - 0.18)),
        "tz": np.zeros_like(PHASE),
    },
    root_allowed={"rx": 2.0, "ry": 2.0, "rz": 2.0, "tx": 0.01, "ty": 0.02, "tz": 0.02},
    carries=(
        ("calcn_r", (0.01, 0.16)),
        ("calcn_r", (0.0, 0.16)),
        ("calcn_r", (0.06, 0.29)),
        ("calcn_r", (0.06, 0.25)),
        ("toes_r", (0.08, 0.33)),
        ("toes_r", (0.08, 0.27)),
    ),
    clearance=np.interp(
        PHASE, [0.36, 0.40, 0.50, 0.86, 0.94, 0.98], [0.0, 0.02, 0.05, 0.04, 0.015, 0.002]
    ),
    swing=(0.37, 0.97),
    forces=forces(),
    upper_body={
        "thorax": running.THORAX_ROTATION,
        "shoulder": running.SHOULDER,
        "elbow": running.ELBOW,
    },
    lean=6.0,
    sway=1.0,
    acceleration_allowed=1.0,
    moment_allowed=15.0,
)

SOURCES = [
    f"Legs and pelvis: after {running.NOVACHECK}; {running.FUKUCHI}.",
    f"Ground reaction: after {running.CAVANAGH}; {running.NOVACHECK}. Arms and thorax: after "
    f"{running.HINRICHS}. Toes and subtalar joint: after {norms.LEARDINI}, scaled to running.",
    "Fitted by tools/motions/make_run.py as Fourier series near these curves so that the contact spheres "
    "roll on the ground without sliding, the centre of mass accelerates as the ground reaction "
    "forces have it and falls freely in the flights, and the motion is periodic and "
    "mirror-symmetric with half a cycle's delay.",
]


def main() -> None:
    """Command line."""
    character, output = character_and_output(__doc__, "run.yaml")
    write_gait(output, "run", SOURCES, character, RUN, solve(character, RUN))


if __name__ == "__main__":
    main()
