"""Every action by its name: type, choose, done."""

from __future__ import annotations

from dataclasses import dataclass, replace

from imgui_bundle import imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.camera import VIEWS
from muscle_viewer.viewer.scene.view_state import BACKDROPS, COMPARISONS, LAYERS
from muscle_viewer.viewer.simulation.pace import SPEEDS
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.ui.keymap import KEYMAP, key_label
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.menu import EXPORTS, RATES, SIZES, look_of

MOST = 14
"""Lines that are shown at once."""


@dataclass(frozen=True)
class Action:
    """Something to do, and the keys that do it too."""

    text: str
    command: c.Command
    keys: str = ""


def actions(context: Context) -> list[Action]:
    """All that can be done now; each once, by its fullest name."""
    named = [*_files(context), *_view(context), *_pictures(context), *_character(context)]
    keys = {b.command: ", ".join(map(key_label, b.keys)) for b in KEYMAP}
    known = {action.command for action in named}
    found = [Action(b.text, b.command, keys[b.command]) for b in KEYMAP if b.command not in known]
    return found + [replace(action, keys=keys.get(action.command, "")) for action in named]


def _files(context: Context) -> list[Action]:
    found = [Action(f"open {path}", c.Open(path)) for path in context.recent]
    found += [Action(f"compare with {path}", c.CompareWith(path)) for path in context.recent]
    found += [Action("compare with the other engine", c.CompareEngines())]
    if context.second:
        found.append(Action("end the comparison", c.EndComparison()))
        found += [Action(f"compare by {way}", c.SetComparison(way)) for way in COMPARISONS]
    return [
        *found,
        *(Action(f"export the {text}", c.ExportHistory(kind)) for kind, text in EXPORTS),
        Action("take newer checkpoints by itself", c.SetAutoReload(True)),
        Action("ask before a newer checkpoint is taken", c.SetAutoReload(False)),
    ]


def _view(context: Context) -> list[Action]:
    groups = dict.fromkeys(sorted(context.info.muscle_groups))
    return [
        *(Action(f"panel {title}", c.Focus(title)) for title in context.panels),
        Action("dock the panels as at first", c.ResetLayout()),
        *(Action(f"colour by {name}", c.ColourBy(name)) for name in context.modes),
        *(Action(f"look from {name}", c.LookFrom(name)) for name in VIEWS),
        *(Action(f"show or hide {layer}", c.ToggleLayer(layer)) for layer in LAYERS),
        *(Action(f"backdrop {name}", c.SetBackdrop(name)) for name in BACKDROPS),
        *(Action(f"isolate {g.replace('_', ' ')}", c.Isolate(g)) for g in groups),
    ]


def _pictures(context: Context) -> list[Action]:
    look = context.view.look
    sizes = {"the window's size": None, **{f"{w} x {h}": (w, h) for w, h in SIZES}}
    return [
        *(
            Action(f"pictures of {name}", look_of(replace(look, size=s)))
            for name, s in sizes.items()
        ),
        *(
            Action(f"films of {n} pictures per second", look_of(replace(look, fps=n)))
            for n in RATES
        ),
        Action("films with panels", look_of(replace(look, panels=True))),
        Action("films without panels", look_of(replace(look, panels=False))),
    ]


def _character(context: Context) -> list[Action]:
    view, info = context.view, context.info
    return [
        *(Action(f"speed {speed:g} x", c.SetSpeed(speed)) for speed in SPEEDS),
        Action("begin again after an end", c.SetAutoReset(True)),
        Action("stay after an end", c.SetAutoReset(False)),
        Action("end the loop", c.Loop(None)),
        Action("world, joints and muscles as the checkpoint says", c.SetParameters(Parameters())),
        *(
            Action(
                f"push the {name.replace('_', ' ')}",
                c.SetPush(k, view.push_force, view.push_seconds),
            )
            for k, name in enumerate(info.body_names)
        ),
        *(Action(f"select {name}", c.Select(m)) for m, name in enumerate(info.muscle_names)),
    ]


def matching(all_actions: list[Action], words: str) -> list[Action]:
    """Those that hold all the words, the ones that begin with them first."""
    wanted = words.lower().split()
    fit = [a for a in all_actions if all(w in a.text.lower().replace("_", " ") for w in wanted)]
    return sorted(fit, key=lambda a: not a.text.lower().startswith(words.lower()))


class Palette:
    """A field and what fits it, over everything else."""

    title = "Command palette"
    place = "overlay"

    def __init__(self) -> None:
        self.open = False
        self.search = ""
        self._chosen = 0
        self._was_open = False

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the palette; Enter does what is marked, Esc closes."""
        if not self._was_open:
            self.search, self._chosen = "", 0
            imgui.set_keyboard_focus_here()
        self._was_open = True
        imgui.set_next_item_width(-1)
        changed, self.search = imgui.input_text_with_hint("##words", "what to do", self.search)
        shown = matching(actions(context), self.search)
        if changed:
            self._chosen = 0
        for key, way in ((imgui.Key.down_arrow, 1), (imgui.Key.up_arrow, -1)):
            if imgui.is_key_pressed(key):
                self._chosen += way
        self._chosen = min(max(self._chosen, 0), max(len(shown) - 1, 0))
        first = max(0, min(self._chosen - MOST // 2, len(shown) - MOST))
        for k, action in enumerate(shown[first : first + MOST], first):
            if imgui.selectable(f"{action.text}##{k}", k == self._chosen)[0]:
                self._do(action, send)
            if action.keys:
                width = imgui.calc_text_size(action.keys).x
                imgui.same_line(imgui.get_content_region_avail().x - width)
                imgui.text_disabled(action.keys)
        if not shown:
            imgui.text_disabled("nothing is called so")
        if imgui.is_key_pressed(imgui.Key.enter) and shown:
            self._do(shown[self._chosen], send)
        if imgui.is_key_pressed(imgui.Key.escape):
            self._close(send)

    def _do(self, action: Action, send: c.Send) -> None:
        send(action.command)
        self._close(send)

    def _close(self, send: c.Send) -> None:
        self._was_open = False
        send(c.TogglePanel(self.title))
