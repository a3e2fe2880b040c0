"""The renderer of the scene, in OpenGL 3.3 core. Outside of this folder and capture/, little code calls OpenGL.

Error checking after every call costs more than the calls; MUSCLE_VIEWER_DEBUG_GL=1 turns it on.
"""

import os
import sys

import OpenGL

OpenGL.ERROR_CHECKING = OpenGL.ERROR_LOGGING = os.environ.get("MUSCLE_VIEWER_DEBUG_GL") == "1"

if "OpenGL._configflags" in sys.modules:
    # Offscreen, PyOpenGL's EGL comes first: it cannot be imported without checks, and has them for all that follows.
    sys.modules["OpenGL._configflags"].ERROR_CHECKING = OpenGL.ERROR_CHECKING  # type: ignore[attr-defined]
