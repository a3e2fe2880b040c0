"""The report of a gait laboratory: one self-contained HTML page with each curve over its norm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from muscle_viewer.core import gait
from muscle_viewer.core.norms import Band, band, walking, walking_kinetics
from numpy.typing import ArrayLike, NDArray

from .evaluate import Evaluation
from .kinetics import Curve

WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP = 300, 170, 42, 12, 24, 8
COLOURS = {"right": "#0b6e4f", "left": "#b5322a", "both": "#1f4e8c"}

KINETICS = {
    "hip_moment": ("Hip moment", "N m/kg, extension +"),
    "knee_moment": ("Knee moment", "N m/kg, extension +"),
    "ankle_moment": ("Ankle moment", "N m/kg, plantarflexion +"),
    "hip_power": ("Hip power", "W/kg, generation +"),
    "knee_power": ("Knee power", "W/kg, generation +"),
    "ankle_power": ("Ankle power", "W/kg, generation +"),
    "vertical_force": ("Vertical ground force", "body weights"),
    "forward_force": ("Fore-aft ground force", "body weights, forward +"),
    "medial_force": ("Sideways ground force", "body weights, medial +"),
    "center_of_pressure": ("Centre of pressure", "m ahead of the ankle"),
    "pelvis_obliquity": ("Pelvic obliquity", "degrees, this side up +"),
    "pelvis_rotation": ("Pelvic rotation", "degrees, this side forward +"),
    "foot_clearance": ("Foot's lowest point", "m over the ground"),
    "heel_height": ("Heel", "m over the ground"),
}

STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; color: #222; max-width: 1020px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.1em; margin: 1.6em 0 0.4em; border-bottom: 1px solid #ccc }
figure { display: inline-block; margin: 0 8px 10px 0; width: 300px; vertical-align: top }
figcaption { font-size: 12px } figcaption b { font-size: 13px }
table { border-collapse: collapse } td, th { padding: 2px 14px 2px 0; border-bottom: 1px solid #eee; text-align: left }
svg text { font: 10px system-ui, sans-serif; fill: #555 } .note { color: #555; font-size: 12px }
@media print { body { margin: 0 } }
"""


def page(result: Evaluation, title: str) -> str:
    """The page of an evaluation. Norms are of walking; another gait gets its curves without them."""
    walks = bool(result.inside_norms)
    kinetics = walking_kinetics()
    sections = [_table("Time, distance and energy", _figures(result))]
    angles = walking()
    sections.append(
        _section(
            "Joint angles",
            [
                _figure(
                    name.replace("_", " ").capitalize(),
                    "degrees",
                    _lines(sides)
                    if (sides := result.kinetics.curves.get(name))
                    else {"both": (joint.mean_cycle, None)},
                    band(angles, name, gait.POINTS) if walks else None,
                    joint.inside_norm,
                )
                for name, joint in result.joints.items()
            ],
        )
    )
    published = kinetics.speeds["free"]
    figures = []
    for name, (label, unit) in KINETICS.items():
        if name in result.kinetics.curves:
            sides = result.kinetics.curves[name]
            norm = kinetics.band(name, gait.POINTS) if walks and name in published else None
            figures.append(_figure(label, unit, _lines(sides), norm, result.kinetics.inside(name)))
    sections.append(_section("Moments, powers, ground force, pelvis and foot", figures))
    muscles = []
    for name, use in result.kinetics.muscles.items():
        shown = kinetics.muscles[name].active if walks else []
        label = name.replace("_", " ").capitalize()
        muscles.append(
            _figure(label, "activation", {"both": (use.mean, None)}, None, use.agreement, shown)
        )
    sections.append(_section("Activations over the timing of EMG", muscles))
    sources = [*angles.sources, *kinetics.sources] if walks else []
    notes = "".join(f"<li>{escape(source)}</li>" for source in sources)
    about = (
        "Grey: norm with one and two standard deviations; shaded stripes: when people use the muscle. Green: right, "
        "red: left, with one standard deviation over cycles; blue: both sides. Horizontal: percent of the cycle, "
        "from heel strike to heel strike of the same foot."
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<h1>{escape(title)}</h1><p class="note">{about}</p>{"".join(sections)}'
        f'<h2>Sources of the norms</h2><ol class="note">{notes}</ol></body></html>\n'
    )


def _figures(e: Evaluation) -> list[tuple[str, str]]:
    rows = [
        ("Episodes", f"{e.episodes} of {e.seconds:g} s, {e.fall_rate:.1%} falls", 0.0),
        ("Speed", f"{e.speed:.2f} m/s", e.speed),
        ("Cadence", f"{e.cadence:.0f} steps/min", e.cadence),
        ("Stride length", f"{e.stride_length:.2f} m", e.stride_length),
        ("Stance", f"{e.stance:.0%} of the cycle", e.stance),
        ("Step time, right against left", f"{e.step_asymmetry:.1%} apart", e.step_asymmetry),
        ("Peak force, right against left", f"{e.force_asymmetry:.1%} apart", e.force_asymmetry),
        ("Cost of transport", f"{e.cost_of_transport:.2f} J/(kg m)", e.cost_of_transport),
        ("Effort of the muscle network", f"{e.effort_ratio:.2f} of the least", e.effort_ratio),
        ("Muscle timing", f"{e.emg_agreement:.0%} of the cycle as in EMG tables", e.emg_agreement),
        ("Recovery from pushes", f"{e.push_recovery:.0%}", e.push_recovery),
    ]
    return [(name, text) for name, text, value in rows if not math.isnan(value)]


def _lines(sides: dict[str, Curve]) -> dict[str, tuple[Sequence[float], Sequence[float] | None]]:
    return {side: (curve.mean, curve.deviation) for side, curve in sides.items()}


def _section(title: str, figures: list[str]) -> str:
    return f"<h2>{escape(title)}</h2>{''.join(figures)}" if figures else ""


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><td>{escape(a)}</td><td>{escape(b)}</td></tr>" for a, b in rows)
    return f"<h2>{escape(title)}</h2><table>{cells}</table>"


def _figure(
    label: str,
    unit: str,
    lines: dict[str, tuple[Sequence[float], Sequence[float] | None]],
    norm: Band | None,
    agreement: float,
    active: Sequence[tuple[float, float]] = (),
) -> str:
    """A chart with its caption; the agreement is left out where it is nan."""
    told = "" if math.isnan(agreement) else f", agreement {agreement:.0%}"
    caption = f"<figcaption><b>{escape(label)}</b> ({escape(unit)}{told})</figcaption>"
    return f"<figure>{_chart(lines, norm, active)}{caption}</figure>"


def _chart(
    lines: dict[str, tuple[Sequence[float], Sequence[float] | None]],
    norm: Band | None,
    active: Sequence[tuple[float, float]],
) -> str:
    shown: list[NDArray[np.float64]] = [np.asarray(mean, np.float64) for mean, _ in lines.values()]
    if norm:
        shown += [norm.mean - 2 * norm.deviation, norm.mean + 2 * norm.deviation]
    values = np.concatenate([*shown, [0.0]])
    values = values[~np.isnan(values)]
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * max(high - low, 1e-3)
    axis = _Axis(low - margin, high + margin)
    parts = [
        f'<rect x="{axis.x(a):.1f}" y="{TOP}" width="{axis.x(b) - axis.x(a):.1f}" '
        f'height="{HEIGHT - TOP - BOTTOM}" fill="#dfe8f5"/>'
        for a, b in active
    ]
    if norm:
        for times, colour in ((2, "#ececec"), (1, "#d8d8d8")):
            spread = times * norm.deviation
            parts.append(axis.area(norm.mean - spread, norm.mean + spread, colour, 1.0))
        parts.append(axis.line(norm.mean, "#888888", 'stroke-dasharray="3 3"'))
    for side, (mean, deviation) in lines.items():
        centre = np.asarray(mean, np.float64)
        if deviation is not None:
            spread = np.asarray(deviation, np.float64)
            parts.append(axis.area(centre - spread, centre + spread, COLOURS[side], 0.2))
        parts.append(axis.line(centre, COLOURS[side], 'stroke-width="1.6"'))
    return _svg(parts, axis)


def chart_of_lines(lines: Sequence[tuple[NDArray[np.float64], str]]) -> str:
    """A chart of curves over the cycle, each with its colour."""
    values = np.concatenate([*(line for line, _ in lines), np.zeros(1)])
    values = values[~np.isnan(values)]
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * max(high - low, 1e-3)
    axis = _Axis(low - margin, high + margin)
    parts = [axis.line(line, colour, 'stroke-width="1.4"') for line, colour in lines]
    return _svg(parts, axis)


def _svg(parts: Sequence[str], axis: _Axis) -> str:
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}{axis.marks()}</svg>'


class _Axis:
    """The chart's scales: percent of the cycle, and values."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high

    def x(self, percent: float) -> float:
        return LEFT + percent / 100 * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (value - self._low) / (self._high - self._low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def _points(self, values: ArrayLike, indices: Sequence[int]) -> list[str]:
        array = np.asarray(values)
        last = len(array) - 1
        return [f"{self.x(100 * i / last):.1f},{self.y(float(array[i])):.1f}" for i in indices]

    def line(self, values: NDArray[np.float64], colour: str, extra: str) -> str:
        """One polyline for each stretch without nan."""
        return "".join(
            f'<polyline fill="none" stroke="{colour}" {extra} points="{" ".join(self._points(values, run))}"/>'
            for run in _stretches(values)
        )

    def area(
        self, low: NDArray[np.float64], high: NDArray[np.float64], colour: str, opacity: float
    ) -> str:
        parts = []
        for run in _stretches(low + high):
            points = self._points(low, run) + self._points(high, run)[::-1]
            joined = " ".join(points)
            parts.append(f'<polygon fill="{colour}" fill-opacity="{opacity}" points="{joined}"/>')
        return "".join(parts)

    def marks(self) -> str:
        """Frame, zero line, and the numbers of both axes."""
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        parts = [
            f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#999999"/>',
            f'<path d="M{LEFT} {self.y(0.0):.1f}H{right}" stroke="#bbbbbb" stroke-width="0.6"/>',
        ]
        for percent in (0, 20, 40, 60, 80, 100):
            x = self.x(percent)
            parts.append(
                f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{percent}</text>'
            )
        for value in _round_numbers(self._low, self._high):
            y = self.y(value) + 3
            parts.append(f'<text x="{LEFT - 4}" y="{y:.1f}" text-anchor="end">{value:.3g}</text>')
        return "".join(parts)


def _round_numbers(low: float, high: float) -> list[float]:
    """Three to seven numbers between two: multiples of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10((high - low) / 3))
    step = next(k * power for k in (5, 2, 1) if (high - low) / (k * power) >= 3)
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _stretches(values: NDArray[np.float64]) -> list[list[int]]:
    """Indices of the runs of at least two values that are not nan."""
    runs: list[list[int]] = [[]]
    for i, known in enumerate(~np.isnan(values)):
        if known:
            runs[-1].append(i)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]
