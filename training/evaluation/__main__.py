"""`python -m muscle_viewer.training.evaluation` is `muscle-eval`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
