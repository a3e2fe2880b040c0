"""muscle-eval: gait measures of a checkpoint."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muscle_viewer.core import __version__
from muscle_viewer.core.options import (
    add_data,
    add_engine,
    add_impairments,
    add_network_device,
    add_threads,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from muscle_viewer.core import Checkpoint

    from .chosen_parameters import Sweep
    from .evaluate import Evaluation
    from .transitions import TransitionFigures


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="muscle-eval",
        description="Run a checkpoint's deterministic policy and measure its gait: falls, speed, "
        "joint angles against reference and norms, ground forces, muscles, recovery from pushes.",
    )
    p.add_argument("--version", action="version", version=f"muscle-eval {__version__}")
    p.add_argument("checkpoint", type=Path, help="checkpoint (.pt)")
    add_data(p)
    p.add_argument(
        "--episodes",
        type=int,
        metavar="N",
        default=64,
        help="number of episodes (default %(default)s)",
    )
    p.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        default=20.0,
        help="length of an episode, s (default %(default)s)",
    )
    p.add_argument(
        "--pushes",
        type=int,
        metavar="N",
        help="number of further episodes with a push (default: as many; 0: none)",
    )
    add_engine(p)
    p.add_argument(
        "--seed",
        type=int,
        metavar="N",
        default=1,
        help="random seed of the initial states (default %(default)s)",
    )
    add_threads(p)
    add_network_device(p)
    p.add_argument(
        "--report",
        type=Path,
        metavar="OUT.html",
        help="write the report of a gait laboratory to this file: curves over their norms, in one HTML page",
    )
    p.add_argument(
        "--parameters",
        metavar="NAME=VALUE,...",
        help="values of the environment's parameters, or names of its presets, the others having their "
        "defaults, or default alone; "
        "without this option each episode draws them",
    )
    add_impairments(p)
    p.add_argument(
        "--sweep",
        metavar="NAME=FIRST:LAST:N",
        help="measure at N values of a parameter, without pushes: a table, with --report a page of curves",
    )
    p.add_argument(
        "--clip",
        metavar="NAME",
        help="of an environment with several motions, measure this one alone (default: each of them)",
    )
    p.add_argument("--json", action="store_true", help="print one JSON object")
    return p


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch is loaded; see cli.py
    from muscle_viewer.core.exit_status import exit_status

    return exit_status(lambda: run(options))


def run(options: argparse.Namespace) -> int:
    """Measure and print. UserError for an error that the user can fix."""
    from muscle_viewer.core import ConfigError, load_checkpoint
    from muscle_viewer.core.atomic_file import check_writable, writing
    from muscle_viewer.core.configuration.chosen_values import parse_values

    from .chosen_parameters import check_sweep, parse_sweep
    from .evaluate import chosen_clips, evaluate
    from .impairments import impaired
    from .record import Batch
    from .transitions import measure_transitions

    for name, least in (("episodes", 1), ("pushes", 0)):
        value = getattr(options, name)
        if value is not None and value < least:
            raise ConfigError(f"--{name}: must be at least {least}, is {value}")
    if not 0 < options.seconds < math.inf:
        raise ConfigError(f"--seconds: must be positive, is {options.seconds}")
    checkpoint = load_checkpoint(options.checkpoint, data=options.data).on_engine(options.engine)
    if options.weaken is not None or options.shorten is not None:
        checkpoint = impaired(checkpoint, options.weaken, options.shorten)
    values = (
        None
        if options.parameters is None
        else parse_values(options.parameters, checkpoint.config.presets)
    )
    _check_clip(checkpoint, options)
    if options.report is not None:
        check_writable(options.report)
    if options.sweep is not None:
        sweep = parse_sweep(options.sweep)
        check_sweep(sweep, checkpoint.config)
        _sweep(checkpoint, sweep, values or {}, options)
        return 0
    results = {
        name: evaluate(
            checkpoint,
            options.episodes,
            options.seconds,
            options.pushes,
            options.seed,
            options.threads,
            options.network_device,
            values,
            name,
        )
        for name in chosen_clips(checkpoint, options.clip)
    }
    ways = []
    if options.clip is None:
        ways = measure_transitions(
            checkpoint,
            options.episodes,
            options.seed,
            Batch(options.threads, options.network_device, values),
        )
    _print(results, ways, options.json, len(checkpoint.config.motions) > 1)
    if options.report:
        from .report_page import page

        with writing(options.report) as file:
            (result,) = results.values()
            file.write_text(page(result, options.checkpoint.stem), encoding="utf-8")
    return 0


def _check_clip(checkpoint: Checkpoint, options: argparse.Namespace) -> None:
    """ConfigError for a page or a sweep of several motions, and for --clip where there is one."""
    from muscle_viewer.core import ConfigError

    names = ", ".join(clip.name for clip in checkpoint.config.motions)
    if not names and options.clip is not None:
        raise ConfigError(f"--clip: {options.checkpoint.name} has one motion; leave it out")
    for option in ("report", "sweep"):
        if (
            getattr(options, option) is not None
            and options.clip is None
            and len(checkpoint.config.motions) > 1
        ):
            raise ConfigError(f"--{option}: is of one motion; add --clip with one of {names}")


def _print(
    results: Mapping[str, Evaluation],
    ways: Sequence[TransitionFigures],
    as_json: bool,
    several: bool,
) -> None:
    """The measures of each motion, under its name where the environment has several, and of the ways between them."""
    if as_json:
        found = {name: _plain(asdict(result)) for name, result in results.items()}
        between = {"transitions": [_plain(asdict(way)) for way in ways]} if ways else {}
        print(json.dumps({"clips": found, **between} if several else next(iter(found.values()))))
        return
    parts = [
        f"{name}\n{describe(result)}" if several else describe(result)
        for name, result in results.items()
    ]
    if ways:
        parts.append("\n".join(["transitions", *map(_describe_way, ways)]))
    print("\n\n".join(parts))


def _describe_way(way: TransitionFigures) -> str:
    name = f"{way.left} to {way.next}"
    return f"{name:30} {way.fall_rate:.1%} of {way.episodes} fall"


def _sweep(
    checkpoint: Checkpoint, sweep: Sweep, others: dict[str, float], options: argparse.Namespace
) -> None:
    """Print the measures at each value of a parameter, as a table or JSON; write the page, if there is a report.

    The JSON is an array with one value on each line, printed when it has been measured.
    """
    from muscle_viewer.core.atomic_file import writing

    from .evaluate import evaluate
    from .sweep_page import page, table

    results = []
    for k, value in enumerate(sweep.values):
        results.append(
            evaluate(
                checkpoint,
                options.episodes,
                options.seconds,
                0,
                options.seed,
                options.threads,
                options.network_device,
                {**others, sweep.name: value},
                options.clip,
            )
        )
        if options.json:
            row = json.dumps(_plain({sweep.name: value, **asdict(results[-1])}))
            print("," if k else "[", row, sep="\n", flush=True)
    print("]" if options.json else table(sweep.name, sweep.values, results))
    if options.report:
        with writing(options.report) as file:
            title = f"{options.checkpoint.stem}: {sweep.name}"
            file.write_text(page(title, sweep.name, sweep.values, results), encoding="utf-8")


def _plain(value: Any) -> Any:
    """`value` with null instead of nan, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def describe(e: Evaluation) -> str:
    """The measures as a table, without those that the character does not have."""
    # A motion that is no cycle has no speed.
    reference = "" if math.isnan(e.reference_speed) else f" (reference {e.reference_speed:.3f})"
    rows = [
        ("falls", e.fall_rate, f"{e.fall_rate:.1%} of {e.episodes} episodes of {e.seconds:g} s"),
        ("time until a fall or the end", e.survival_time, f"{e.survival_time:.2f} s"),
        ("return", e.mean_return, f"{e.mean_return:.1f}"),
        ("distance", e.distance, f"{e.distance:.2f} m"),
        ("speed", e.speed, f"{e.speed:.3f} m/s{reference}"),
        ("cadence", e.cadence, f"{e.cadence:.1f} steps/min"),
        ("stride length", e.stride_length, f"{e.stride_length:.3f} m"),
        ("strikes that alternate", e.alternating_strikes, f"{e.alternating_strikes:.1%}"),
        ("step time, right against left", e.step_asymmetry, f"{e.step_asymmetry:.1%} apart"),
        ("a foot on the ground", e.stance, f"{e.stance:.1%} of the cycle"),
    ]
    for name, joint in e.joints.items():
        text = f"{joint.rms_to_reference:.1f} deg rms from the reference"
        if not math.isnan(joint.rms_to_norm):
            text += f", {joint.rms_to_norm:.1f} from the norm of walking, {joint.inside_norm:.0%} within 2 sd"
        rows.append((name.replace("_", " "), joint.rms_to_reference, text))
    forces = f"{e.force_first_hump:.2f}, {e.force_valley:.2f}, {e.force_second_hump:.2f}"
    rows += [
        ("vertical force, peak", e.force_peak, f"{e.force_peak:.2f} body weights"),
        ("peak, right against left", e.force_asymmetry, f"{e.force_asymmetry:.1%} apart"),
        ("hump, valley, hump", e.force_valley, f"{forces} ({e.two_humps:.0%} of the cycles)"),
        ("slip of loaded contacts", e.slip_speed, f"{e.slip_speed:.3f} m/s"),
        *(
            (name.replace("_", " "), share, f"{share:.0%} of the cycle within 2 sd of the norm")
            for name, share in e.inside_norms.items()
        ),
        ("muscle timing", e.emg_agreement, f"{e.emg_agreement:.0%} of the cycle as in EMG tables"),
        (
            "activation",
            e.activation_mean,
            f"{e.activation_mean:.3f} mean, {e.activation_max:.2f} max",
        ),
        ("muscles used", e.muscles_used, f"{e.muscles_used:.0%}"),
        (
            "effort of the network",
            e.effort_ratio,
            f"{e.effort_ratio:.2f} of the least for its torques"
            + (f", idle: {', '.join(e.idle_muscles)}" if e.idle_muscles else ""),
        ),
        ("most saturated muscle", e.saturation, f"{e.saturation:.1%} of the time above 0.95"),
        (
            "metabolic power",
            e.metabolic_power,
            f"{e.metabolic_power:.2f} W/kg (Minetti and Alexander)",
        ),
        ("cost of transport", e.cost_of_transport, f"{e.cost_of_transport:.2f} J/(kg m)"),
        (
            "the same after Bhargava",
            e.bhargava_power,
            f"{e.bhargava_power:.2f} W/kg"
            + (
                ""
                if math.isnan(e.bhargava_cost_of_transport)
                else f", {e.bhargava_cost_of_transport:.2f} J/(kg m)"
            ),
        ),
        (
            "torque tracking error",
            e.tracking_error,
            f"{e.tracking_error:.1%} median, {e.tracking_error_90:.1%} 90th percentile",
        ),
        ("recovery from pushes", e.push_recovery, f"{e.push_recovery:.1%} of {e.pushes}"),
    ]
    return "\n".join(f"{name:30} {text}" for name, value, text in rows if not math.isnan(value))


if __name__ == "__main__":
    sys.exit(main())
