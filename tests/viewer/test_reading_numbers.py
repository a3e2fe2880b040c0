"""Moments of the gait, the data menu's table, the return so far and the critic's value, against recomputed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.core.gait import foot_grounds
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis import moments
from muscle_viewer.viewer.analysis.insight import action_std_of, value_of
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.ui.panels.reward import return_so_far

if TYPE_CHECKING:
    from pathlib import Path

    from muscle_viewer.viewer.app.app import App

WALK = checkpoints_folder() / "walk.pt"


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    """Four seconds of the walk."""
    runtime = Runtime(load_session(WALK, 3), 20.0)
    runtime.handle(c.Step(120))
    return runtime


def test_strikes_and_toe_offs_take_turns(runtime: Runtime) -> None:
    info, history = runtime.session.info, runtime.history
    strikes, offs = moments.strikes(history), moments.toe_offs(info, history)
    assert len(strikes) >= 5 and len(offs) >= 5
    for k in strikes:  # in a walk the other foot leaves soon after
        following = [off for off in offs if off > k]
        if following:
            assert 0.02 < (following[0] - k) / info.control_hz < 0.3
    for side, bodies in foot_grounds(info).items():
        for off in offs:
            before, _, after = (
                history.frame(off + k).ground_forces[:, bodies, 1].sum() for k in (-1, 0, 1)
            )
            if before > 0 and after == 0:  # it ends within the step
                break
        else:
            pytest.fail(f"no toe-off of the {side} foot")


def test_the_next_moment_is_after_the_cursor_and_the_last_one_before_it(runtime: Runtime) -> None:
    info, history = runtime.session.info, runtime.history
    strikes = moments.strikes(history)
    assert moments.nearest(info, history, strikes[1], moments.STRIKE, 1) == strikes[2]
    assert moments.nearest(info, history, strikes[1], moments.STRIKE, -1) == strikes[0]
    assert moments.nearest(info, history, history.newest, moments.STRIKE, 1) is None


def test_the_return_is_the_sum_of_the_episodes_rewards(runtime: Runtime) -> None:
    history = runtime.history
    rewards = [history.frame(k).reward for k in range(61)]
    assert return_so_far(history, 60) == pytest.approx(sum(rewards), rel=1e-5)


def test_the_value_is_the_critics(runtime: Runtime) -> None:
    state = torch.load(WALK, weights_only=True)["policy"]
    observation = runtime.session.observation.astype(np.float64)  # type: ignore[attr-defined]
    mean, var = (state[name].double().numpy() for name in ("obs_mean", "obs_var"))
    x = torch.from_numpy(np.clip((observation - mean) / np.sqrt(var + 1e-6), -10, 10)).float()
    layers = sorted({int(k.split(".")[1]) for k in state if k.startswith("critic.")})
    for n, layer in enumerate(layers):
        x = torch.nn.functional.linear(
            x, state[f"critic.{layer}.weight"].float(), state[f"critic.{layer}.bias"].float()
        )
        if n + 1 < len(layers):
            x = torch.nn.functional.elu(x)
    policy = runtime.session.policy  # type: ignore[attr-defined]
    assert value_of(policy, runtime.session.observation) == pytest.approx(float(x), rel=1e-3)  # type: ignore[attr-defined]
    assert action_std_of(policy) == pytest.approx(np.exp(state["log_std"].numpy()))


def test_a_plots_table_is_saved_with_its_units(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app.send(c.Pause())
    app.send(c.Step(30))
    app.send(c.Focus("Reward"))
    for _ in range(4):
        app.frame(0.02)
    panel = next(p for p in app.panels if p.title == "Reward")
    text = panel._tools.text(",")  # type: ignore[attr-defined]
    lines = text.splitlines()
    assert lines[0].startswith("time (s),") and lines[0].endswith(",reward")
    assert float(lines[-1].split(",")[-1]) == pytest.approx(app.runtime.frame.reward, rel=1e-5)
    app.send(c.SaveTable(text))
    app.frame(0.02)
    (file,) = tmp_path.glob("*.csv")
    assert file.read_text() == text
    assert panel._tools.text("\t").splitlines()[0].split("\t")[0] == "time (s)"  # type: ignore[attr-defined]
    panel._tools.large.add("Rewards")  # type: ignore[attr-defined]
    panel._tools.free.add("Rewards")  # type: ignore[attr-defined]
    for _ in range(3):
        app.frame(0.02)
    assert app.gui.broken == {}
