"""Write the tables of docs/physiology.md: every band of the norms before and after, from two checkpoints.

.venv/bin/python -m tools.docs.physiology BEFORE.pt AFTER.pt
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from muscle_viewer.core import load_checkpoint
from muscle_viewer.training.evaluation.evaluate import Evaluation, evaluate

from tools.marked_page import put_between

PAGE = Path(__file__).resolve().parents[2] / "docs" / "physiology.md"
BEGIN, END = "<!-- begin tables -->", "<!-- end tables -->"

Row = tuple[str, str, Callable[[Evaluation], float], str]


def percent_inside(name: str) -> Callable[[Evaluation], float]:
    return lambda e: e.inside_norms.get(name, float("nan"))


def at(name: str, percent: int) -> Callable[[Evaluation], float]:
    """A curve's value, mean of both sides, at a percentage of the cycle."""
    return lambda e: float(e.kinetics.mean(name)[percent])


def soleus_peak(e: Evaluation) -> float:
    return max(e.kinetics.muscles["soleus"].mean[35:56])


ROWS: list[Row] = [
    ("falls", "0 %", lambda e: e.fall_rate, ".1%"),
    ("speed, m/s", "1.30", lambda e: e.speed, ".2f"),
    ("step times, right against left", "", lambda e: e.step_asymmetry, ".1%"),
    ("recovery from pushes", "100 %", lambda e: e.push_recovery, ".0%"),
    (
        "hip, degrees from the reference",
        "3",
        lambda e: e.joints["hip_flexion"].rms_to_reference,
        ".1f",
    ),
    (
        "knee, degrees from the reference",
        "3",
        lambda e: e.joints["knee_flexion"].rms_to_reference,
        ".1f",
    ),
    (
        "ankle, degrees from the reference",
        "3",
        lambda e: e.joints["ankle_dorsiflexion"].rms_to_reference,
        ".1f",
    ),
    ("effort of the muscle network over the least", "1.05", lambda e: e.effort_ratio, ".2f"),
    ("muscles idle that the optimum uses", "0", lambda e: float(len(e.idle_muscles)), ".0f"),
    ("time of the most saturated muscle above 0.95", "2 %", lambda e: e.saturation, ".1%"),
    *(
        (f"{name.replace('_', ' ')}, cycle within 2 sd", "85 %", percent_inside(name), ".0%")
        for name in ("hip_moment", "knee_moment", "ankle_moment", "ankle_power")
    ),
    *(
        (f"{name.replace('_', ' ')}, cycle within 2 sd", "", percent_inside(name), ".0%")
        for name in ("hip_power", "knee_power")
    ),
    *(
        (f"{name.replace('_', ' ')}, cycle within 2 sd", "85 %", percent_inside(name), ".0%")
        for name in ("vertical_force", "forward_force")
    ),
    ("sideways force, cycle within 2 sd", "", percent_inside("medial_force"), ".0%"),
    ("centre of pressure, cycle within 2 sd", "", percent_inside("center_of_pressure"), ".0%"),
    ("pelvic obliquity, cycle within 2 sd", "", percent_inside("pelvis_obliquity"), ".0%"),
    ("pelvic rotation, cycle within 2 sd", "", percent_inside("pelvis_rotation"), ".0%"),
    ("ankle moment at 25 %, N m/kg", "0.4", at("ankle_moment", 25), ".2f"),
    ("centre of pressure ahead of the ankle at 15 %, m", "0", at("center_of_pressure", 15), ".3f"),
    ("the same at 45 %, m", "0.10", at("center_of_pressure", 45), ".3f"),
    ("muscle timing as in EMG tables", "75 %", lambda e: e.emg_agreement, ".0%"),
    ("peak of soleus from 35 to 55 %", "0.3", soleus_peak, ".2f"),
    (
        "cost of transport, J/(kg m), Minetti and Alexander",
        "4.3",
        lambda e: e.cost_of_transport,
        ".2f",
    ),
    (
        "cost of transport, J/(kg m), Bhargava et al.",
        "",
        lambda e: e.bhargava_cost_of_transport,
        ".2f",
    ),
    ("torque tracking error, median", "", lambda e: e.tracking_error, ".1%"),
]


def tables(before: Evaluation, after: Evaluation) -> str:
    """Markdown: the figures, and the muscles' timing."""
    lines = ["| | asked | before | after |", "|---|---|---|---|"]
    for label, asked, value, form in ROWS:
        lines.append(f"| {label} | {asked} | {value(before):{form}} | {value(after):{form}} |")
    lines += ["", "| muscle | agreement before | after | mean activation after, every 10 % |"]
    lines.append("|---|---|---|---|")
    for name, use in after.kinetics.muscles.items():
        curve = " ".join(f"{x:.2f}" for x in np.array(use.mean)[:100:10])
        old = before.kinetics.muscles[name].agreement
        lines.append(f"| {name.replace('_', ' ')} | {old:.0%} | {use.agreement:.0%} | {curve} |")
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--episodes", type=int, default=32)
    options = parser.parse_args()
    before, after = (
        evaluate(load_checkpoint(path), options.episodes, 20.0)
        for path in (options.before, options.after)
    )
    put_between(PAGE, BEGIN, END, tables(before, after))


if __name__ == "__main__":
    main()
