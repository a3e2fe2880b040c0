"""A session of the real window: figures are of what was simulated, sides and sliders can be read, and the pace is kept."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import window_words as words
from muscle_viewer.core.folders import assets_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import State
from window_groups import Session, end, held
from window_session import frames, wait, xdotool

sys.path.append(str(Path(__file__).parents[1] / "core" / "gaitnet"))
from small_gaitnet import muscles_yaml, skeleton_xml

if TYPE_CHECKING:
    from collections.abc import Generator

    from muscle_viewer.viewer.app.app import App

WORDS = {
    "Controls": ("Restart when an episode ends", "ground reaction forces", "target ghost"),
    "Perturb": ("Reset all to checkpoint", "cadence and speed", "Ctrl+drag: pull a body"),
    "Compare": ("Compare with DART", "Compare with the present as baseline"),
    "Gait": ("step width", "stride length", "peak vertical GRF"),
}
"""Panels, and terms of the field that they say."""

FORMER_WORDS = (
    "Touch", "look from", "begin again", "wanted", "the other engine", "apart", "as the checkpoint says", "why soleus",
    "open again", "nothing is called",
)  # fmt: skip
"""What the field has other terms for."""

NEEDING_POLICY = ("Heat map", "Activation over time", "Gait", "Reward", "Network")


def measured(app: App, folder: Path) -> Session:
    """What the window measures of the walk, and that it shows nothing as measured of characters that only stand."""
    yield from held(app, 70)
    yield from _impulse_is_weight_times_time(app, folder)
    app.send(c.Step(80))  # some strides
    yield from frames(3)
    yield from _terms_of_the_field(app)
    yield from _sides_differ_from_the_colour_maps(app)
    yield from _text_stands_beside_the_grab(app)
    yield from _the_simulation_gets_its_share(app)
    yield from _nothing_is_measured_of_a_pose(app, folder)
    yield from _a_model_is_measured_once_it_is_simulated(app)
    end(app)


def contents(app: App, title: str) -> Generator[None, None, str]:
    """All texts of a panel, which is brought to the front, as they are in a picture."""
    from imgui_bundle import imgui

    draw, said = app.gui._draw_contents, [""]

    def logged(panel: Any, *arguments: Any) -> None:
        if panel.title != title:
            draw(panel, *arguments)
            return
        imgui.log_to_clipboard()
        draw(panel, *arguments)
        imgui.log_finish()
        said[:] = [imgui.get_clipboard_text()]

    app.send(c.Focus(title))
    yield from frames(4)
    app.gui._draw_contents = logged  # type: ignore[method-assign]
    yield from wait(lambda: bool(said[0]))
    del app.gui._draw_contents
    return said[0]


def _impulse_is_weight_times_time(app: App, folder: Path) -> Session:
    """The ground force over two seconds, of the panels' frames and exported, is what carries and moves the body."""
    app.send(c.ExportHistory("opensim", folder / "walk"))
    path = folder / "walk" / "walk_grf.mot"
    yield from wait(path.exists)
    yield from frames(3)
    lines = path.read_text().splitlines()
    begin = lines.index("endheader") + 1
    head, table = lines[begin].split(), np.loadtxt(lines[begin + 1 :])
    upward = table[:, [k for k, name in enumerate(head) if name.endswith("vy")]].sum(axis=1)
    history, mass = app.runtime.history, float(app.runtime.subject.info.total_mass)
    heights = history.values("center_of_mass", 0, history.newest + 1)[:, 1]
    period = app.runtime.pace.period
    first, last = 5, history.newest - 5
    speeds = np.gradient(heights, period)
    needed = mass * (9.81 * (last - first) * period + speeds[last] - speeds[first])
    within = (table[:, 0] > first * period) & (table[:, 0] < last * period + 1e-9)
    recorded = history.values("contact_forces", first + 1, last + 1)[:, 1::3].sum(axis=1)
    for what, force in (("exported", upward[within]), ("of the frames", recorded)):
        impulse = force.mean() * (last - first) * period
        assert abs(impulse / needed - 1.0) < 0.002, (what, impulse, needed)


def _terms_of_the_field(app: App) -> Session:
    """The panels and the palette say what textbooks and other programs say."""
    from muscle_viewer.viewer.ui.panels.palette import actions

    for title, terms in WORDS.items():
        said = yield from contents(app, title)
        assert all(term in said for term in terms), (title, said)
        assert not [word for word in FORMER_WORDS if word in said], (title, said)
    listed = [action.text for action in actions(app._context())]
    assert not [t for t in listed if any(word.lower() in t.lower() for word in FORMER_WORDS)]


def _legend(app: App) -> tuple[np.ndarray, np.ndarray]:
    """Of the legend in the picture: the colour map, and what stands at the right above it, (height, width, 3) each."""
    from imgui_bundle import ImVec2, imgui
    from muscle_viewer.viewer.ui.panels import legend

    em = imgui.get_font_size()
    left, top, across, down = app.view_rect
    x = left + (legend.MARGIN + legend.PADDING) * em
    y = top + down - (legend.MARGIN + 1.7 + legend.PADDING) * em
    right = x + min(legend.WIDTH * em, legend.SHARE * across)
    gradient = words.cut(app, ImVec2(x + 2, y + 2), ImVec2(right - 2, y + legend.HEIGHT * em - 2))
    above = words.cut(app, ImVec2(0.5 * (x + right), y - 1.4 * em), ImVec2(right, y - 1))
    return gradient, above


def _sides_differ_from_the_colour_maps(app: App) -> Session:
    """The curves and bars of the two sides have colours of their own, which no colour map has."""
    from imgui_bundle import imgui
    from muscle_viewer.viewer.scene import colours

    app.send(c.Focus("Gait"))
    yield from frames(5)
    box = imgui.internal.find_window_by_name("Gait").inner_rect
    picture = words.cut(app, box.min, box.max).reshape(-1, 3)
    lively = picture[np.ptp(picture, axis=1) > 110]
    sides = []
    for colour in (colours.RIGHT, colours.LEFT):
        near = lively[np.abs(lively - 255 * np.array(colours.rgb(colour))).max(axis=1) < 30]
        assert len(near) > 60, (colour, len(near))  # in the stance phases, and in the curves
        sides.append(np.median(near, axis=0))
    assert np.linalg.norm(sides[0] - sides[1]) > 120
    for name in app.stage.modes:
        app.send(c.ColourBy(name))
        yield from frames(3)
        shades = _legend(app)[0].reshape(-1, 3)
        for side in sides:
            least = np.linalg.norm(shades - side, axis=1).min()
            assert least > 45, (name, side, least)
    app.send(c.ColourBy("activation"))
    yield from frames(3)


def _text_stands_beside_the_grab(app: App) -> Session:
    """In each slider the text ends above where the grab begins, also where the grab is in the text's middle."""
    from imgui_bundle import ImVec2, imgui
    from muscle_viewer.viewer.ui import theme
    from muscle_viewer.viewer.ui.panels import sliders

    seen: dict[str, tuple[ImVec2, ImVec2]] = {}
    draw = sliders._draw

    def noting(share: float, text: str) -> None:
        draw(share, text)
        if imgui.is_item_visible():
            seen[text] = imgui.get_item_rect_min(), imgui.get_item_rect_max()

    def check() -> int:
        ink, accent = (255 * np.array(theme.rgb(k)) for k in (theme.INK, theme.ACCENT))
        for text, (low, high) in seen.items():
            picture = words.cut(app, low, high)
            lettered = np.flatnonzero((np.abs(picture - ink).max(axis=2) < 70).any(axis=1))
            grab = np.flatnonzero((np.abs(picture - accent).max(axis=2) < 40).any(axis=1))
            assert len(lettered) > 5 and len(grab) > 2, (text, lettered, grab)
            assert lettered.max() < grab.min(), (text, lettered, grab)
        return len(seen)

    sliders._draw = noting
    xdotool("mousemove", "640", "300")
    app.send(c.Focus("Perturb"))
    yield from frames(5)
    assert check() >= 6, seen
    app.send(c.Focus("Controls"))
    for share in (0.5, 0.62, 0.1):
        yield from frames(4)
        low, high = next(rect for text, rect in seen.items() if text.startswith("speed"))
        x, y = low.x + share * (high.x - low.x), 0.5 * (low.y + high.y)
        speed = app.runtime.speed
        xdotool("mousemove", str(round(x)), str(round(y)), "click", "1", "mousemove", "640", "300")
        yield from wait(lambda speed=speed: app.runtime.speed != speed)
        yield from frames(3)
        seen.clear()
        yield from frames(2)
        assert check() >= 1
    sliders._draw = draw


def _the_simulation_gets_its_share(app: App) -> Session:
    """Of pictures that take long, a simulation that cannot keep up has half of the time, and the status bar says it."""
    from muscle_viewer.viewer.simulation.pace import RESYNC
    from muscle_viewer.viewer.ui.panels import status_bar

    runtime, stage, session = app.runtime, app.stage, app.runtime.session
    budget, step = app._step_budget, session.step
    simulated: list[float] = []
    drawn: list[float] = []

    def advance(*arguments: Any) -> None:
        begin = time.perf_counter()
        type(runtime).advance(runtime, *arguments)
        simulated.append(time.perf_counter() - begin)

    def note_drawing(seconds: float) -> None:
        type(budget).note_drawing(budget, seconds)
        drawn.append(min(seconds, RESYNC))

    def slow_draw(*arguments: Any) -> None:
        time.sleep(0.06)
        type(stage).draw(stage, *arguments)

    def slow_step(*arguments: Any) -> Any:
        time.sleep(0.006)
        return step(*arguments)

    app.send(c.SetSpeed(8.0))
    app.send(c.Play())
    stage.draw = slow_draw  # type: ignore[method-assign]
    session.step = slow_step  # type: ignore[method-assign]
    yield from frames(6)  # the budget follows a mean of the last pictures
    runtime.advance, budget.note_drawing = advance, note_drawing  # type: ignore[method-assign]
    begin = runtime.history.newest
    yield from frames(7)
    said, steps = status_bar.line(app._context()), runtime.history.newest - begin
    del runtime.advance, budget.note_drawing, stage.draw, session.step
    app.send(c.Pause())
    app.send(c.SetSpeed(1.0))
    yield from wait(lambda: runtime.state is State.PAUSED)
    assert sum(simulated) > 0.7 * sum(drawn), (simulated, drawn)
    assert steps > len(drawn) and "cannot keep up" in said, (steps, said)


def _nothing_is_measured_of_a_pose(app: App, folder: Path) -> Session:
    """Muscles on their skeleton, without physics: no panel shows a figure that only a simulation has."""
    assert _dim(app) == 0  # the walk's legend says nothing of that kind
    person = folder / "person"
    (person / "skeleton").mkdir(parents=True)
    (person / "skeleton" / "base.xml").write_text(skeleton_xml())
    (person / "muscles.yaml").write_text(muscles_yaml())
    app.send(c.Open(person / "muscles.yaml"))
    yield from wait(lambda: app.runtime.session.name == "muscles.yaml", 1000)
    app.send(c.Pause())
    app.send(c.Step(10))
    app.send(c.Select(0))
    yield from _says_not_simulated(app, ("Activations", "Muscle", "Joints", "Channels"))
    channels = words.panel(app, "Channels")
    for search, is_found in (("angle", True), ("activation", False), ("torque", False)):
        channels.search = search
        yield from frames(2)
        assert bool(channels._listed()) == is_found, search
    for title in NEEDING_POLICY:
        said = yield from contents(app, title)
        assert said.strip() == "no policy: open a checkpoint to simulate", (title, said)


def _a_model_is_measured_once_it_is_simulated(app: App) -> Session:
    """A model that stands has no torques; it has them after a step, and none again in a pose that was set by hand."""
    app.send(c.Open(assets_folder() / "characters" / "human.yaml"))
    yield from wait(lambda: app.runtime.session.name == "human.yaml", 1000)
    info = app.runtime.session.info
    app.send(c.Select(info.muscle_names.index("soleus_r")))
    titles = ("Activations", "Muscle", "Joints")
    yield from _says_not_simulated(app, titles)
    app.send(c.Step(10))
    for title in titles:
        said = yield from contents(app, title)
        assert "not simulated" not in said, (title, said)
        if title == "Joints":
            told = float(said.split("passive | ")[1].split()[0])
            joint = info.joint_names.index("knee_angle_r")
            assert abs(told - app.runtime.frame.passive_torques[joint]) < 0.06 and told != 0.0
            assert "target" not in said and "desired" not in said  # nobody asks for anything
    assert _dim(app) == 0
    knee = info.dof_names.index("knee_angle_r")
    app.send(c.SetParameters(Parameters().posed(knee, 1.0)))
    yield from frames(3)
    yield from _says_not_simulated(app, titles[1:])


def _says_not_simulated(app: App, titles: tuple[str, ...]) -> Session:
    """Panels and legend say that nothing was simulated, and have neither activations nor torques."""
    for title in titles:
        said = yield from contents(app, title)
        assert "not simulated" in said, (title, said)
        figures = ("activation |", "excitation |", "active force |", "power |", "velocity |")
        figures += ("applied |", "muscles |", "desired |", "passive |")
        assert not [figure for figure in figures if figure in said], (title, said)
    assert _dim(app) > 30


def _dim(app: App) -> int:
    """Pixels of dim text above the colour map, where a unit would be or that nothing was simulated."""
    from muscle_viewer.viewer.ui import theme

    dim = 255 * np.array(theme.rgb(theme.DIM))
    return int((np.abs(_legend(app)[1] - dim).max(axis=2) < 30).sum())
