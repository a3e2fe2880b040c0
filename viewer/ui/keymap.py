"""Every key and what it asks for. The help panel is made from this table, and a test presses each of its keys.

Keys are named as Dear ImGui names them (`imgui.Key.space` is "space"), with "ctrl+" or "shift+" before.
"""

from __future__ import annotations

from dataclasses import dataclass

from muscle_viewer.viewer import commands as c


@dataclass(frozen=True)
class Binding:
    """One action and the keys that ask for it."""

    section: str
    keys: tuple[str, ...]
    text: str
    command: c.Command
    repeats: bool = False
    """Whether it is asked for again while the key is held."""


NEWEST = 2**62
"""More than any index of the history."""

KEYMAP: tuple[Binding, ...] = (
    Binding("Simulation", ("space",), "play or pause", c.TogglePlay()),
    Binding("Simulation", ("right_arrow", "period"), "one control step", c.Step(), repeats=True),
    Binding("Simulation", ("left_arrow", "comma"), "one step back", c.Step(-1), repeats=True),
    Binding(
        "Simulation", ("enter", "keypad_enter"), "simulate on from the shown moment", c.Resume()
    ),
    Binding("Simulation", ("end",), "to the newest moment", c.Seek(NEWEST)),
    Binding("Simulation", ("r", "backspace"), "reset", c.Reset()),
    Binding("Simulation", ("equal", "shift+equal", "keypad_add"), "faster", c.Faster()),
    Binding("Simulation", ("minus", "keypad_subtract"), "slower", c.Slower()),
    Binding("Simulation", ("0", "keypad0"), "real time", c.SetSpeed(1.0)),
    Binding("Perturb", ("shift+up_arrow",), "push from behind", c.PushFrom(0.0, 1.0)),
    Binding("Perturb", ("shift+down_arrow",), "push from the front", c.PushFrom(0.0, -1.0)),
    Binding("Perturb", ("shift+left_arrow",), "push from its right", c.PushFrom(1.0, 0.0)),
    Binding("Perturb", ("shift+right_arrow",), "push from its left", c.PushFrom(-1.0, 0.0)),
    Binding("Perturb", ("shift+escape",), "give all muscles back", c.ClearOverrides()),
    Binding("Camera", ("f",), "follow the character", c.ToggleFollow()),
    Binding("Camera", ("home", "1"), "three-quarter view", c.LookFrom("three-quarter")),
    Binding("Camera", ("2",), "from the front", c.LookFrom("front")),
    Binding("Camera", ("3",), "from its right", c.LookFrom("right")),
    Binding("Camera", ("4",), "from its left", c.LookFrom("left")),
    Binding("Camera", ("5",), "from behind", c.LookFrom("back")),
    Binding("Camera", ("6",), "from above", c.LookFrom("top")),
    Binding("View", ("m",), "muscles", c.ToggleLayer("muscles")),
    Binding("View", ("b",), "bones", c.ToggleLayer("bones")),
    Binding("View", ("s",), "shadows", c.ToggleLayer("shadows")),
    Binding("View", ("g",), "grid", c.ToggleLayer("grid")),
    Binding("View", ("l",), "legend", c.ToggleLayer("legend")),
    Binding("View", ("n",), "ground forces", c.ToggleLayer("forces")),
    Binding("View", ("c",), "centre of mass and its trail", c.ToggleLayer("centre of mass")),
    Binding("View", ("t",), "footprints", c.ToggleLayer("footprints")),
    Binding("View", ("v",), "reference ghost", c.ToggleLayer("reference ghost")),
    Binding("View", ("x",), "target ghost", c.ToggleLayer("target ghost")),
    Binding("View", ("o",), "contact shapes", c.ToggleLayer("contact shapes")),
    Binding("View", ("j",), "box skin", c.ToggleLayer("box skin")),
    Binding("View", ("shift+j",), "capsule skin", c.ToggleLayer("capsule skin")),
    Binding("View", ("i",), "all muscles in full", c.Isolate(None)),
    Binding("View", ("k",), "compare in halves or by a ghost", c.ToggleComparison()),
    Binding("View", ("f2",), "light or dark panels", c.ToggleLightPanels()),
    Binding("View", ("escape",), "select nothing", c.ClearSelection()),
    Binding("Program", ("ctrl+p",), "command palette", c.TogglePanel("Command palette")),
    Binding("Program", ("f1", "h"), "this help", c.TogglePanel("Help")),
    Binding("Program", ("tab",), "all panels", c.TogglePanels()),
    Binding("Pictures", ("f12", "p"), "save a screenshot", c.SaveScreenshot()),
    Binding("Pictures", ("shift+f12",), "save one without panels", c.SaveScreenshot(panels=False)),
    Binding("Pictures", ("ctrl+c",), "copy the picture", c.CopyScreenshot()),
    Binding("Pictures", ("ctrl+shift+c",), "copy it without panels", c.CopyScreenshot(False)),
    Binding("Pictures", ("f9",), "begin or end a film (.mp4)", c.ToggleFilm(ending=".mp4")),
    Binding("Pictures", ("shift+f9",), "begin or end a film (.gif)", c.ToggleFilm(ending=".gif")),
    Binding("File", ("ctrl+s",), "save the run (.mvrun)", c.SaveRun()),
    Binding("File", ("ctrl+r", "f5"), "read the checkpoint again", c.Reload()),
    Binding("File", ("ctrl+q",), "quit", c.Quit()),
)

MOUSE: tuple[tuple[str, str], ...] = (
    ("click", "select a muscle"),
    ("Ctrl+click, Shift+click", "add to the selection"),
    ("Ctrl+drag", "pull a body"),
    ("left drag", "turn the camera"),
    ("right or middle drag", "move the camera"),
    ("wheel", "zoom"),
)
"""What the mouse does in the 3D view, for the help panel."""

_NAMES = {
    "right_arrow": "Right",
    "left_arrow": "Left",
    "up_arrow": "Up",
    "down_arrow": "Down",
    "f2": "F2",
    "end": "End",
    "tab": "Tab",
    "comma": ",",
    "keypad_enter": "Keypad Enter",
    "period": ".",
    "equal": "=",
    "minus": "-",
    "keypad_add": "Keypad +",
    "keypad_subtract": "Keypad -",
    "keypad0": "Keypad 0",
    "escape": "Esc",
}


def key_label(key: str) -> str:
    """A key as people write it: "ctrl+q" is "Ctrl+Q", "shift+equal" is "+"."""
    if key == "shift+equal":
        return "+"
    *modifiers, name = key.split("+")
    label = _NAMES.get(name, name.upper() if len(name) <= 3 else name.capitalize())
    return "+".join([*(m.capitalize() for m in modifiers), label])
