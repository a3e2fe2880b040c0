"""The key bindings. The menus, the command palette and the help panel are generated from this table.

Keys are named as Dear ImGui names them (`imgui.Key.space` is "space"), with the prefixes "ctrl+" and "shift+".
"""

from __future__ import annotations

from dataclasses import dataclass

from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.moments import STRIKE, TOE_OFF


@dataclass(frozen=True)
class Binding:
    """One action and its keys."""

    section: str
    keys: tuple[str, ...]
    text: str
    command: c.Command
    repeats: bool = False
    """Whether the command is sent repeatedly while the key is held."""


NEWEST = 2**62
"""An index beyond that of any frame of the history."""

KEYMAP: tuple[Binding, ...] = (
    Binding("Simulation", ("space",), "Play or pause", c.TogglePlay()),
    Binding(
        "Simulation",
        ("right_arrow", "period"),
        "Step forward by one control step",
        c.Step(),
        repeats=True,
    ),
    Binding(
        "Simulation",
        ("left_arrow", "comma"),
        "Step back by one control step",
        c.Step(-1),
        repeats=True,
    ),
    Binding(
        "Simulation",
        ("enter", "keypad_enter"),
        "Resume simulating from the shown frame",
        c.Resume(),
    ),
    Binding("Simulation", ("end",), "Go to the newest frame", c.Seek(NEWEST)),
    Binding("Simulation", ("right_bracket",), "Go to the next heel strike", c.GoTo(STRIKE)),
    Binding("Simulation", ("left_bracket",), "Go to the heel strike before", c.GoTo(STRIKE, -1)),
    Binding("Simulation", ("shift+right_bracket",), "Go to the next toe-off", c.GoTo(TOE_OFF)),
    Binding("Simulation", ("shift+left_bracket",), "Go to the toe-off before", c.GoTo(TOE_OFF, -1)),
    Binding("Simulation", ("r", "backspace"), "Reset", c.Reset()),
    Binding("Simulation", ("equal", "shift+equal", "keypad_add"), "Faster", c.Faster()),
    Binding("Simulation", ("minus", "keypad_subtract"), "Slower", c.Slower()),
    Binding("Simulation", ("0", "keypad0"), "Real-time speed", c.SetSpeed(1.0)),
    Binding("Simulation", ("w",), "Go on with the next motion", c.NextClip()),
    Binding("Simulation", ("shift+w",), "Go on with the motion before", c.NextClip(-1)),
    Binding("Simulation", ("e",), "16 environments, or the simulation again", c.ToggleCrowd()),
    Binding("Perturb", ("shift+up_arrow",), "Push from behind", c.PushFrom(0.0, 1.0)),
    Binding("Perturb", ("shift+down_arrow",), "Push from the front", c.PushFrom(0.0, -1.0)),
    Binding("Perturb", ("shift+left_arrow",), "Push from the right", c.PushFrom(1.0, 0.0)),
    Binding("Perturb", ("shift+right_arrow",), "Push from the left", c.PushFrom(-1.0, 0.0)),
    Binding("Perturb", ("shift+escape",), "Release all held muscles", c.ClearOverrides()),
    Binding("Perturb", ("ctrl+z",), "Undo the last change", c.Undo()),
    Binding("Perturb", ("ctrl+y", "ctrl+shift+z"), "Make an undone change again", c.Redo()),
    Binding("Camera", ("f",), "Follow the character", c.ToggleFollow()),
    Binding("Camera", ("home", "1"), "Three-quarter view", c.LookFrom("three-quarter")),
    Binding("Camera", ("2",), "Front view", c.LookFrom("front")),
    Binding("Camera", ("3",), "Right view", c.LookFrom("right")),
    Binding("Camera", ("4",), "Left view", c.LookFrom("left")),
    Binding("Camera", ("5",), "Back view", c.LookFrom("back")),
    Binding("Camera", ("6",), "Top view", c.LookFrom("top")),
    Binding("View", ("m",), "Muscles", c.ToggleLayer("muscles")),
    Binding("View", ("b",), "Bones", c.ToggleLayer("bones")),
    Binding("View", ("s",), "Shadows", c.ToggleLayer("shadows")),
    Binding("View", ("g",), "Grid", c.ToggleLayer("grid")),
    Binding("View", ("l",), "Legend", c.ToggleLayer("legend")),
    Binding("View", ("n",), "Ground reaction forces", c.ToggleLayer("ground reaction forces")),
    Binding("View", ("c",), "Centre of mass and its trajectory", c.ToggleLayer("centre of mass")),
    Binding("View", ("t",), "Footprints", c.ToggleLayer("footprints")),
    Binding("View", ("v",), "Reference ghost", c.ToggleLayer("reference ghost")),
    Binding("View", ("x",), "Target ghost", c.ToggleLayer("target ghost")),
    Binding("View", ("o",), "Contact geometry", c.ToggleLayer("contact geometry")),
    Binding("View", ("j",), "Box skin", c.ToggleLayer("box skin")),
    Binding("View", ("shift+j",), "Capsule skin", c.ToggleLayer("capsule skin")),
    Binding("View", ("i",), "Show all muscle groups", c.Isolate(None)),
    Binding("View", ("k",), "Compare side by side or as a ghost", c.ToggleComparison()),
    Binding("View", ("f2",), "Light or dark panels", c.ToggleLightPanels()),
    Binding("View", ("escape",), "Clear the selection", c.ClearSelection()),
    Binding("Program", ("ctrl+p",), "Command palette", c.TogglePanel("Command palette")),
    Binding("Program", ("f1", "h"), "Help", c.TogglePanel("Help")),
    Binding("Program", ("tab",), "Show or hide all panels", c.TogglePanels()),
    Binding("Program", ("f6",), "Give the keyboard to the next panel", c.NextPanel()),
    Binding("Program", ("shift+f6",), "Give the keyboard to the panel before", c.NextPanel(-1)),
    Binding("Capture", ("f12", "p"), "Save a screenshot", c.SaveScreenshot()),
    Binding(
        "Capture",
        ("shift+f12",),
        "Save a screenshot without panels",
        c.SaveScreenshot(panels=False),
    ),
    Binding("Capture", ("ctrl+c",), "Copy a screenshot", c.CopyScreenshot()),
    Binding(
        "Capture", ("ctrl+shift+c",), "Copy a screenshot without panels", c.CopyScreenshot(False)
    ),
    Binding(
        "Capture", ("f9",), "Start or stop recording a video (.mp4)", c.ToggleFilm(ending=".mp4")
    ),
    Binding(
        "Capture",
        ("shift+f9",),
        "Start or stop recording a video (.gif)",
        c.ToggleFilm(ending=".gif"),
    ),
    Binding("File", ("ctrl+o",), "Open ...", c.OpenDialog()),
    Binding("File", ("ctrl+shift+o",), "Compare with ...", c.OpenDialog(compare=True)),
    Binding("File", ("ctrl+s",), "Save the run (.mvrun)", c.SaveRun()),
    Binding("File", ("ctrl+shift+s",), "Save the run as ...", c.SaveDialog(c.SaveRun())),
    Binding("File", ("ctrl+r", "f5"), "Reload the checkpoint", c.Reload()),
    Binding("File", ("ctrl+q",), "Quit", c.Quit()),
)

MOUSE: tuple[tuple[str, str], ...] = (
    ("Click", "Select a muscle"),
    ("Ctrl+click, Shift+click", "Add to the selection"),
    ("Shift+drag", "Select the muscles in a rectangle"),
    ("Ctrl+Shift+drag", "Add the muscles in a rectangle to the selection"),
    ("Ctrl+drag", "Pull a body with a spring"),
    ("Left drag", "Rotate the camera"),
    ("Right or middle drag", "Pan the camera"),
    ("Wheel", "Zoom towards the mouse"),
    ("Double-click", "Focus the camera on a point"),
    ("Right click", "Menu of what is under the mouse"),
)
"""Actions of the mouse in the 3D view, for the help panel."""

IN_PANELS: tuple[tuple[str, str], ...] = (
    ("F6, Shift+F6", "Go to the next panel, to the one before; its tab comes to the front"),
    ("Arrows, Tab", "Go to another slider, button or list"),
    ("Space", "Press it; a slider then moves by Left and Right, until Space"),
    ("Enter", "Type a value for a slider"),
    ("Esc", "Give the keyboard back: keys are hotkeys again, as after a click in the 3D view"),
)
"""Keys while a panel has the keyboard, for the help panel."""

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
    "left_bracket": "[",
    "right_bracket": "]",
    "equal": "=",
    "minus": "-",
    "keypad_add": "Keypad +",
    "keypad_subtract": "Keypad -",
    "keypad0": "Keypad 0",
    "escape": "Esc",
}


def key_label(key: str) -> str:
    """The usual notation of a key: "Ctrl+Q" for "ctrl+q", "+" for "shift+equal"."""
    if key == "shift+equal":
        return "+"
    *modifiers, name = key.split("+")
    label = _NAMES.get(name, name.upper() if len(name) <= 3 else name.capitalize())
    return "+".join([*(m.capitalize() for m in modifiers), label])
