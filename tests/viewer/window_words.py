"""Parts of the sessions of the real window: what it says can be read, as it is said and where."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.viewer import commands as c
from window_session import frames, wait, xdotool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from muscle_viewer.viewer.app.app import App

    Session = Iterator[None]

SIZES = ((1024, 600), (640, 480), (1280, 720))
"""Of windows, the usual one last."""

WORDS_TYPED = {
    "ankle power": "right ankle power", "hip flexion": "left hip flexion angle", "metabolic rate": "metabolic power",
    "centre of pressure": "right centre of pressure", "joint reaction": "left knee joint reaction",
    "muscle power": "muscle powers / ",
}  # fmt: skip
"""What people type to find a channel, and a part of its name."""


def resized(app: App, size: tuple[int, int], pictures: int = 4) -> Session:
    """The window in another size, its panels laid out anew."""
    import glfw

    glfw.set_window_size(glfw.get_current_context(), *size)
    yield from wait(lambda: tuple(app.surface.size) == size)
    app.send(c.ResetLayout())
    yield from frames(pictures)


def panel(app: App, title: str) -> Any:
    return next(p for p in app.panels if p.title == title)


def cut(app: App, low: Any, high: Any) -> np.ndarray:
    """A rectangle of the window as it was drawn last, (height, width, 3)."""
    from muscle_viewer.viewer.scene.render.framebuffer import read

    rows, columns = slice(round(low.y), round(high.y)), slice(round(low.x), round(high.x))
    return read(0, app.surface.size)[rows, columns].astype(int)


def texts(app: App, title: str, said: list[str]) -> Session:
    """A picture, and all texts of a panel in it."""
    from imgui_bundle import imgui

    shown, draw = panel(app, title), panel(app, title).draw

    def logged(*arguments: Any) -> None:
        imgui.log_to_clipboard()
        draw(*arguments)
        imgui.log_finish()
        said[:] = [imgui.get_clipboard_text()]

    shown.draw = logged
    yield from wait(lambda: bool(said))
    del shown.draw


def no_tooltip_while_typing(shown: Any, field: tuple[float, float], words: str) -> Session:
    """The mouse rests on a panel's search field while words are typed there: nothing comes over the results."""
    from imgui_bundle import imgui

    xdotool("mousemove", *(str(round(k)) for k in field))
    yield from frames(3)
    xdotool("click", "1")
    yield from frames(3)
    xdotool("type", words)
    yield from wait(lambda: shown.search == words)
    end = time.perf_counter() + 1.5 * imgui.get_style().hover_delay_normal
    yield from wait(lambda: time.perf_counter() > end, 4000)
    over = [w.name for w in imgui.get_current_context().windows if w.active and "##Tool" in w.name]
    assert over == [], over


def palette_without_match(app: App) -> Session:
    """The palette says when nothing matches, and its field has no tooltip over what does."""
    from imgui_bundle import imgui

    xdotool("key", "ctrl+p")
    yield from wait(lambda: panel(app, "Command palette").open)
    yield from frames(3)
    window = imgui.internal.find_window_by_name("Command palette")
    field = window.pos.x + 60, window.pos.y + 16
    yield from no_tooltip_while_typing(panel(app, "Command palette"), field, "colour")
    xdotool("type", "qq")
    yield from wait(lambda: panel(app, "Command palette").search == "colourqq")
    said: list[str] = []
    yield from texts(app, "Command palette", said)
    assert "no match" in said[0], said
    xdotool("key", "Escape")
    yield from wait(lambda: not panel(app, "Command palette").open)


def channels_found(app: App) -> Session:
    """Results of the search for channels are not covered, either."""
    from imgui_bundle import imgui

    app.send(c.Focus("Channels"))
    yield from frames(4)
    window = imgui.internal.find_window_by_name("Channels")
    field = window.inner_rect.min.x + 60, window.inner_rect.min.y + 18
    yield from no_tooltip_while_typing(panel(app, "Channels"), field, "ankle power")
    xdotool("key", "Escape")
    yield from frames(3)
    for typed, name in WORDS_TYPED.items():
        said: list[str] = []
        panel(app, "Channels").search = typed
        yield from frames(1)
        yield from texts(app, "Channels", said)
        assert name in said[0], (typed, said)
    panel(app, "Channels").search = ""
    xdotool("key", "Escape")
    yield from frames(3)


def title_of_help(app: App) -> Session:
    """The title of the help's window hides what is behind it."""
    from imgui_bundle import ImVec2, imgui
    from muscle_viewer.viewer.ui import theme

    yield from frames(4)
    bar = imgui.internal.find_window_by_name("Help").title_bar_rect()
    picture = cut(app, ImVec2(bar.min.x + 8, bar.min.y + 2), ImVec2(bar.max.x - 8, bar.max.y - 2))
    raised = np.abs(picture - 255 * np.array(theme.rgb(theme.RAISED))).max(axis=2) < 14
    assert raised.mean() > 0.7, raised.mean()


def labels_of_the_heat_map(app: App) -> Session:
    """At every size of the window each label of the heat map is whole, and apart from the others."""
    from muscle_viewer.viewer.ui.panels import heat_map

    labels: dict[str, list[Any]] = {}
    spaced, fitted = heat_map.spaced, heat_map.theme.fitted

    def noting(middles: list[float], gap: float, top: float, bottom: float) -> list[float]:
        labels["places"], labels["gap"], labels["names"] = (
            spaced(middles, gap, top, bottom),
            [gap],
            [],
        )
        return labels["places"]

    def naming(name: str, width: float) -> str:
        labels.setdefault("names", []).append((name, fitted(name, width)))
        return fitted(name, width)

    heat_map.spaced, heat_map.theme.fitted = noting, naming  # type: ignore[assignment]
    for size in SIZES:
        yield from resized(app, size)
        app.send(c.Focus("Heat map"))
        yield from frames(6)
        assert len(labels["names"]) == len(labels["places"]) >= 2, labels
        assert all(name == shown for name, shown in labels["names"]), labels["names"]
        assert np.diff(labels["places"]).min() >= 0.99 * labels["gap"][0], (size, labels)
    heat_map.spaced, heat_map.theme.fitted = spaced, fitted


def legend_of_compare(app: App) -> Session:
    """At every size of the window the names of both simulations are whole in the legend, and no part is cut."""
    from imgui_bundle import imgui
    from muscle_viewer.viewer.ui.panels import curves

    key, seen = curves.key, []

    def noting(entries: Any) -> None:
        key(entries)
        window = imgui.internal.get_current_window()
        seen.append((imgui.get_item_rect_max().x, window.inner_clip_rect.max.x, len(entries)))

    curves.key = noting
    for size in SIZES:
        yield from resized(app, size)
        app.send(c.Focus("Compare"))
        panel(app, "Compare").front = "Curves"
        yield from frames(6)
        right, bound, count = seen[-1]
        assert right <= bound and count == 3, (size, seen[-1])
        names = (
            "Compare",
            *(
                w.name
                for w in imgui.get_current_context().windows
                if w.active and w.name.startswith("Compare/figures")
            ),
        )
        scrolls = {n: imgui.internal.find_window_by_name(n).scroll_max.y for n in names}
        assert max(scrolls.values()) == 0, (size, scrolls)
    curves.key = key


def values_at_the_mouse(app: App, place: tuple[float, float]) -> Session:
    """Over a plot there are cross-hairs, and a tooltip says each curve's value at that time."""
    from imgui_bundle import imgui, implot

    assert imgui.get_current_context() and implot.Flags_.crosshairs.value
    lines: list[str] = []
    said = imgui.text_colored
    app.send(c.Focus("Activation over time"))
    yield from frames(5)
    xdotool("mousemove", "640", "200")
    yield from frames(4)
    box = imgui.internal.find_window_by_name("Activation over time").inner_rect
    without = cut(app, box.min, box.max)
    imgui.text_colored = lambda colour, text: (lines.append(text), said(colour, text))[1]
    xdotool("mousemove", *(str(round(k)) for k in place))
    yield from wait(lambda: any(" at " in line for line in lines))
    imgui.text_colored = said
    yield from frames(3)
    names, history = app.runtime.subject.info.muscle_names, app.runtime.history
    text = next(line for line in lines if " at " in line)
    name, value, when = text.split(": ")[0], *map(float, text.split(": ")[1].split(" at "))
    index = history.between(when - 0.02, when + 0.02)[0]
    near = history.values("activations", index, index + 3)[:, names.index(name)]
    assert near.min() - 1e-3 <= value <= near.max() + 1e-3, (text, near)
    changed = np.abs(cut(app, box.min, box.max) - without).max(axis=2) > 20
    column = round(place[0] - box.min.x)
    assert changed[:, column - 2 : column + 3].any(axis=1).mean() > 0.5  # the upright hair


def times_say_what_they_are(app: App) -> Session:
    """The strip's time and the status bar's are not mistaken for each other, live and in the past."""
    from muscle_viewer.viewer.ui.panels import status_bar

    said: list[str] = []
    for steps, name in ((0, "total "), (-20, " s ago")):
        app.send(c.Step(steps)) if steps else app.send(c.Seek(app.runtime.history.newest))
        yield from frames(4)
        said.clear()
        yield from texts(app, "Timeline", said)
        assert name in said[0], said
        assert any(text.startswith("episode ") for text, _ in status_bar.parts(app._context()))
    app.send(c.Seek(app.runtime.history.newest))
    yield from frames(3)


def distribution_of_the_action(app: App) -> Session:
    """The Network panel shows the mean action and its standard deviation of training."""
    said: list[str] = []
    app.send(c.Focus("Network"))
    yield from frames(5)
    yield from texts(app, "Network", said)
    spread = app._context().action_std
    assert spread is not None and (spread > 0).all()
    count = len(spread)
    assert f"action, {count}" in said[0], said
    assert f"action, standard deviation in training, {count}" in said[0], said


def footprints_where_the_foot_stood(app: App) -> Session:
    """A print lies under the sole's contact points of the foot that stood there; none under the foot that stands."""
    from muscle_viewer.core.gait import foot_contacts

    app.send(c.ToggleLayer("footprints")) if not app.view.shows("footprints") else None
    yield from frames(4)
    info, history = app.runtime.subject.info, app.runtime.history
    prints: dict[tuple[int, int], Any] = app.stage._markings._prints
    assert len(prints) >= 3, prints
    kinds = {e.index: e.kind.removeprefix("strike ") for e in history.events if "strike" in e.kind}
    now = app.runtime.frame
    for (strike, _), (centre, _, _) in prints.items():
        contacts = foot_contacts(info)[kinds[strike]]
        stood = [history.frame(strike + k) for k in (6, 9)]  # foot flat
        for frame in stood:
            beside = np.asarray(frame.contact_points)[contacts].mean(axis=0) - centre
            assert np.hypot(beside[0], beside[2]) < 0.04, (strike, beside)
    standing = [s for s, k in foot_contacts(info).items() if now.contact_forces[k][:, 1].sum() > 0]
    assert standing
    for contacts in (foot_contacts(info)[side] for side in standing):
        under = np.asarray(now.contact_points)[contacts].mean(axis=0)
        apart = [np.hypot(*(centre - under)[[0, 2]]) for centre, _, _ in prints.values()]
        assert min(apart) > 0.2, apart


def layout_of_a_small_window(app: App, picture: Any) -> Session:
    """At 480x360 and at 1024x600 the panels in front are whole, without inner scrolling, and so is each tab's name."""
    yield from resized(app, (480, 360), pictures=10)
    app.send(c.SaveScreenshot(picture))
    yield from frames(3)
    _whole_panels()
    yield from resized(app, (1024, 600), pictures=10)
    app.send(c.SaveScreenshot(picture.with_name("medium.png")))
    yield from frames(3)
    _whole_panels()
    yield from resized(app, (1280, 720), pictures=6)


def places_of_each_width(app: App) -> Session:
    """A window that becomes narrow keeps a wide 3D view, and a wide one again has its panels where they were."""
    import glfw

    def size_is(size: tuple[int, int]) -> Session:
        glfw.set_window_size(glfw.get_current_context(), *size)
        yield from wait(lambda: tuple(app.surface.size) == size)
        yield from frames(6)

    app.gui.focus("Network")
    yield from frames(3)
    wide = app.view_rect
    for _ in range(2):
        yield from size_is((640, 480))
        assert app.view_rect[2] > 0.5 * 640, app.view_rect
        yield from size_is((1280, 720))
        assert app.view_rect == wide
        assert "Network" in app.gui._in_front


def _whole_panels() -> None:
    """No window scrolls inside but the list of all muscles, and no tab's name is cut."""
    from imgui_bundle import imgui

    scrolls, tabs = {}, {}
    for window in imgui.get_current_context().windows:
        if window.active and not window.hidden and not window.name.startswith("##"):
            scrolls[window.name] = (round(window.scroll_max.x), round(window.scroll_max.y))
        if window.dock_node and window.dock_node.tab_bar:
            for tab in window.dock_node.tab_bar.tabs:
                tabs[tab.id_] = (round(tab.width), round(tab.content_width))
    spare = imgui.get_style().item_inner_spacing.x  # empty, at the end of a range's two fields
    scrolls = {k: v for k, v in scrolls.items() if not k.startswith("Activations/muscles")}
    assert all(x <= spare and y == 0 for x, y in scrolls.values()), scrolls
    assert all(width >= content for width, content in tabs.values()), tabs


def bones_that_read_as_bones(app: App) -> Session:
    """The right femur in the picture is a shaft with wide ends, not a stick: twice as wide at the knee."""
    from muscle_viewer.viewer.scene.labels import on_screen
    from window_session import still

    hidden = [k for k in ("muscles", "shadows") if app.view.shows(k)]
    for layer in hidden:
        app.send(c.ToggleLayer(layer))
    app.send(c.LookFrom("front"))
    yield from still(app)
    x, y, width, height = app.view_rect
    from imgui_bundle import ImVec2

    view = ImVec2(x, y), ImVec2(x + width, y + height)
    shown = cut(app, *view)
    app.send(c.ToggleLayer("bones"))
    yield from frames(4)
    bone = np.abs(cut(app, *view) - shown).max(axis=2) > 12
    app.send(c.ToggleLayer("bones"))
    names, frame = app.runtime.subject.info.body_names, app.stage.drawn
    hip, knee = (frame.body_positions[names.index(k)] for k in ("femur_r", "tibia_r"))
    widths = []
    for share in np.linspace(0.3, 1.05, 30):
        place = on_screen(app.view.camera, app.view_rect, hip + share * (knee - hip))
        assert place
        row, column = bone[round(place[1] - y)], round(place[0] - x)
        runs = np.flatnonzero(~row)
        widths.append(runs[runs > column].min() - runs[runs < column].max())
    assert max(widths[-8:]) > 1.6 * min(widths[:15]), widths
    for layer in hidden:
        app.send(c.ToggleLayer(layer))
    yield from frames(3)
