"""The menu bar: the key bindings by section, files, capture and panels."""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.colormap import MAPS
from muscle_viewer.viewer.scene.view_state import PictureLook
from muscle_viewer.viewer.ui.keymap import KEYMAP, key_label
from muscle_viewer.viewer.ui.panels.context import Context

SIZES = ((1280, 720), (1920, 1080), (2560, 1440), (3840, 2160), (1080, 1080), (1080, 1920))
"""Sizes of screenshots and videos, in addition to the window's own."""

RATES = (15, 30, 60)
"""Frame rates of videos, frames per second."""

FONT_SCALES = (0.8, 1.0, 1.25, 1.5, 2.0)

LAST_SECONDS = (2.0, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Lengths of videos of the history, s."""

EXPORTS = (
    ("npz", "History (.npz)"),
    ("substeps", "Episode at the simulation's rate (.npz)"),
    ("mot", "Motion for OpenSim (.mot)"),
    ("sto", "Activations and forces for OpenSim (.sto)"),
    ("opensim", "Inverse dynamics in OpenSim (a folder)"),
)


def draw(context: Context, send: c.Send) -> None:
    """Draw the menu bar, which shrinks the viewport's work area."""
    if not imgui.begin_main_menu_bar():
        return
    if imgui.begin_menu("File"):
        _files(context, send)
        imgui.end_menu()
    for section in ("Simulation", "Perturb", "Camera", "View"):
        if imgui.begin_menu(section):
            _keys(section, context, send)
            if section == "Camera":
                _saved_views(context, send)
            if section == "View":
                _colour_map(context, send)
                _font_size(context, send)
            imgui.end_menu()
    if imgui.begin_menu("Capture"):
        _capture(context, send)
        imgui.end_menu()
    if imgui.begin_menu("Panels"):
        _panels(context, send)
        imgui.end_menu()
    imgui.end_main_menu_bar()


def _keys(section: str, context: Context, send: c.Send) -> None:
    for binding in KEYMAP:
        if binding.section == section:
            ticked = _is_on(binding.command, context)
            if imgui.menu_item(binding.text, key_label(binding.keys[0]), ticked)[0]:
                send(binding.command)


def _is_on(command: c.Command, context: Context) -> bool:
    """Whether what a command switches is on; False for a command that switches nothing."""
    view = context.view
    match command:
        case c.ToggleLayer(layer):
            return view.shows(layer)
        case c.ToggleFollow():
            return view.follow
        case c.ToggleLightPanels():
            return view.light_panels
        case c.LookFrom(name):
            return view.view_name == name
        case c.TogglePanel(title):
            return title in context.open_panels
        case c.ToggleFilm():
            return context.film_seconds is not None and command.ending == view.look.ending
    return False


def _files(context: Context, send: c.Send) -> None:
    if imgui.begin_menu("Open recent", bool(context.recent)):
        for path in context.recent:
            if imgui.menu_item(f"{path.name}##{path}", str(path.parent), False)[0]:
                send(c.Open(path))
        imgui.end_menu()
    for title, in_dialog in (("Export", False), ("Export as ...", True)):
        if imgui.begin_menu(title):
            for kind, text in EXPORTS:
                if imgui.menu_item(text, "", False)[0]:
                    export = c.ExportHistory(kind)
                    send(c.SaveDialog(export) if in_dialog else export)
            imgui.end_menu()
    _keys("File", context, send)


def _saved_views(context: Context, send: c.Send) -> None:
    imgui.separator()
    for name in context.view.views:
        if imgui.menu_item(name, "", name == context.view.view_name)[0]:
            send(c.LookFrom(name))
    if imgui.menu_item("Save the view as ...", "", False)[0]:
        send(c.NameView())
    if context.view.views and imgui.begin_menu("Delete view"):
        for name in context.view.views:
            if imgui.menu_item(f"{name}##delete", "", False)[0]:
                send(c.DeleteView(name))
        imgui.end_menu()


def _colour_map(context: Context, send: c.Send) -> None:
    if imgui.begin_menu("Colour map"):
        for name in ("", *MAPS):
            if imgui.menu_item(name or "usual", "", name == context.view.colour_map)[0]:
                send(c.SetColourMap(name))
        imgui.end_menu()


def _font_size(context: Context, send: c.Send) -> None:
    if imgui.begin_menu("Font size"):
        for scale in FONT_SCALES:
            if imgui.menu_item(f"{scale:.0%}", "", scale == context.view.font_scale)[0]:
                send(c.SetFontScale(scale))
        imgui.end_menu()


def _capture(context: Context, send: c.Send) -> None:
    _keys("Capture", context, send)
    look = context.view.look
    imgui.separator()
    if imgui.menu_item("Record videos with panels", "", look.panels)[0]:
        send(look_of(replace(look, panels=not look.panels)))
    if imgui.begin_menu("Record the last seconds again"):
        for seconds in LAST_SECONDS:
            if imgui.menu_item(f"{seconds:g} s", "", False)[0]:
                send(c.FilmHistory(seconds))
        imgui.end_menu()
    if imgui.begin_menu("Picture size"):
        if imgui.menu_item("Window size", "", look.size is None)[0]:
            send(look_of(replace(look, size=None)))
        for size in SIZES:
            if imgui.menu_item(f"{size[0]} x {size[1]}", "", look.size == size)[0]:
                send(look_of(replace(look, size=size)))
        imgui.end_menu()
    if imgui.begin_menu("Video frame rate"):
        for rate in RATES:
            if imgui.menu_item(f"{rate} fps", "", look.fps == rate)[0]:
                send(look_of(replace(look, fps=rate)))
        imgui.end_menu()


def look_of(look: PictureLook) -> c.SetPictureLook:
    """The command that sets these options."""
    return c.SetPictureLook(look.panels, look.size, look.ending, look.fps)


def _panels(context: Context, send: c.Send) -> None:
    for title in context.panels:
        if imgui.menu_item(title, "", title in context.open_panels)[0]:
            send(c.Focus(title))
    imgui.separator()
    _keys("Program", context, send)
    if imgui.menu_item("Reset layout", "", False)[0]:
        send(c.ResetLayout())
