"""Environments of Bidirectional GaitNet's fork and the numbers that the fork's own C++ computed with them."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from left_out import GAITNET_DATA as FILES
from left_out import GOLDEN_DATA as GOLDEN
from muscle_viewer.core import Environment, _core, load_config
from muscle_viewer.core.engines import engine_named
from muscle_viewer.core.scene import Scene, build_scene

CASES = {
    "A2_sep": ("A2_sep.yaml", "network_590x164"),
    "A2_sep_equal_gains": ("A2_sep.yaml", "network_590x164"),
    "MA2_contact_vc2_fc5": ("MA2_contact_vc2_fc5.yaml", "network_590x164"),
    "base_xml": ("base.xml", "network_1274x304"),
}
FOOTHOLD = {506: 353, 517: 353}
"""Where it stands in an observation of these lengths."""
Numbers = dict[str, Any]


@dataclass
class Case:
    """An environment of the fork and what the fork computed with it."""

    path: Path
    golden: Numbers
    weights: Path
    scene: Scene

    def placed(self, q: np.ndarray) -> np.ndarray:
        """A position of theirs, whose root's translation is from its place in the zero pose."""
        out = np.array(q, dtype=float)
        out[..., 3:6] += self.golden["zero/bodies/position"][0]
        return out

    def network(self) -> dict[str, torch.Tensor]:
        with np.load(self.weights) as file:
            return {name: torch.tensor(file[name]) for name in file}


_OPENED: dict[str, Case] = {}
_COPIES: list[tempfile.TemporaryDirectory[str]] = []


def opened(name: str) -> Case:
    if name not in _OPENED:
        pytest.importorskip("h5py", reason="h5py is not installed: pip install h5py")
        file, weights = CASES[name]
        data = FILES / "fork-2025-11" / "data"
        path = (equal_gains(data) if "equal_gains" in name else data) / "env" / file
        with np.load(GOLDEN / f"{name}.npz") as arrays:
            golden = {key: arrays[key] for key in arrays}
        _OPENED[name] = Case(path, golden, GOLDEN / f"{weights}.npz", build_scene(path))
    return _OPENED[name]


def equal_gains(data: Path) -> Path:
    """A copy of their files in which every joint has the first of its gains for all its dofs."""
    _COPIES.append(tempfile.TemporaryDirectory())
    copy = Path(_COPIES[-1].name) / "data"
    (copy / "env").mkdir(parents=True)
    (copy / "skeleton").mkdir()
    for name in ("ground.xml", "motion", "muscle"):
        (copy / name).symlink_to(data / name)
    text = (data / "skeleton" / "base.xml").read_text()
    text = re.sub(r'\b(k[pv]) *= *"([\d.]+) [\d. ]+"', r'\1="\2"', text)
    (copy / "skeleton" / "base.xml").write_text(text)
    (copy / "env" / "A2_sep.yaml").write_bytes((data / "env" / "A2_sep.yaml").read_bytes())
    return copy


def per_dof(case: Case, name: str) -> np.ndarray:
    return np.concatenate(
        [
            np.broadcast_to(getattr(body.joint, name), len(body.joint.dof_names))
            for body in case.scene.character.bodies
        ]
    )


def reference_simulation(
    case: Case, engine: str, hard_limits: bool = False, ground: bool = True
) -> _core.ReferenceSimulation:
    """One environment as the engine steps it; joint limits are hard on DART."""
    dart = engine == "dart"
    return _core.ReferenceSimulation(
        case.scene.model,
        actuator="muscle",
        gravity=9.8,
        engine=engine_named("dart") if dart else None,
        ground=ground,
        gaitnet_pd=True,
        hard_limits=dart or hard_limits,
        rigid_ground=dart,
        pd_dofs=list(case.scene.core.pd_dofs),
    )


def desired(
    sim: _core.ReferenceSimulation, q: np.ndarray, dq: np.ndarray, target: np.ndarray, forces: Any
) -> np.ndarray:
    """Stable PD's torque, (dofs,), with the forces of the last substep's constraints."""
    sim.set_state(0, q, dq)
    sim.set_target(0, target)
    sim.field("target_velocity")[:] = 0
    sim.kinematics()
    sim.muscles()
    sim.field("constraint_force")[:, 0] = forces
    sim.desire()
    torque: np.ndarray = sim.field("desired_torque")[:, 0].copy()
    torque[:6] = 0
    return torque


def begun(case: Case, run: str, engine: str) -> tuple[Environment, np.ndarray]:
    """An environment that begins where their run does."""
    config = load_config(case.path)
    slip = "zero" if run in ("run_a", "run_b") else "drawn"
    start = {
        "phases": [float(case.golden[f"{run}/phase"])],
        "phase_spread": 0.0,
        "motion_phase": slip,
    }
    config = config.model_copy(update={"reset": config.reset.model_copy(update=start)})
    env = Environment(config.on_engine(engine), seed=0)
    env.load_muscle_weights(case.network())
    env.set_parameters({info.name: info.default for info in env.parameter_info})
    return env, env.reset()
