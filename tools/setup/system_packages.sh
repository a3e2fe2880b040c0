#!/usr/bin/env bash
# Installs the Debian/Ubuntu packages that building and drawing need and that are missing; says which before it does.
#
#   tools/setup/system_packages.sh build     a compiler, a Python with its headers
#   tools/setup/system_packages.sh view      what a window or an offscreen picture needs
#   tools/setup/system_packages.sh dart      DART, for the engine of that name; nothing else needs it
#   tools/setup/system_packages.sh test      an X server without a screen and what moves its mouse, for the tests of the window
#   tools/setup/system_packages.sh locale    sources of locales, for the check of the wheel under a decimal comma
#
# It asks for what is wanted (a program, a header, a library), not for package names, so what was installed in
# another way counts, and machines without apt are told what to install.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()

need_program() { # need_program PROGRAM PACKAGE
  command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}

need_library() { # need_library SONAME PACKAGE
  local known
  known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)
  [[ $known == *"$1 "* ]] || missing+=("$2")
}

need_header() { # need_header PATH PACKAGE
  [[ -e /usr/include/$1 || -e /usr/local/include/$1 ]] || missing+=("$2")
}

candidate() { # whether apt offers a package
  [[ -n $(apt-cache policy "$1" 2>/dev/null | grep -E 'Candidate: [0-9]') ]]
}

need_python() {
  if [[ -x .venv/bin/python ]]; then
    return
  fi
  local python version
  if python=$(tools/setup/find_python.sh); then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=("python$version-venv")
    "$python" -c 'import os, sysconfig; assert os.path.exists(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null ||
      missing+=("python$version-dev")
    return
  fi
  for version in 3.13 3.12 3.11; do
    if candidate "python$version"; then
      missing+=("python$version" "python$version-venv" "python$version-dev")
      return
    fi
  done
  echo "error: Python 3.11, 3.12 or 3.13 is needed and this system offers none: install one (pyenv or uv can), then try again" >&2
  exit 1
}

update_lists() {
  echo "Reading the package lists (apt-get update)"
  "${as_root[@]}" apt-get update -qq || echo "warning: apt-get update failed; trying with the lists that are there" >&2
}

as_root=()
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
updated=false

for purpose in "$@"; do
  case $purpose in
  build)
    command -v c++ >/dev/null 2>&1 || missing+=(g++)
    if ! tools/setup/find_python.sh >/dev/null && [[ ! -x .venv/bin/python ]] && command -v apt-get >/dev/null; then
      update_lists
      updated=true
    fi
    need_python
    ;;
  view)
    need_library libX11.so.6 libx11-6
    need_library libGL.so.1 libgl1
    need_library libEGL.so.1 libegl1
    need_library libEGL_mesa.so.0 libegl-mesa0
    need_library libGLX_mesa.so.0 libglx-mesa0
    need_library libXcursor.so.1 libxcursor1
    need_library libXi.so.6 libxi6
    need_library libXinerama.so.1 libxinerama1
    need_library libXrandr.so.2 libxrandr2
    need_library libxkbcommon.so.0 libxkbcommon0
    compgen -G '/usr/lib*/*/dri/*swrast*' >/dev/null || compgen -G '/usr/lib*/dri/*swrast*' >/dev/null ||
      missing+=(libgl1-mesa-dri)
    ;;
  dart)
    need_header dart/config.hpp libdart-dev
    ;;
  test)
    need_program Xvfb xvfb
    need_program xdotool xdotool
    need_program chromium chromium
    need_program chromedriver chromium-driver
    ;;
  locale)
    [[ -e /usr/share/i18n/locales/de_DE ]] || missing+=(locales)
    ;;
  *)
    echo "error: '$purpose' is not build, view, dart, test or locale" >&2
    exit 2
    ;;
  esac
done

if [[ ${#missing[@]} -eq 0 ]]; then
  exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
  echo "error: no apt-get here; install what these Debian packages hold, then try again: ${missing[*]}" >&2
  exit 1
fi
if [[ $EUID -ne 0 ]] && ! command -v sudo >/dev/null 2>&1; then
  echo "error: no sudo here; as root: apt-get install ${missing[*]}" >&2
  exit 1
fi

echo "These system packages are missing and will be installed${as_root[0]:+ with sudo}: ${missing[*]}"
if ! $updated; then
  update_lists
fi
if ! "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
  echo "error: apt-get could not install them; install these packages, then try again: ${missing[*]}" >&2
  exit 1
fi
