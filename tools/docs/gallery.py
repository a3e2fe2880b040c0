"""Draws the pictures of docs/gallery with the shipped checkpoint, without a display."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.opening import Opened, open_pair, open_path
from muscle_viewer.viewer.capture.offscreen import Offscreen
from muscle_viewer.viewer.scene.labels import on_screen
from muscle_viewer.viewer.simulation.parameters import Parameters

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App

SIZE = (1280, 720)
STEPS = 150


def seeing(app: App) -> None:
    """Muscle power, ground reaction forces, footprints and the reference ghost."""
    for layer in ("ground reaction forces", "footprints", "centre of mass", "reference ghost"):
        app.send(c.ToggleLayer(layer))
    app.send(c.ColourBy("power"))
    app.send(c.Focus("Gait"))


def inspecting(app: App) -> None:
    """A muscle's operating point on its curves, and the heat map of all muscles."""
    app.send(c.Select(app.runtime.session.info.muscle_names.index("vaslat_r")))
    app.send(c.Focus("Muscle"))
    app.send(c.Focus("Heat map"))


def joints(app: App) -> None:
    """Torques of each muscle, and the networks, with light panels."""
    app.send(c.ToggleLightPanels())
    app.send(c.Select(app.runtime.session.info.muscle_names.index("soleus_r")))
    app.send(c.Focus("Joints"))
    app.send(c.Focus("Network"))


def perturbing(app: App) -> None:
    """The mouse spring pulls, dark background, one functional group of muscles isolated."""
    app.send(c.SetBackdrop("studio"))
    app.send(c.Isolate("knee_extensor"))
    app.send(c.ColourBy("fibre length"))
    app.send(c.Focus("Perturb"))
    app.send(c.AttachSpring(0.0, 0.45))
    app.send(c.DragSpring(0.2, 0.6))
    app.send(c.Step(4))


def slope(app: App) -> None:
    """An uphill slope, with capsule skin and contact geometry; the Reward panel."""
    app.send(c.SetParameters(Parameters(slope=6.0)))
    app.send(c.Step(12))
    app.send(c.ToggleLayer("capsule skin"))
    app.send(c.ToggleLayer("contact geometry"))
    app.send(c.ToggleLayer("ground reaction forces"))
    app.send(c.LookFrom("right"))
    app.send(c.Focus("Perturb"))
    app.send(c.Focus("Reward"))
    for _ in range(20):
        app.frame(1 / 30)


def channels(app: App) -> None:
    """The Channels panel; box skin, front view."""
    from muscle_viewer.viewer.analysis.channels import channels, found
    from muscle_viewer.viewer.ui.panels.channel_plot import ChannelPlot

    everything = channels(app.runtime.session.info, app.runtime.history.rows)
    for panel in app.panels:
        if isinstance(panel, ChannelPlot):
            panel.search = "joint reaction"
            for words in ("right knee joint reaction", "left knee joint reaction"):
                panel.toggle(found(everything, words)[0])
    app.send(c.ToggleLayer("box skin"))
    app.send(c.ColourBy("asymmetry"))
    app.send(c.LookFrom("front"))
    app.send(c.Focus("Channels"))
    for _ in range(20):
        app.frame(1 / 30)


def palette(app: App) -> None:
    """The command palette."""
    app.send(c.TogglePanel("Command palette"))


def comparing(app: App) -> None:
    """The walk and the run side by side."""
    app.send(c.Select(app.runtime.session.info.muscle_names.index("soleus_r")))


def weakening(app: App) -> None:
    """Weak plantarflexors beside the walk as it was: both gaits and the difference."""
    from muscle_viewer.viewer.ui.panels.compare import Compare

    app.send(c.FreezeBaseline())
    names = app.runtime.session.info.muscle_names
    calf = [k for k, name in enumerate(names) if name.startswith(("soleus", "gas"))]
    app.send(c.SetParameters(Parameters().scaled("force", calf, 0.6), "first"))
    for muscle in calf[:3]:
        app.send(c.Select(muscle, extend=True))
    app.send(c.Step(120))  # the episode ends after 300
    app.send(c.LookFrom("right"))
    app.send(c.Focus("Changes"))
    app.frame(1 / 30)
    for panel in app.panels:
        if isinstance(panel, Compare):
            panel.front = "Gait"
    for _ in range(20):
        app.frame(1 / 30)


def pointing(app: App) -> None:
    """The menu of a muscle in the picture."""
    from imgui_bundle import imgui

    app.send(c.LookFrom("right"))
    for _ in range(20):
        app.frame(1 / 30)
    info, frame = app.runtime.session.info, app.runtime.frame
    muscle = info.muscle_names.index("vaslat_r")
    begin, end = info.path_offsets[muscle : muscle + 2]
    place = on_screen(app.view.camera, app.stage.rect, frame.path_points[begin:end].mean(axis=0))
    assert place
    x, y, width, height = app.view_rect
    imgui.get_io().add_mouse_pos_event(*place)
    app.frame(1 / 30)
    app.send(c.MenuAt(2 * (place[0] - x) / width - 1, 1 - 2 * (place[1] - y) / height))


def engines(app: App) -> None:
    """The walk on both engines, the second as a ghost."""
    app.send(c.LookFrom("right"))
    for _ in range(20):
        app.frame(1 / 30)


def enlarged(app: App) -> None:
    """The Gait panel large over the others: angles, moments and powers beside their norms."""
    app.send(c.Enlarge("Gait"))


def inputs(app: App) -> None:
    """The inputs that drive the soleus where it is most active."""
    soleus = app.runtime.session.info.muscle_names.index("soleus_r")
    history = app.runtime.history
    first = history.newest - 60
    activation = history.values("activations", first, history.newest + 1, [soleus])[:, 0]
    app.send(c.Select(soleus))
    app.send(c.Seek(first + int(activation.argmax())))
    app.send(c.LookFrom("right"))
    app.send(c.Focus("Network"))
    for _ in range(20):
        app.frame(1 / 30)


def arms(app: App) -> None:
    """Moment arms of two muscles over the knee's angle."""
    from muscle_viewer.viewer.ui.panels.muscle_curves import MuscleCurves

    names = app.runtime.session.info.muscle_names
    for name in ("recfem_r", "gasmed_r"):
        app.send(c.Select(names.index(name), extend=True))
    app.send(c.LookFrom("right"))
    app.send(c.Focus("Muscle curves"))
    app.frame(1 / 30)
    for panel in app.panels:
        if isinstance(panel, MuscleCurves):
            panel.dof = app.runtime.session.info.dof_names.index("knee_angle_r")
    for _ in range(20):
        app.frame(1 / 30)


def sweeping(app: App) -> None:
    """The gait at several speeds, enlarged."""
    app.send(c.Enlarge("Sweep"))
    app.send(c.StartSweep("speed", 0.9, 1.6, 5))
    app.frame(1 / 30)
    sweep = app.measurements.sweep
    assert sweep
    while sweep.is_running:
        time.sleep(0.2)
    for _ in range(5):
        app.frame(1 / 30)


PICTURES: tuple[Callable[[App], None], ...] = (
    seeing, inspecting, joints, perturbing, slope, channels, palette, comparing, engines, weakening, pointing,
    enlarged, inputs, arms, sweeping,
)  # fmt: skip


def opened(scene: Callable[[App], None]) -> Opened:
    """The opened file of a picture."""
    walk, run = (checkpoints_folder() / name for name in ("walk.pt", "run.pt"))
    if scene is comparing:
        return open_pair(walk, run)
    if scene is engines:
        return open_pair(walk, walk, engines=(None, "dart"), comparison="ghost")
    return open_path(checkpoints_folder() / "anatomy.pt" if scene is sweeping else walk)


def draw(scene: Callable[[App], None], path: Path) -> None:
    """Draw one picture."""
    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.scene.render.quality import HIGH
    from PIL import Image

    app = App(opened(scene), surface, quality=HIGH)
    app.send(c.Pause())
    app.send(c.Step(STEPS))
    app.frame(1 / 30)
    scene(app)
    for _ in range(10):
        app.frame(1 / 30)
    Image.fromarray(surface.read()).save(path, optimize=True)
    app.close()
    print(path)


if __name__ == "__main__":
    by_name = {picture.__name__: picture for picture in PICTURES}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/gallery"))
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(by_name)}; without: all")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in by_name]:
        parser.error(f"no picture is named {unknown[0]}: there are {', '.join(by_name)}")
    options.folder.mkdir(parents=True, exist_ok=True)
    surface = Offscreen(SIZE)
    for name in options.names or by_name:
        draw(by_name[name], options.folder / f"{name}.png")
    surface.close()
