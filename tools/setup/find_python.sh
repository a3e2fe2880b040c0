#!/usr/bin/env bash
# Prints a Python of 3.11 to 3.13 that runs: python3 if it is one, else the newest; fails if there is none.
set -euo pipefail

for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
  if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; then
    command -v "$python"
    exit 0
  fi
done
exit 1
