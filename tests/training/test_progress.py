"""What a training run shows."""

from __future__ import annotations

import io
import math
from dataclasses import replace

from muscle_viewer.training.logging.progress import ProgressDisplay, panel, summary
from muscle_viewer.training.logging.report import Report
from muscle_viewer.training.ppo import PpoStatistics

REPORT = Report(
    phase="train",
    steps=1_234_567,
    seconds=600.0,
    progress=0.25,
    steps_per_second=4321.0,
    mean_return=123.4,
    episode_seconds=7.5,
    fall_rate=0.4,
    rewards={"total": 0.6, "pose": 0.5},
    parameters={},
    torque_error=0.12,
    muscle_loss=0.034,
    effort_ratio=1.04,
    muscles_used=1.0,
    activation=0.08,
    std=0.5,
    ppo=PpoStatistics(-0.1, 0.2, 0.015, 0.3, 5, 3e-4),
    timings={"simulation": 0.5, "inference": 0.1, "policy_update": 0.3, "rest": 0.1},
    iteration_seconds=1.0,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_one_line_has_the_figures_that_matter():
    line = summary(REPORT)
    for part in (
        *("25%", "1,234,567 steps", "4,321/s", "return 123.4", "episode 7.50 s", "falls 40%"),
        *("torque error 12%", "muscle loss 0.0340", "30:00 left", "simulation 50%"),
    ):
        assert part in line


def test_the_panel_has_the_same_height_from_the_first_report_to_the_last():
    nan = math.nan
    first = replace(
        REPORT, phase="warm-up", progress=0.0, mean_return=nan, torque_error=nan, ppo=None
    )
    assert len(panel(first)) == len(panel(REPORT))
    assert "no end is set" in panel(first)[0] and "policy update 30%" in panel(REPORT)[-1]


def test_a_terminal_s_lines_are_renewed_in_place():
    stream = Terminal()
    display = ProgressDisplay(stream)
    display.show(REPORT)
    display.show(REPORT)
    height = len(panel(REPORT))
    assert stream.getvalue().count("\n") == 2 * height
    assert f"\x1b[{height}F" in stream.getvalue()


def test_a_file_gets_a_line_now_and_then_and_the_last_one():
    stream = io.StringIO()
    display = ProgressDisplay(stream, interval=15)
    for seconds, progress in ((600, 0.2), (610, 0.3), (616, 0.4), (617, 1.0)):
        display.show(replace(REPORT, seconds=seconds, progress=progress))
    assert [line.split()[0] for line in stream.getvalue().splitlines()] == ["20%", "40%", "100%"]


def test_the_columns_are_the_same_with_and_without_an_update_of_the_policy():
    warm_up = replace(REPORT, ppo=None)
    assert warm_up.scalars().keys() == REPORT.scalars().keys()
    assert math.isnan(warm_up.scalars()["policy/kl"]) and REPORT.scalars()["policy/kl"] == 0.015
    assert round(REPORT.scalars()["time/simulation"], 9) == 0.5
