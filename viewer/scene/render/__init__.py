"""The renderer of the scene, in OpenGL 3.3 core. Outside of this folder and capture/, little code calls OpenGL.

Error checking after every call costs more than the calls; MUSCLE_VIEWER_DEBUG_GL=1 turns it on.
"""

import os

import OpenGL

OpenGL.ERROR_CHECKING = OpenGL.ERROR_LOGGING = os.environ.get("MUSCLE_VIEWER_DEBUG_GL") == "1"
