"""The report of muscle-eval in a real browser: one file that needs no other, whose charts are drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import chromium
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.training.evaluation.cli import main

pytestmark = pytest.mark.slow


def test_the_report_shows_its_charts_and_loads_nothing(tmp_path: Path) -> None:
    report = tmp_path / "walk.html"
    brief = ["--episodes", "2", "--seconds", "4", "--pushes", "0", "--report", str(report)]
    assert main([str(checkpoints_folder() / "walk.pt"), *brief]) == 0
    with chromium(report.as_uri()) as browser:
        assert browser.title.startswith("walk")
        requests = browser.execute_script(
            "return performance.getEntriesByType('resource').map(one => one.name)"
        )
        assert requests == []
        charts = browser.execute_script(
            "return [...document.querySelectorAll('figure')].map(figure => {"
            "  const box = figure.querySelector('svg').getBoundingClientRect();"
            "  const lines = [...figure.querySelectorAll('polyline')].map(line => line.getBBox());"
            "  return [figure.querySelector('figcaption').innerText.trim(), box.width, box.height, lines.length,"
            "    lines.every(line => line.width > 0.3 * figure.querySelector('svg').viewBox.baseVal.width)];"
            "})"
        )
        captions = [caption for caption, *_ in charts]
        for wanted in (
            "Hip flexion",
            "Ankle moment",
            "Ankle power",
            "Vertical ground force",
            "Soleus",
        ):
            assert any(caption.startswith(wanted) for caption in captions), captions
        for caption, width, height, lines, spans in charts:
            assert width > 200 and height > 80 and lines >= 1 and spans, caption
        browser.save_screenshot(str(tmp_path / "report.png"))
