"""Writes the still picture's character that the window shows while the shipped checkpoint loads.

python tools/docs/make_preview.py [checkpoints/walk.pt]
"""

from __future__ import annotations

import sys
from pathlib import Path

from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.viewer.app import preview
from muscle_viewer.viewer.app.opening import open_path

if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else checkpoints_folder() / "walk.pt"
    session = open_path(path).session
    preview.write(path.with_suffix(preview.SUFFIX), session.info, session.reset())
    print(path.with_suffix(preview.SUFFIX))
