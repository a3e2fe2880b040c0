"""Command palette: a search over all actions by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from imgui_bundle import imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.camera import VIEWS
from muscle_viewer.viewer.scene.colormap import MAPS
from muscle_viewer.viewer.scene.view_state import BACKDROPS, COMPARISONS, LAYERS
from muscle_viewer.viewer.simulation.pace import SPEEDS
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.ui.keymap import KEYMAP, key_label
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.menu import (
    EXPORTS,
    FONT_SCALES,
    LAST_SECONDS,
    RATES,
    SIZES,
    look_of,
)

NEVER_LARGE = ("Timeline", "Command palette")

MOST = 14
"""Number of lines that are shown at once."""


@dataclass(frozen=True)
class Action:
    """An action: its name, its command and its keys."""

    text: str
    command: c.Command
    keys: str = ""


def actions(context: Context) -> list[Action]:
    """All available actions; a command that has a key and a name here is listed once, by the name here."""
    named = [*_files(context), *_view(context), *_pictures(context), *_character(context)]
    keys = {b.command: ", ".join(map(key_label, b.keys)) for b in KEYMAP}
    known = {action.command for action in named}
    found = [Action(b.text, b.command, keys[b.command]) for b in KEYMAP if b.command not in known]
    return found + [replace(action, keys=keys.get(action.command, "")) for action in named]


def _files(context: Context) -> list[Action]:
    found = [Action(f"Open {path}", c.Open(path)) for path in context.recent]
    found += [Action(f"Compare with {path}", c.CompareWith(path)) for path in context.recent]
    found += [Action(f"Compare with {context.other_engine}", c.CompareEngines())]
    found += [
        Action(f"Export as ...: {text}", c.SaveDialog(c.ExportHistory(kind)))
        for kind, text in EXPORTS
    ]
    found += [Action("Compare with the present as baseline", c.FreezeBaseline())]
    if context.second:
        found.append(Action("End the comparison", c.EndComparison()))
        found += [Action(f"Comparison: {mode}", c.SetComparison(mode)) for mode in COMPARISONS]
        found += [Action(f"Changes act on {side}", c.SetChangedSide(side)) for side in c.SIDES]
    return [
        *found,
        *(Action(f"Export: {text}", c.ExportHistory(kind)) for kind, text in EXPORTS),
        Action("Reload newer checkpoints automatically", c.SetAutoReload(True)),
        Action("Ask before reloading a newer checkpoint", c.SetAutoReload(False)),
    ]


def _view(context: Context) -> list[Action]:
    groups = dict.fromkeys(sorted(context.info.muscle_groups))
    return [
        *(Action(f"Panel: {title}", c.Focus(title)) for title in context.panels),
        *(
            Action(
                f"{'Put back' if title == context.enlarged else 'Enlarge'} {title}",
                c.Enlarge(title),
            )
            for title in context.panels
            if title not in NEVER_LARGE
        ),
        Action("Reset layout", c.ResetLayout()),
        *(Action(f"Colour by {name}", c.ColourBy(name)) for name in context.modes),
        Action("Usual range of the colours", c.SetColourRange(None)),
        Action("Colour map: usual", c.SetColourMap("")),
        *(Action(f"Colour map: {name}", c.SetColourMap(name)) for name in MAPS),
        *(Action(f"Font size {scale:.0%}", c.SetFontScale(scale)) for scale in FONT_SCALES),
        *(Action(f"View: {name}", c.LookFrom(name)) for name in (*VIEWS, *context.view.views)),
        *(Action(f"Delete view: {name}", c.DeleteView(name)) for name in context.view.views),
        Action("Save the view as ...", c.NameView()),
        *(Action(f"Show or hide {layer}", c.ToggleLayer(layer)) for layer in LAYERS),
        *(Action(f"Background: {name}", c.SetBackdrop(name)) for name in BACKDROPS),
        *(Action(f"Isolate {g.replace('_', ' ')}", c.Isolate(g)) for g in groups),
        *(
            Action(f"Select group {g.replace('_', ' ')}", c.SelectGroup(_group(context, g)))
            for g in groups
        ),
    ]


def _group(context: Context, group: str) -> tuple[int, ...]:
    """Muscles of a functional group."""
    return tuple(m for m, name in enumerate(context.info.muscle_groups) if name == group)


def _pictures(context: Context) -> list[Action]:
    look = context.view.look
    sizes = {"as the window": None, **{f"{w} x {h}": (w, h) for w, h in SIZES}}
    return [
        *(
            Action(f"Picture size: {name}", look_of(replace(look, size=s)))
            for name, s in sizes.items()
        ),
        *(Action(f"Video frame rate: {n} fps", look_of(replace(look, fps=n))) for n in RATES),
        *(Action(f"Record the last {s:g} s again", c.FilmHistory(s)) for s in LAST_SECONDS),
        Action("Record videos with panels", look_of(replace(look, panels=True))),
        Action("Record videos without panels", look_of(replace(look, panels=False))),
    ]


def _character(context: Context) -> list[Action]:
    view, info = context.view, context.info
    return [
        *(Action(f"Speed {speed:g} x", c.SetSpeed(speed)) for speed in SPEEDS),
        Action("Restart when an episode ends", c.SetAutoReset(True)),
        Action("Stop when an episode ends", c.SetAutoReset(False)),
        Action("End the loop", c.Loop(None)),
        *(Action(f"Go on with the motion {name}", c.SetClip(name)) for name in info.clip_names),
        Action("Reset all parameters to checkpoint", c.SetParameters(Parameters())),
        *(
            Action(
                f"Push the {name.replace('_', ' ')} from behind ({view.push_force:.0f} N)",
                c.PushFrom(0.0, 1.0, k),
            )
            for k, name in enumerate(info.body_names)
        ),
        *(
            Action(
                f"Choose the {name.replace('_', ' ')} for pushes",
                c.SetPush(k, view.push_force, view.push_seconds),
            )
            for k, name in enumerate(info.body_names)
        ),
        *(Action(f"Select {name}", c.Select(m)) for m, name in enumerate(info.muscle_names)),
    ]


def matching(all_actions: list[Action], words: str) -> list[Action]:
    """Actions whose names contain all the words; names that begin with them come first."""
    parts = words.lower().split()
    fit = [a for a in all_actions if all(w in a.text.lower().replace("_", " ") for w in parts)]
    return sorted(fit, key=lambda a: not a.text.lower().startswith(words.lower()))


class Palette:
    """A search field and the matching actions, over all panels."""

    title = "Command palette"
    place = "overlay"

    def __init__(self) -> None:
        self.open = False
        self.search = ""
        self._chosen = 0
        self._was_open = False

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the palette; Enter runs the marked action, Esc closes."""
        if not self._was_open:
            self.search, self._chosen = "", 0
            imgui.set_keyboard_focus_here()
        self._was_open = True
        imgui.set_next_item_width(-1)
        changed, self.search = imgui.input_text_with_hint(
            "##words", "Search for an action", self.search
        )
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
            imgui.text_disabled("no match")
        enters = (imgui.Key.enter, imgui.Key.keypad_enter)
        if any(map(imgui.is_key_pressed, enters)) and shown:
            self._do(shown[self._chosen], send)
        if imgui.is_key_pressed(imgui.Key.escape):
            self._close(send)

    def _do(self, action: Action, send: c.Send) -> None:
        send(action.command)
        self._close(send)

    def _close(self, send: c.Send) -> None:
        self._was_open = False
        send(c.TogglePanel(self.title))
