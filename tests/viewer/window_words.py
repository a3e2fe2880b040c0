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
    said: list[str] = []
    yield from texts(app, "Channels", said)
    assert "power" in said[0] and "ankle" in said[0], said
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
    import glfw
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
        glfw.set_window_size(glfw.get_current_context(), *size)
        yield from wait(lambda size=size: tuple(app.surface.size) == size)
        app.send(c.ResetLayout())
        yield from frames(4)
        app.send(c.Focus("Heat map"))
        yield from frames(6)
        assert len(labels["names"]) == len(labels["places"]) >= 2, labels
        assert all(name == shown for name, shown in labels["names"]), labels["names"]
        assert np.diff(labels["places"]).min() >= 0.99 * labels["gap"][0], (size, labels)
    heat_map.spaced, heat_map.theme.fitted = spaced, fitted


def legend_of_compare(app: App) -> Session:
    """At every size of the window the names of both simulations are whole in the legend, and no part is cut."""
    import glfw
    from imgui_bundle import imgui
    from muscle_viewer.viewer.ui.panels import curves

    key, seen = curves.key, []

    def noting(entries: Any) -> None:
        key(entries)
        window = imgui.internal.get_current_window()
        seen.append((imgui.get_item_rect_max().x, window.inner_clip_rect.max.x, len(entries)))

    curves.key = noting
    for size in SIZES:
        glfw.set_window_size(glfw.get_current_context(), *size)
        yield from wait(lambda size=size: tuple(app.surface.size) == size)
        app.send(c.ResetLayout())
        yield from frames(4)
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
