"""What the parts of a substep cost at least: operations over the peak, bytes over the bandwidth.

Of kinematics, muscles, stable PD and dynamics the operations are counted as the lanes' own code runs
over a scalar that counts; the bytes are those of the state that it touches, each once. The
network's bytes are its weights, read once for a group, and its inputs and outputs. The task's are
what it reads of the state and writes to the results, over the substeps of a control step; its
operations are not counted.
"""

from __future__ import annotations

from typing import Any

import machine
from muscle_viewer.core import BatchEnv, _core
from muscle_viewer.core.scene import build_scene

FLOAT, BF16 = 4, 2  # bytes
SIZES = {"256kB": 256e3, "4MB": 4e6, "256MB": 256e6}


def floors(
    env: BatchEnv, hidden: tuple[int, ...], peak: machine.Peak, precision: str = "float32"
) -> dict[str, dict[str, Any]]:
    """Part -> operations, bytes, and the microseconds that the slower of them takes."""
    scene = build_scene(env.config)
    actuator = env.config.actuator
    counted = _core.substep_cost(scene.model, env.positions[0], actuator)
    inputs = env.muscle_torque_dim + env.num_joint_dofs
    widths = [inputs, *hidden, env.num_muscles]
    weights = sum((a + 1) * b for a, b in zip(widths, widths[1:], strict=False))
    multiply_adds = sum(a * b for a, b in zip(widths, widths[1:], strict=False))
    lanes = _core.GROUP_LANES
    substeps = env.config.simulation.sim_hz // env.config.simulation.control_hz
    state = scene.model.num_positions + env.num_dofs + 18 * scene.model.num_bodies
    results = env.obs_dim + env.action_dim + 2 * env.num_muscles
    # Part -> operations, bytes, and the bytes that stay in a cache from one group's step to the next.
    costs = {name: (ops, size, size * lanes) for name, (ops, size) in counted.items()}
    held = weights * (BF16 if precision == "bfloat16" else FLOAT)
    size = held / lanes + FLOAT * (inputs + env.num_muscles)
    costs["network"] = (2 * multiply_adds, size, held)
    costs["task"] = (0, FLOAT * (state + results) / substeps, FLOAT * (state + results) * lanes)
    flops = {"network": peak.flops_bf16} if precision == "bfloat16" else {}
    return {name: floor(peak, flops.get(name, peak.flops), *costs[name]) for name in env.timings}


def floor(
    peak: machine.Peak, flops: float, operations: float, size: float, held: float
) -> dict[str, Any]:
    seconds = max(operations / flops, size / bandwidth(peak, held))
    return {"operations": operations, "bytes": round(size), "us": round(1e6 * seconds, 3)}


def times_floors(report: dict[str, Any]) -> float:
    """The sum of the measured parts of equal work over the sum of their floors."""
    return float(report["us_per_substep"]["sum"] / report["floors"]["sum"]["us"])


def bandwidth(peak: machine.Peak, held: float) -> float:
    """Bytes/s of reading from the smallest measured size that holds so many bytes."""
    name = next((name for name, size in SIZES.items() if held <= size), "256MB")
    return float(getattr(peak, f"read_{name}"))
