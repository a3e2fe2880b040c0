"""The window and its input. No other module uses GLFW."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import glfw
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.app.running import RESTING_PERIOD, SETTLING, application
from muscle_viewer.viewer.capture.offscreen import OTHER_DRIVER

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.app.loading import Say
    from muscle_viewer.viewer.app.opening import Opened


LOADING_PERIOD = 0.08
"""Seconds between pictures while a file loads in the background, which needs the processor more."""

LONGEST = 0.05
"""Largest time that passes in the first picture after a rest, s."""


class WindowError(UserError):
    """The window cannot be opened."""


class Window:
    """A GLFW window with an OpenGL 3.3 core context.

    by_egl: made by EGL on X11 too, for programs that also draw offscreen: PyOpenGL knows one of both in a process.
    """

    framebuffer = 0

    def __init__(self, title: str, size: tuple[int, int], by_egl: bool = False) -> None:
        reasons: list[str] = []
        glfw.set_error_callback(lambda _, text: reasons.append(_plain(text)))
        if not glfw.init():
            raise WindowError(f"no window can be opened: {_no_display(reasons)}")
        for hint, value in (
            (glfw.CONTEXT_VERSION_MAJOR, 3),
            (glfw.CONTEXT_VERSION_MINOR, 3),
            (glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE),
            (glfw.OPENGL_FORWARD_COMPAT, True),
            (glfw.SCALE_TO_MONITOR, True),
        ):
            glfw.window_hint(hint, value)
        for hint in (glfw.X11_CLASS_NAME, glfw.X11_INSTANCE_NAME, glfw.WAYLAND_APP_ID):
            glfw.window_hint_string(hint, "muscle-viewer")
        if by_egl:
            glfw.window_hint(glfw.CONTEXT_CREATION_API, glfw.EGL_CONTEXT_API)
        self.handle = glfw.create_window(*size, title, None, None)
        if not self.handle:
            glfw.terminate()
            raise WindowError(
                f"no window can be opened: the driver gives no OpenGL 3.3; {OTHER_DRIVER}"
            )
        glfw.make_context_current(self.handle)
        if sys.platform.startswith("linux"):
            # PyOpenGL would guess from the session, which need not be what GLFW chose.
            wayland = glfw.get_platform() == glfw.PLATFORM_WAYLAND
            os.environ["PYOPENGL_PLATFORM"] = "egl" if wayland or by_egl else "glx"
        glfw.swap_interval(1)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the framebuffer, pixels."""
        width, height = glfw.get_framebuffer_size(self.handle)
        return width, height

    @property
    def scale(self) -> float:
        """Content scale of the monitor."""
        return float(glfw.get_window_content_scale(self.handle)[0])

    def close(self) -> None:
        """Close the window."""
        glfw.destroy_window(self.handle)
        glfw.terminate()


class Input:
    """Passes GLFW's input events to Dear ImGui, in framebuffer coordinates."""

    def __init__(self, window: Window) -> None:
        from imgui_bundle import imgui

        self._io = imgui.get_io()
        self._window = window
        self.last = time.perf_counter()
        """When the last event arrived."""
        self._held: set[int] = set()
        """Keys that are down."""
        self._keys = _key_map(imgui.Key)
        self._modifiers = imgui.Key
        handle = window.handle
        io = self._io
        glfw.set_key_callback(handle, self._noting(self._on_key))
        glfw.set_char_callback(handle, self._noting(lambda _, char: io.add_input_character(char)))
        glfw.set_cursor_pos_callback(handle, self._noting(self._on_move))
        glfw.set_mouse_button_callback(handle, self._noting(self._on_button))
        wheel = self._noting(lambda _, x, y: io.add_mouse_wheel_event(x, y))
        glfw.set_scroll_callback(handle, wheel)
        focus = self._noting(lambda _, on: io.add_focus_event(bool(on)))
        glfw.set_window_focus_callback(handle, focus)
        glfw.set_window_refresh_callback(handle, self._noting(lambda _: None))
        glfw.set_framebuffer_size_callback(handle, self._noting(lambda *_: None))

    def _noting(self, callback: Callable[..., object]) -> Callable[..., None]:
        """A callback that notes the time of its event."""

        def noting(*arguments: Any) -> None:
            self.last = time.perf_counter()
            callback(*arguments)

        return noting

    @property
    def is_quiet(self) -> bool:
        """Whether no event arrived for a while, no key or button is held, and nothing takes text."""
        io = self._io
        held = any(io.mouse_down[k] for k in range(3)) or bool(self._held)
        waited = time.perf_counter() - self.last > SETTLING
        return waited and not (held or io.want_text_input)

    def _on_key(self, _: Any, key: int, __: int, action: int, mods: int) -> None:
        if action == glfw.REPEAT:
            return
        io, names = self._io, self._modifiers
        (self._held.add if action == glfw.PRESS else self._held.discard)(key)
        io.add_key_event(names.mod_ctrl, bool(mods & glfw.MOD_CONTROL))
        io.add_key_event(names.mod_shift, bool(mods & glfw.MOD_SHIFT))
        io.add_key_event(names.mod_alt, bool(mods & glfw.MOD_ALT))
        if key in self._keys:
            io.add_key_event(self._keys[key], action == glfw.PRESS)

    def _on_move(self, handle: Any, x: float, y: float) -> None:
        width, _ = glfw.get_window_size(handle)
        ratio = self._window.size[0] / max(width, 1)
        self._io.add_mouse_pos_event(x * ratio, y * ratio)

    def _on_button(self, _: Any, button: int, action: int, mods: int) -> None:
        names = self._modifiers
        self._io.add_key_event(names.mod_ctrl, bool(mods & glfw.MOD_CONTROL))
        self._io.add_key_event(names.mod_shift, bool(mods & glfw.MOD_SHIFT))
        if button < 5:
            self._io.add_mouse_button_event(button, action == glfw.PRESS)


def _no_display(reasons: Sequence[str]) -> str:
    """The reason why no display can be opened: the displays named in the environment, or else GLFW's messages."""
    named = [f"{n}={os.environ[n]}" for n in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(n)]
    if named:
        return f"{' and '.join(named)}: no display answers there; `muscle-viewer render` needs none"
    return "; ".join(reasons) or "GLFW does not start"


def _plain(text: str | bytes) -> str:
    """A text of GLFW, which returns bytes in spite of its type stubs."""
    return text.decode(errors="replace") if isinstance(text, bytes) else text


def _key_map(keys: Any) -> dict[int, Any]:
    """Map from GLFW's key codes to Dear ImGui's keys, for the keys that both have."""
    special = {
        "left": "left_arrow", "right": "right_arrow", "up": "up_arrow", "down": "down_arrow",
        "kp_add": "keypad_add", "kp_subtract": "keypad_subtract", "kp_enter": "keypad_enter",
    }  # fmt: skip
    special |= {f"kp_{n}": f"keypad{n}" for n in range(10)} | {f"{n}": f"_{n}" for n in range(10)}
    found = {}
    for attribute in dir(glfw):
        if not attribute.startswith("KEY_"):
            continue
        name = attribute[4:].lower()
        name = special.get(name, name)
        if hasattr(keys, name):
            found[getattr(glfw, attribute)] = getattr(keys, name)
    return found


def show(
    path: Path,
    size: tuple[int, int],
    open_it: Callable[[Say], Opened],
    each_frame: Callable[[App], None] | None = None,
    rests: bool = True,
) -> None:
    """Open the window, load the path in the background, and run until the window is closed.

    `rests`: draw nothing while nothing changes. `each_frame` is called after every picture, and after every look at the
    files while nothing is drawn.
    """
    window = Window(f"Muscle Viewer - {path.name}", size)
    app = application(path, window, open_it)
    events = Input(window)
    glfw.set_drop_callback(window.handle, _dropping(app))
    title = path.name
    try:
        app.frame(0.0)
        glfw.swap_buffers(window.handle)
        if app.is_waiting:
            app.documents.load(path, open_it)
        before = time.perf_counter()
        while not (app.quit or glfw.window_should_close(window.handle)):
            resting = rests and app.is_at_rest and events.is_quiet
            if app.documents.loading or resting:
                glfw.wait_events_timeout(RESTING_PERIOD if resting else LOADING_PERIOD)
            else:
                glfw.poll_events()
            now = time.perf_counter()
            if resting and app.is_at_rest and events.is_quiet:
                app.rest(now - before)
            else:
                app.frame(min(now - before, LONGEST) if resting else now - before)
                glfw.swap_buffers(window.handle)
            if app.title != title:
                title = app.title
                glfw.set_window_title(window.handle, f"Muscle Viewer - {title}")
            before = now
            if each_frame:
                each_frame(app)
    finally:
        app.close()
        window.close()


def _dropping(app: App) -> Any:
    """GLFW's callback for files that are dropped on the window: opens the file."""
    from muscle_viewer.viewer import commands as c

    def drop(_: Any, paths: Sequence[str]) -> None:
        if paths:
            app.send(c.Open(Path(paths[0])))

    return drop
