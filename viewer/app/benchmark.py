"""The headless benchmark: a checkpoint's environments stepped in a batch, no window."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Report:
    """Result of a benchmark; activation statistics are over muscles, environments and steps."""

    checkpoint: str
    engine: str
    network_device: str
    steps_per_second: float
    """Control steps per second, without the policy's time."""
    steps_per_second_with_policy: float
    substeps_per_second_per_core: float
    num_envs: int
    threads: int
    steps: int
    control_hz: int
    sim_hz: int
    dofs: int
    muscles: int
    time_shares: dict[str, float]
    """Share of the simulator's thread time in each part of a substep; see BatchEnv.timings."""
    activation_mean: float
    activation_max: float
    falls: int


def run(
    path: Path,
    num_envs: int,
    steps: int,
    threads: int | None,
    seed: int,
    engine: str | None = None,
    environment: Path | None = None,
    network_device: str = "cpu",
    data: Path | None = None,
) -> Report:
    """Step `num_envs` environments `steps` times. UserError if the input is wrong."""
    from muscle_viewer.core import BatchEnv, load_checkpoint

    checkpoint = load_checkpoint(path, environment, data=data).on_engine(engine)
    found = checkpoint.meta.get("found") or checkpoint.meta.get("kind")
    if isinstance(found, str):
        print(f"{path}: {found}", file=sys.stderr)
    env = BatchEnv(
        checkpoint.config,
        num_envs=num_envs,
        seed=seed,
        threads=threads,
        network_device=network_device,
    )
    policy = checkpoint.load_into(env)
    observation = env.reset()
    env.step(policy.act(observation))  # first use allocates
    env.reset_timings()
    stepping, mean, highest, falls = 0.0, 0.0, 0.0, 0
    begin = time.perf_counter()
    for _ in range(steps):
        action = policy.act(observation)
        before = time.perf_counter()
        observation, _, terminated, _ = env.step(action)
        stepping += time.perf_counter() - before
        falls += int(terminated.sum())
        if env.num_muscles:
            mean += float(env.mean_activations.mean()) / steps
            highest = max(highest, float(env.activations.max()))
    total = time.perf_counter() - begin
    timings = env.timings
    spent = sum(timings.values())
    simulation = env.config.simulation
    rate = num_envs * steps / stepping
    return Report(
        checkpoint=str(path),
        engine=env.config.engine,
        network_device=env.network_device,
        steps_per_second=round(rate, 1),
        steps_per_second_with_policy=round(num_envs * steps / total, 1),
        substeps_per_second_per_core=round(
            rate * simulation.sim_hz / simulation.control_hz / env.threads, 1
        ),
        num_envs=num_envs,
        threads=env.threads,
        steps=steps,
        control_hz=simulation.control_hz,
        sim_hz=simulation.sim_hz,
        dofs=env.num_dofs,
        muscles=env.num_muscles,
        time_shares={name: round(seconds / spent, 4) for name, seconds in timings.items()},
        activation_mean=round(mean, 5),
        activation_max=round(highest, 5),
        falls=falls,
    )


def save_run(
    path: Path,
    out: Path,
    seconds: float,
    seed: int,
    engine: str | None = None,
    environment: Path | None = None,
    motion: Path | None = None,
    data: Path | None = None,
) -> str:
    """Simulate a checkpoint for some seconds and write the run file; returns a message."""
    from muscle_viewer.viewer import commands as c
    from muscle_viewer.viewer.app.opening import open_path
    from muscle_viewer.viewer.recording import run_file
    from muscle_viewer.viewer.simulation.runtime import Runtime, State

    if out.suffix != run_file.SUFFIX:
        raise run_file.RunFileError(f"{out}: must end in {run_file.SUFFIX}")
    if not out.parent.is_dir():
        raise run_file.RunFileError(f"{out}: the folder {out.parent} does not exist")
    opened = open_path(path, seed, engine, environment=environment, motion=motion, data=data)
    runtime = Runtime(opened.session, 1.0, opened.script, opened.changes)
    while runtime.log.next - 1 < round(seconds / opened.session.control_period):
        runtime.handle(c.Step())
        if runtime.state is State.FAILED:
            raise run_file.RunFileError(f"the simulation stopped. {runtime.message}")
    run_file.save(out, runtime.log, opened.session)
    return f"saved {out}: {runtime.log.next - 1} steps, {runtime.episode + 1} episodes"


def text(report: Report, as_json: bool) -> str:
    """The report as one JSON object or as readable text."""
    if as_json:
        return json.dumps(asdict(report))
    shares = ", ".join(f"{name} {share:.0%}" for name, share in report.time_shares.items())
    return "\n".join(
        (
            f"{report.checkpoint}: {report.muscles} muscles, {report.dofs} dofs, "
            f"{report.sim_hz}/{report.control_hz} Hz, engine {report.engine}",
            f"{report.num_envs} environments, {report.threads} threads, {report.steps} steps, "
            f"network on {report.network_device}",
            f"{report.steps_per_second:,.0f} control steps/s "
            f"({report.steps_per_second_with_policy:,.0f} with the policy), "
            f"{report.substeps_per_second_per_core:,.0f} substeps/s per core",
            f"time: {shares}",
            f"activation: mean {report.activation_mean:.3f}, maximum {report.activation_max:.3f}; "
            f"{report.falls} falls",
        )
    )
