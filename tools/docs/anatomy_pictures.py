"""Draw docs/anatomy.png: the default body and the body of each pathology at the same moment of the left gait cycle.

.venv/bin/python -m tools.docs.anatomy_pictures checkpoints/anatomy.pt
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core import load_checkpoint
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.capture.offscreen import Offscreen
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.session import CheckpointSession

from tools.docs.anatomy import DOCS, PATHOLOGIES

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.viewer.app.app import App

PICTURE = DOCS / "anatomy.png"
SIZE = (600, 800)
LEGS = slice(300, 668), slice(120, 480)
"""Rows and columns of a picture."""
STEPS = 150
"""Control steps in which the gait settles."""


def go_to(app: App, percent: float) -> None:
    """Step until a percentage of a left cycle, to two hundredths of it."""
    runtime = app.runtime
    session = runtime.session
    assert isinstance(session, CheckpointSession)
    motion = session.scene.motions[0]
    moment = motion.events["heel_strike_l"] + percent / 100
    rate = session.control_period / motion.duration
    while 0.02 < (ahead := (moment - runtime.frame.phase) % 1) < 0.98:
        app.send(c.Step(max(1, int(0.8 * ahead / rate))))
        app.frame(1 / 30)


def picture(
    checkpoint: Path, surface: Offscreen, values: dict[str, float], percent: float, view: str
) -> np.ndarray:
    """A body at a percentage of the left cycle, its legs, uint8 (height, width, 3)."""
    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.scene.render.quality import HIGH

    opened = open_path(checkpoint)
    app = App(opened, surface, quality=HIGH)
    app.send(c.Pause())
    app.send(c.TogglePanels())
    app.send(c.ToggleLayer("ground reaction forces"))
    app.send(c.LookFrom(view))
    app.send(c.SetParameters(Parameters(drawn=tuple(sorted(values.items())))))
    app.send(c.Reset())
    app.send(c.Step(STEPS))
    app.frame(1 / 30)
    go_to(app, percent)
    for _ in range(90):
        app.frame(1 / 30)
    pixels = surface.read()
    app.close()
    return pixels[LEGS]


def main() -> None:
    """Command line."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    path = Path(sys.argv[1])
    surface = Offscreen(SIZE)
    figure, axes = plt.subplots(2, 8, figsize=(19, 5.6), layout="constrained")
    pairs = axes.reshape(-1, 2)
    presets = load_checkpoint(path).config.presets
    for pair, pathology in zip(pairs, PATHOLOGIES, strict=False):
        for axis, values, title in zip(
            pair, ({}, presets[pathology.preset]), ("default body", "with it"), strict=True
        ):
            axis.imshow(picture(path, surface, dict(values), pathology.percent, pathology.view))
            axis.set_title(title, fontsize=8)
        pair[0].set_ylabel(
            f"{pathology.preset}\n{pathology.percent:.0f} % of the cycle", fontsize=9
        )
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[], frame_on=False)
    figure.savefig(PICTURE, dpi=75, metadata={"Software": None}, pil_kwargs={"optimize": True})
    print(PICTURE)


if __name__ == "__main__":
    main()
