"""Sliders that hold the excitations of all muscles, of groups, and of each muscle."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.sliders import slider

HEIGHT = 16.0
"""Height of the list in font heights."""


class MuscleSliders:
    """The part of a panel with all muscles, collapsed by default."""

    def __init__(self, title: str = "All muscles") -> None:
        self.title = title
        self.search = ""
        self._searched: str | None = None
        self._shown: list[int] = []

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the part."""
        if not imgui.collapsing_header(self.title):
            return
        imgui.push_id(self.title)
        groups = context.info.muscle_groups
        _several(context, "all muscles", list(range(len(groups))), send)
        names = list(dict.fromkeys(sorted(groups)))
        if 1 < len(names) < len(groups):
            if imgui.tree_node("Groups"):
                for name in names:
                    muscles = [m for m, group in enumerate(groups) if group == name]
                    _several(context, name.replace("_", " "), muscles, send)
                imgui.tree_pop()
        self._draw_each(context, send)
        imgui.pop_id()

    def _draw_each(self, context: Context, send: c.Send) -> None:
        imgui.set_next_item_width(-1)
        _, self.search = imgui.input_text_with_hint("##find", "Search", self.search)
        if self.search != self._searched:
            self._searched, words = self.search, self.search.lower().split()
            names = context.info.muscle_names
            self._shown = [m for m, n in enumerate(names) if all(w in n.lower() for w in words)]
        held = dict(context.status.perturbation.overrides)
        imgui.begin_child("muscles", ImVec2(0, HEIGHT * imgui.get_font_size()))
        clipper = imgui.ListClipper()
        clipper.begin(len(self._shown))
        while clipper.step():
            for k in range(clipper.display_start, clipper.display_end):
                _row(context, self._shown[k], held, send)
        imgui.end_child()


def _several(context: Context, name: str, muscles: list[int], send: c.Send) -> None:
    """A slider that holds several muscles at one value; a click on the box releases them."""
    held = dict(context.status.perturbation.overrides)
    values = [held[m] for m in muscles if m in held]
    value = sum(values) / len(values) if values else 0.0
    if imgui.checkbox(f"##hold {name}", bool(values))[0]:
        to = None if values else value
        send(c.OverrideSeveral(tuple((m, to) for m in muscles)))
    imgui.set_item_tooltip("Hold these excitations, or release them")
    imgui.same_line()
    imgui.set_next_item_width(-1)
    changed, value = slider(f"##value {name}", value, 0.0, 1.0, f"{name} %.2f")
    if changed:
        send(c.OverrideSeveral(tuple((m, value) for m in muscles)))


def _row(context: Context, muscle: int, held: dict[int, float], send: c.Send) -> None:
    now = held.get(muscle, float(context.frame.excitations[muscle]))
    if imgui.checkbox(f"##hold{muscle}", muscle in held)[0]:
        send(c.Override(muscle, None if muscle in held else now))
    imgui.set_item_tooltip("Hold the excitation at this value in place of the network's output")
    imgui.same_line()
    imgui.set_next_item_width(-1)
    name = context.info.muscle_names[muscle]
    changed, value = slider(f"##value{muscle}", now, 0.0, 1.0, f"{name} %.2f")
    if changed:
        send(c.Override(muscle, value))
