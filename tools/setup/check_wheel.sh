#!/usr/bin/env bash
# Builds an sdist and a wheel in dist/, installs the wheel into a new environment outside the source tree, and runs it there
# as on a machine that is not ours: a user without a home, site-packages that cannot be written, a locale with a decimal comma.
#
#   tools/setup/check_wheel.sh                           the Python of .venv, with what is compiled already
#   tools/setup/check_wheel.sh python3.12 python3.13     other versions of Python, each with a core compiled from the sdist
#
# TORCH=torch==2.12.0 takes another torch for other Pythons.
set -euo pipefail
cd "$(dirname "$0")/../.."
ROOT=$PWD
VENV=$ROOT/.venv/bin/python
TORCH=${TORCH:-torch==2.13.0}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
chmod 755 "$work"

step() {
  echo "-- $*"
}

make_sdist() {
  step "sdist"
  mkdir -p dist "$work/sdist"
  rm -f dist/muscle_viewer-*.tar.gz
  "$VENV" -c 'from scikit_build_core.build import build_sdist; print("dist/" + build_sdist("dist"))' | tail -1
  tar -xzf dist/muscle_viewer-*.tar.gz -C "$work/sdist" --strip-components 1
  # All that a build reads is in it, unchanged.
  local part
  for part in CMakeLists.txt pyproject.toml README.md LICENSE core viewer training assets checkpoints; do
    diff -r -x __pycache__ "$part" "$work/sdist/$part"
  done
}

make_wheel() { # make_wheel PYTHON SOURCE
  PATH="$(dirname "$1"):$PATH" "$1" -m pip wheel -q --no-build-isolation --no-deps --wheel-dir "$work/wheel" "$2"
  cp "$work"/wheel/*.whl dist/
}

make_build_environment() { # make_build_environment PYTHON: what a wheel is compiled with
  "$1" -m venv "$work/build"
  "$work/build/bin/python" -m pip install -qq "$TORCH" numpy "scikit-build-core>=1.1" "pybind11>=3.0" "cmake>=3.24" ninja
}

make_comma_locale() {
  comma=C.UTF-8
  if [[ -e /usr/share/i18n/locales/de_DE ]] && command -v localedef >/dev/null; then
    mkdir -p "$work/locale"
    localedef -i de_DE -f UTF-8 "$work/locale/de_DE.UTF-8"
    comma=de_DE.UTF-8
    [[ $(LOCPATH=$work/locale LC_ALL=$comma bash -c 'printf %.1f 0,5' 2>/dev/null) == 0,5 ]]
  else
    echo "No locale has a decimal comma here (the package locales brings one): left out"
  fi
}

as_stranger() { # as_stranger COMMAND...: as another user if possible, in a separate folder
  local user=()
  if [[ $EUID -eq 0 ]]; then
    user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    # A Python within root's home is not for others: root, then, but bound by the files' modes.
    "${user[@]}" "$work/run/bin/python" -c '' 2>/dev/null || user=(setpriv --bounding-set=-dac_override)
  fi
  (cd "$work/folder" && env -i PATH=/usr/local/bin:/usr/bin:/bin LOCPATH="$work/locale" LC_ALL="$comma" "${user[@]}" "$@")
}

run_wheel() { # run_wheel PYTHON
  "$1" -m venv "$work/run"
  "$work/run/bin/python" -m pip install -qq "$work"/wheel/*.whl
  "$work/run/bin/python" -m pip check
  chmod -R a-w "$work/run"
  mkdir -p -m 777 "$work/folder"
  local site bin=$work/run/bin
  site=$("$bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  if as_stranger touch "$site/written" 2>/dev/null; then
    echo "error: $site can be written" >&2
    exit 1
  fi
  as_stranger "$bin/muscle-viewer" --headless --num-envs 4 --steps 20 --json >"$work/report.json"
  "$bin/python" "$ROOT/tools/setup/check_report.py" 4 <"$work/report.json"
  as_stranger "$bin/muscle-viewer" --screenshot shot.png --at 0.5 --size 640x360
  # A program that uses the package may have taken the locale's comma for C's own functions, too.
  as_stranger "$bin/python" -c '
import locale, sys
locale.setlocale(locale.LC_ALL, "")
from muscle_viewer.viewer.cli import main
sys.exit(main())' --screenshot comma.png --at 0.5 --size 640x360
  "$bin/python" - "$work/folder" <<'PYTHON'
import sys
from pathlib import Path

import numpy as np
from PIL import Image

plain, comma = (np.asarray(Image.open(Path(sys.argv[1]) / f"{name}.png")) for name in ("shot", "comma"))
assert plain.shape[:2] == (360, 640), plain.shape
assert plain.std() > 10, "the picture is empty"
assert (plain == comma).all(), "a decimal comma changes the picture"
print("screenshots: 640x360, the same under a decimal comma")
PYTHON
  chmod -R u+w "$work/run"
  rm -rf "$work/run" "$work/build" "$work/wheel" "$work/folder"
}

make_sdist
make_comma_locale
if [[ $# -eq 0 ]]; then
  step "wheel: $("$VENV" --version), with what .venv has compiled"
  make_wheel "$VENV" "$ROOT"
  run_wheel "$VENV"
fi
for python in "$@"; do
  if ! "$python" -c '' 2>/dev/null; then
    echo "$python is not here: left out"
    continue
  fi
  step "wheel: $("$python" --version), out of the sdist"
  make_build_environment "$python"
  make_wheel "$work/build/bin/python" "$ROOT"/dist/muscle_viewer-*.tar.gz
  run_wheel "$python"
done
