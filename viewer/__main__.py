"""`python -m muscle_viewer.viewer` is `muscle-viewer`."""

import sys

from muscle_viewer.viewer.cli import main

sys.exit(main())
