"""Write the tables of docs/anatomy.md and its chart: how a policy that knows its body walks, and what pathologies do.

.venv/bin/python -m tools.docs.anatomy checkpoints/anatomy.pt checkpoints/walk.pt
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from muscle_viewer.core import Checkpoint, gait, load_checkpoint
from muscle_viewer.training.evaluation.evaluate import Evaluation, evaluate
from muscle_viewer.training.evaluation.impairments import impaired
from numpy.typing import NDArray

from tools.docs.physiology import ROWS
from tools.marked_page import put_between

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, CHART = DOCS / "anatomy.md", DOCS / "anatomy.svg"
BEGIN, END = "<!-- begin table -->", "<!-- end table -->"
BEGIN_UNTOLD, END_UNTOLD = "<!-- begin untold -->", "<!-- end untold -->"
BEGIN_MUSCLES, END_MUSCLES = "<!-- begin muscles -->", "<!-- end muscles -->"
BEGIN_FIGURES, END_FIGURES = "<!-- begin figures -->", "<!-- end figures -->"

Floats = NDArray[np.float64]


def curve(e: Evaluation, name: str) -> Floats:
    """The left side's mean cycle, 101 phases."""
    return np.asarray(e.kinetics.curves[name]["left"].mean)


@dataclass(frozen=True)
class Sign:
    """A figure of the left side in which a pathology shows."""

    what: str
    of: Callable[[Evaluation], float]
    form: str
    grows: bool
    """Whether it grows with the pathology in people, or falls."""
    least: float
    """Least change that counts."""

    def came_out(self, normal: float, ill: float) -> bool:
        """Whether it changed as in people, by what counts and by more than a twentieth of itself."""
        change = ill - normal if self.grows else normal - ill
        return change > max(0.05 * abs(normal), self.least)


@dataclass(frozen=True)
class Untold:
    """The same, deeper, without the policy being told: the options of `muscle-eval`."""

    weaken: str | None = None
    shorten: str | None = None

    @property
    def text(self) -> str:
        return f"--weaken {self.weaken}" if self.weaken else f"--shorten {self.shorten}"


@dataclass(frozen=True)
class Pathology:
    """A preset of the environment, the signs that it has in people, the curve and the picture that are drawn."""

    preset: str
    untold: Untold
    signs: tuple[Sign, ...]
    drawn: str
    label: str
    percent: float
    """Moment of the picture, percent of the left cycle."""
    view: str = "left"
    """Name of the picture's view."""


PATHOLOGIES = (
    Pathology(
        "weak left dorsiflexors",
        Untold("ankle_dorsiflexor_l=0.5,toe_extensor_l=0.5"),
        (
            Sign("largest swing dorsiflexion, degrees",
                 lambda e: curve(e, "ankle_dorsiflexion")[68:96].max(), ".1f", False, 0.5),
            Sign("least foot clearance in mid-swing, mm",
                 lambda e: 1000 * curve(e, "foot_clearance")[70:88].min(), ".0f", False, 2.0),
        ),
        "ankle_dorsiflexion", "ankle dorsiflexion, degrees", 80,
    ),
    Pathology(
        "weak left plantarflexors",
        Untold("ankle_plantarflexor_l=0.1"),
        (
            Sign("push-off power A2, W/kg", lambda e: curve(e, "ankle_power")[40:66].max(), ".2f", False, 0.1),
            Sign("stride, m", lambda e: e.stride_length, ".2f", False, 0.02),
        ),
        "ankle_power", "ankle power, W/kg", 54,
    ),
    Pathology(
        "weak left hip abductors",
        Untold("hip_abductor_l=0.2"),
        (
            Sign("pelvis over the left stance leg, this side up, degrees",
                 lambda e: curve(e, "pelvis_obliquity")[12:48].mean(), ".1f", True, 0.5),
        ),
        "pelvis_obliquity", "pelvic obliquity, left side up, degrees", 30, "back",
    ),
    Pathology(
        "weak left knee extensors",
        Untold("knee_extensor_l=0.1"),
        (
            Sign("largest knee extension moment in loading, N m/kg",
                 lambda e: curve(e, "knee_moment")[5:30].max(), ".2f", False, 0.03),
            Sign("largest knee flexion in loading, degrees",
                 lambda e: curve(e, "knee_flexion")[5:30].max(), ".1f", False, 0.5),
        ),
        "knee_moment", "knee moment, extension +, N m/kg", 14,
    ),
    Pathology(
        "contracture of the left hamstrings",
        Untold(shorten="bflh_l=0.7,semimem_l=0.7,semiten_l=0.7"),
        (Sign("knee flexion at heel strike, degrees", lambda e: curve(e, "knee_flexion")[0], ".1f", True, 0.5),),
        "knee_flexion", "knee flexion, degrees", 0,
    ),
    Pathology(
        "contracture of the left calf",
        Untold(shorten="ankle_plantarflexor_l=0.65"),
        (
            Sign("heel over the ground from 10 to 40 %, mm",
                 lambda e: 1000 * curve(e, "heel_height")[10:40].mean(), ".0f", True, 2.0),
            Sign("largest dorsiflexion in stance, degrees",
                 lambda e: curve(e, "ankle_dorsiflexion")[10:55].max(), ".1f", False, 0.5),
        ),
        "heel_height", "height of the heel, m", 30,
    ),
    Pathology(
        "contracture of both iliopsoas",
        Untold(shorten="iliacus=0.7,psoas=0.7"),
        (Sign("largest hip extension, degrees", lambda e: -curve(e, "hip_flexion")[35:65].min(), ".1f", False, 0.5),),
        "hip_flexion", "hip flexion, degrees", 48,
    ),
)  # fmt: skip


def measure(
    checkpoint: Checkpoint, episodes: int
) -> tuple[Evaluation, list[Evaluation], list[Evaluation]]:
    """Evaluations of the default body, of the body of each pathology, and of those that the policy is not told of."""
    presets = checkpoint.config.presets
    bodies = [{}, *(presets[one.preset] for one in PATHOLOGIES)]
    normal, *ill = (evaluate(checkpoint, episodes, 20.0, parameters=body) for body in bodies)
    untold = [
        evaluate(impaired(checkpoint, u.weaken, u.shorten), episodes, 20.0, 0, parameters={})
        for u in (one.untold for one in PATHOLOGIES)
    ]
    return normal, ill, untold


def figures(checkpoint: Checkpoint, normal: Evaluation, walk: Evaluation) -> str:
    """Rows of Markdown: bodies drawn anew, and the default body beside the walk that knows one body."""
    drawn = evaluate(checkpoint, 512, 10.0, pushes=0)
    rows = [
        f"Over 512 bodies drawn anew, 10 s each, {drawn.fall_rate:.1%} fall. With the default body, beside",
        "`walk.pt`, which knows this body alone:",
        "",
        "| | walk.pt | anatomy.pt, default body |",
        "|---|---|---|",
    ]
    rows += [
        f"| {label} | {of(walk):{form}} | {of(normal):{form}} |" for label, _, of, form in ROWS
    ]
    return "\n".join(rows)


def table(normal: Evaluation, names: list[str], ill: list[Evaluation]) -> str:
    """Rows of Markdown: each sign before and with its pathology, under these names."""
    rows = [
        "| body | falls | sign | default body | with it | in people | here |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, pathology, e in zip(names, PATHOLOGIES, ill, strict=True):
        for k, sign in enumerate(pathology.signs):
            head = f"{name} | {e.fall_rate:.0%}" if k == 0 else " | "
            before, after = sign.of(normal), sign.of(e)
            expected = "more" if sign.grows else "less"
            verdict = "as in people" if sign.came_out(before, after) else "**not so**"
            rows.append(
                f"| {head} | {sign.what} | {before:{sign.form}} | {after:{sign.form}} | {expected} | {verdict} |"
            )
    return "\n".join(rows)


def answers(normal: Evaluation, ill: list[Evaluation], most: int = 4) -> str:
    """Rows of Markdown: of each pathology the left muscles whose activation changes most, where it does."""
    rows = [
        "| body | muscle of the left side | percent of the cycle | default body | with it |",
        "|---|---|---|---|---|",
    ]
    for pathology, e in zip(PATHOLOGIES, ill, strict=True):
        before, after = (
            {name: np.array(sides["left"]) for name, sides in one.kinetics.activations.items()}
            for one in (normal, e)
        )
        change = {name: np.abs(after[name] - before[name]) for name in before if name in after}
        for k, name in enumerate(sorted(change, key=lambda n: -change[n].max())[:most]):
            at = int(change[name].argmax())
            rows.append(
                f"| {'' if k else pathology.preset} | {name.replace('_', ' ')} | {at} "
                f"| {before[name][at]:.2f} | {after[name][at]:.2f} |"
            )
    return "\n".join(rows)


def draw(normal: Evaluation, ill: list[Evaluation], untold: list[Evaluation], to: Path) -> None:
    """The curve of each pathology over the left gait cycle, told and untold, beside the default body's."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "anatomy"  # the same file from the same figures
    figure, axes = plt.subplots(2, 4, figsize=(13, 5.6), layout="constrained")
    axes[-1, -1].axis("off")
    percent = 100 * gait.POINTS
    for axis, pathology, e, other in zip(axes.flat, PATHOLOGIES, ill, untold, strict=False):
        axis.plot(percent, curve(normal, pathology.drawn), color="0.45", label="default body")
        axis.plot(percent, curve(e, pathology.drawn), color="tab:red", label="told of it")
        axis.plot(
            percent, curve(other, pathology.drawn), "--", color="tab:red", label="not told, deeper"
        )
        axis.set_title(pathology.preset, fontsize=10)
        axis.set_ylabel(pathology.label, fontsize=8)
        axis.set_xlabel("percent of the left gait cycle", fontsize=8)
        axis.tick_params(labelsize=8)
    axes.flat[0].legend(fontsize=8)
    figure.savefig(to, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("walk", type=Path)
    parser.add_argument("--episodes", type=int, default=16)
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.checkpoint)
    normal, ill, untold = measure(checkpoint, options.episodes)
    walk = evaluate(load_checkpoint(options.walk), options.episodes, 20.0)
    put_between(PAGE, BEGIN_FIGURES, END_FIGURES, figures(checkpoint, normal, walk))
    put_between(PAGE, BEGIN, END, table(normal, [one.preset for one in PATHOLOGIES], ill))
    names = [f"`{one.untold.text}`" for one in PATHOLOGIES]
    put_between(PAGE, BEGIN_UNTOLD, END_UNTOLD, table(normal, names, untold))
    put_between(PAGE, BEGIN_MUSCLES, END_MUSCLES, answers(normal, ill))
    draw(normal, ill, untold, CHART)


if __name__ == "__main__":
    main()
