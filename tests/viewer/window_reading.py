"""Parts of the sessions of the real window: reading numbers, what menus tick, seeds that fall, and the history's video."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.core.gait import CONTACT, foot_contacts
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.colormap import ACTIVATION, MAPS
from window_session import frames, wait, xdotool
from window_words import panel, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from muscle_viewer.viewer.app.app import App

    Session = Iterator[None]
    Copy = Callable[[App, int, int], Generator[None, None, list[list[str]]]]


def card_until_the_first_click(app: App) -> Callable[[], bool]:
    """The card of the gestures stands in the window of a first run; returns whether it still does."""
    from imgui_bundle import imgui

    def stands() -> bool:
        card = imgui.internal.find_window_by_name("##first run")
        return bool(card and card.was_active)

    assert stands()
    return stands


def jumps_by_keys(app: App) -> Session:
    """The brackets go to the moments at which a foot comes down, with Shift to those at which one leaves the ground."""
    runtime, info = app.runtime, app.runtime.subject.info
    begun, least = runtime.cursor, CONTACT * 9.81 * info.total_mass

    def down(index: int) -> dict[str, bool]:
        force = runtime.history.frame(index).contact_forces[:, 1]
        return {side: force[at].sum() > least for side, at in foot_contacts(info).items()}

    for key, way, lands in (
        ("bracketleft", -1, True),
        ("bracketleft", -1, True),
        ("bracketright", 1, True),
        ("shift+bracketleft", -1, False),
        ("shift+bracketright", 1, False),
    ):
        before = runtime.cursor
        xdotool("key", key)
        yield from wait(lambda before=before: runtime.cursor != before)
        at = runtime.cursor
        assert (at - before) * way > 0, (key, before, at)
        changed = [side for side, there in down(at).items() if there != down(at - 1)[side]]
        assert changed and all(down(at)[side] == lands for side in changed), (key, at)
    app.send(c.Seek(begun))
    yield from wait(lambda: runtime.cursor == begun)


def value_and_return(app: App) -> Session:
    """The Reward panel tells the critic's value and the sum of the rewards since the episode began."""
    from muscle_viewer.viewer.analysis.insight import value_of

    app.send(c.Focus("Reward"))
    yield from frames(5)
    said: list[str] = []
    yield from texts(app, "Reward", said)
    history, now = app.runtime.history, app.runtime.cursor
    seen = history.values("observation", now, now + 1)[0]
    value = value_of(app.runtime.session.policy, seen)  # type: ignore[attr-defined]
    returned = sum(history.frame(k).reward for k in range(1, now + 1))
    told = {
        name: float(said[0].split(name)[1].split()[0])
        for name in ("value by the critic", "return so far")
    }
    assert value is not None and abs(told["value by the critic"] - value) < 0.006, (told, value)
    assert abs(told["return so far"] - returned) < 0.1, (told, returned)


def moments_with_norms(app: App, places: dict[str, tuple[float, float]], copied: Copy) -> Session:
    """The Gait panel enlarged by its tab shows moments and powers of anatomical names, with norms and units."""
    from imgui_bundle import imgui

    app.send(c.Focus("Gait"))
    yield from frames(5)
    tab = imgui.internal.find_window_by_name("Gait").dc.dock_tab_item_rect
    place = str(round(tab.min.x + 20)), str(round(tab.min.y + 10))
    xdotool("mousemove", *place, "click", "--repeat", "2", "--delay", "40", "1")
    yield from wait(lambda: app.gui.enlarged.title == "Gait")
    yield from frames(6)
    for plot, unit, low, high in (
        ("ankle moment", "N m/kg", 0.8, 2.5),
        ("ankle power", "W/kg", 1.0, 7.0),
    ):
        head, *rows = yield from copied(app, *(round(k) for k in places[plot]))
        assert {f"{name} ({unit})" for name in ("right", "left", "norm mean", "norm SD")} <= set(
            head
        )
        for name in ("right", "norm mean"):  # push-off in the same direction, and of its size
            peak = max(float(row[head.index(f"{name} ({unit})")]) for row in rows)
            assert low < peak < high, (plot, name, peak)
    app.send(c.Enlarge(""))
    yield from wait(lambda: app.gui.enlarged.title == "")
    yield from frames(5)


def copy_the_strides(engine: Any) -> None:
    """In the Gait panel's table, Ctrl+C copies the strides, and no picture."""
    from imgui_bundle import imgui

    engine.set_ref("Gait")
    engine.item_click("**/Table")
    engine.yield_(3)
    imgui.set_clipboard_text("")
    # By their numbers: the enumeration has no name for both, which Python 3.11.2 refuses.
    engine.key_press(imgui.Key.mod_ctrl.value | imgui.Key.c.value)
    engine.yield_(3)
    head, *rows = (line.split("\t") for line in imgui.get_clipboard_text().splitlines())
    assert head[:3] == ["side", "begin (s)", "duration (s)"], head
    strides = np.array([row[1:] for row in rows[:-2]], float)
    assert {row[0] for row in rows[:-2]} == {"right", "left"} and len(strides) >= 3
    assert [row[0] for row in rows[-2:]] == ["mean", "SD"]
    assert np.allclose(np.array(rows[-2][1:], float), strides.mean(axis=0), rtol=1e-3, atol=1e-3)


def menus_tick_what_is_on(app: App, engine: Any) -> None:
    """Dear ImGui's engine clicks on a line only where its tick is not as asked: what follows shows that ticks are true."""
    bar = "//##MainMenuBar"
    for tick, shown in ((engine.menu_uncheck, False), (engine.menu_check, True)):
        tick(f"{bar}/View/Muscles")
        tick(f"{bar}/Camera/Follow the character")
        engine.yield_(3)
        assert (app.view.shows("muscles"), app.view.follow) == (shown, shown)
    app.send(c.TogglePanel("Heat map"))
    engine.yield_(3)
    heat_map = panel(app, "Heat map")
    assert not heat_map.open
    engine.menu_check(f"{bar}/Panels/Heat map")
    engine.yield_(3)
    assert heat_map.open


def range_and_font_size(app: App, engine: Any) -> None:
    """The colour map's ends are set below the colours, the map and the size of the text in the menu."""
    from imgui_bundle import imgui

    engine.set_ref("Controls")
    engine.item_input_value("**/##range/##max", 0.5)
    engine.yield_(3)
    assert app.view.mode(app.stage.modes).high == 0.5, app.view.colour_ranges
    for name in ("viridis", "usual"):
        engine.menu_click(f"//##MainMenuBar/View/Colour map/{name}")
        engine.yield_(3)
        assert app.view.mode(app.stage.modes).map is MAPS.get(name, ACTIVATION)
    size = imgui.get_font_size()
    engine.menu_click("//##MainMenuBar/View/Font size/150%")
    engine.yield_(4)
    assert abs(imgui.get_font_size() / size - 1.5) < 0.05


def seconds_filmed_again(app: App, engine: Any) -> None:
    """The menu plays the last two seconds again and records them, at true time."""
    import imageio_ffmpeg

    app.send(c.SetPictureLook(False, (160, 90), ".mp4", 15))
    app.send(c.Pause())
    engine.yield_(3)
    there, before = app.runtime.cursor, set(Path.cwd().glob("*.mp4"))
    engine.menu_click("//##MainMenuBar/Capture/Record the last seconds again/2 s")
    engine.yield_(3)
    for _ in range(4000):
        if app.pictures.film_seconds is None:
            break
        engine.yield_()
    engine.yield_(3)
    (film,) = set(Path.cwd().glob("*.mp4")) - before
    _, seconds = imageio_ffmpeg.count_frames_and_secs(str(film))
    assert abs(seconds - 2.0) < 0.2, seconds
    assert app.runtime.cursor == there


def falls_and_checkpoints(app: App, folder: Path) -> Session:
    """A run's checkpoints are a slider, and the seeds that fall are a table; a click opens what is clicked."""
    import torch
    from imgui_bundle import imgui
    from muscle_viewer.core.folders import checkpoints_folder
    from muscle_viewer.viewer.ui.panels import falls as module

    walk, run = checkpoints_folder() / "walk.pt", folder / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "state.pt").write_bytes(b"")
    shutil.copy(walk, run / "checkpoints" / "0000001000.pt")
    weak = torch.load(walk, weights_only=True)
    for name in weak["policy"]:
        if name.startswith("actor") and "weight" in name:
            weak["policy"][name] *= 0.1
    for path in (run / "checkpoints" / "0000002000.pt", run / "latest.pt"):
        torch.save(weak, path)
    app.send(c.Open(run))
    yield from wait(lambda: len(app.documents.kept) == 2, 4000)
    places: dict[str, tuple[float, float]] = {}
    selectable, slider = imgui.selectable, module.whole_slider

    def noted(name: str, draw: Callable[..., Any]) -> Any:
        def drawn(label: str, *arguments: Any) -> Any:
            result = draw(label, *arguments)
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            places[name or label] = low.x + 12, 0.5 * (low.y + high.y)
            return result

        return drawn

    module.whole_slider = noted("slider", slider)
    app.send(c.Focus("Falls"))
    yield from wait(lambda: "slider" in places)
    yield from frames(3)
    xdotool("mousemove", *(str(round(k)) for k in places["slider"]), "click", "1")
    first = app.documents.kept[0]
    yield from wait(lambda: app._context().shown_checkpoint == first, 4000)
    module.whole_slider = slider
    app.send(c.Open(run / "latest.pt"))
    yield from wait(lambda: app.runtime.session.name == "latest.pt", 4000)
    app.send(c.MeasureFalls(2))
    yield from wait(
        lambda: app.measurements.falls is not None and not app.measurements.falls.is_running, 4000
    )
    assert app.measurements.falls
    episodes = app.measurements.falls.episodes
    assert all(episode.fell_at is not None for episode in episodes), episodes
    app.send(c.Focus("Falls"))
    imgui.selectable = noted("", selectable)
    yield from wait(lambda: str(episodes[-1].seed) in places)
    imgui.selectable = selectable
    other = next(e for e in episodes if e.seed != getattr(app.runtime.session, "seed", 0))
    xdotool("mousemove", *(str(round(k)) for k in places[str(other.seed)]), "click", "1")
    yield from wait(lambda: getattr(app.runtime.session, "seed", None) == other.seed, 4000)
