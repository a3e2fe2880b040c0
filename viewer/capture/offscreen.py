"""Offscreen rendering by an EGL context without a window system."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

SURFACELESS_PLATFORM = 0x31DD
"""EGL_PLATFORM_SURFACELESS_MESA."""

DEVICE_PLATFORM = 0x313F
"""EGL_PLATFORM_DEVICE_EXT, for a graphics card's own driver without Mesa."""

CONTEXT_MAJOR, CONTEXT_MINOR, PROFILE_MASK, CORE_PROFILE = 0x3098, 0x30FB, 0x30FD, 1
"""EGL_CONTEXT_MAJOR_VERSION, _MINOR_VERSION, _OPENGL_PROFILE_MASK, _OPENGL_CORE_PROFILE_BIT."""


def scale_for(size: tuple[int, int]) -> float:
    """Pixels per layout unit in a picture of a size: above 1 for pictures larger than 1920 x 1080."""
    return max(1.0, min(size[0] / 1920, size[1] / 1080))


OTHER_DRIVER = "update it, or draw by Mesa on the processor (LIBGL_ALWAYS_SOFTWARE=1)"
"""Advice for a driver that is too old."""


class NoContextError(RuntimeError):
    """EGL cannot render on this machine; the message says why."""


class Offscreen:
    """A framebuffer of a fixed size in an OpenGL 3.3 core context of its own."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        """Width and height, pixels."""
        self.scale = scale_for(size)
        """Pixels per layout unit."""
        os.environ["PYOPENGL_PLATFORM"] = "egl"
        self._display, self._context, self._surface = _make_context()
        import muscle_viewer.viewer.scene.render  # noqa: F401 - sets PyOpenGL's options before its first call
        from muscle_viewer.viewer.scene.render.framebuffer import Framebuffer

        self._target = Framebuffer(size)
        self.framebuffer = self._target.framebuffer

    def read(self) -> np.ndarray:
        """The picture, uint8 of shape (height, width, 3), top row first."""
        return self._target.read()

    def make_current(self) -> None:
        """Draw here again, where a program has several contexts."""
        from OpenGL import EGL

        EGL.eglMakeCurrent(self._display, self._surface, self._surface, self._context)

    def close(self) -> None:
        """Destroy the context."""
        from OpenGL import EGL

        no_surface, no_context = EGL.EGL_NO_SURFACE, EGL.EGL_NO_CONTEXT
        EGL.eglMakeCurrent(self._display, no_surface, no_surface, no_context)
        EGL.eglDestroyContext(self._display, self._context)
        EGL.eglDestroySurface(self._display, self._surface)


def _make_context() -> tuple[Any, Any, Any]:
    # PyOpenGL has one platform's functions in a process, of the platform that its first import found in PYOPENGL_PLATFORM.
    loaded = getattr(sys.modules.get("OpenGL.platform"), "PLATFORM", None)
    if loaded is not None and type(loaded).__name__ != "EGLPlatform":
        raise NoContextError(
            "OpenGL was loaded for windows in this process before; draw pictures in a process of their own, "
            "or set PYOPENGL_PLATFORM=egl before it starts"
        )
    # PyOpenGL has an exception type for every layer of EGL, and puts its own objects into their texts.
    try:
        from OpenGL import EGL
        from OpenGL.EGL.EXT import platform_base  # noqa: F401 - for what _display needs
    except (ImportError, AttributeError):
        raise NoContextError("libEGL cannot be loaded; install libegl1") from None
    try:
        display = _display(EGL)
    except Exception as error:
        raise NoContextError("EGL finds no driver; install libgl1-mesa-dri") from error
    try:
        EGL.eglBindAPI(EGL.EGL_OPENGL_API)
        config = _choose_config(EGL, display)
        surface = EGL.eglCreatePbufferSurface(
            display, config, _attributes(EGL, EGL.EGL_WIDTH, 16, EGL.EGL_HEIGHT, 16)
        )
        attributes = _attributes(
            EGL, CONTEXT_MAJOR, 3, CONTEXT_MINOR, 3, PROFILE_MASK, CORE_PROFILE
        )
        context = EGL.eglCreateContext(display, config, EGL.EGL_NO_CONTEXT, attributes)
        EGL.eglMakeCurrent(display, surface, surface, context)
    except Exception as error:
        raise NoContextError(f"the driver gives no OpenGL 3.3; {OTHER_DRIVER}") from error
    return display, context, surface


def _display(egl: Any) -> Any:
    """An EGL display without a window system: Mesa's, or that of the first device that has one."""
    from OpenGL.EGL.EXT.device_base import egl_get_devices
    from OpenGL.EGL.EXT.platform_base import eglGetPlatformDisplayEXT

    try:
        display = eglGetPlatformDisplayEXT(SURFACELESS_PLATFORM, egl.EGL_DEFAULT_DISPLAY, None)
        egl.eglInitialize(display, egl.EGLint(), egl.EGLint())
        return display
    except Exception:
        for device in egl_get_devices():
            with suppress(Exception):
                display = eglGetPlatformDisplayEXT(DEVICE_PLATFORM, device, None)
                egl.eglInitialize(display, egl.EGLint(), egl.EGLint())
                return display
        raise


def _choose_config(egl: Any, display: Any) -> Any:
    configs, count = (egl.EGLConfig * 1)(), egl.EGLint()
    attributes = _attributes(
        egl, egl.EGL_SURFACE_TYPE, egl.EGL_PBUFFER_BIT, egl.EGL_RENDERABLE_TYPE, egl.EGL_OPENGL_BIT
    )
    egl.eglChooseConfig(display, attributes, configs, 1, ctypes.byref(count))
    if not count.value:
        raise RuntimeError("EGL offers no OpenGL configuration")
    return configs[0]


def _attributes(egl: Any, *values: int) -> Any:
    return (egl.EGLint * (len(values) + 1))(*values, egl.EGL_NONE)
