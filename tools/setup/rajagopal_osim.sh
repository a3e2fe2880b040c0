#!/usr/bin/env bash
# Brings Rajagopal2015.osim, the model that the human was made from and that its tests compare with, to a path:
#   tools/setup/rajagopal_osim.sh .venv/oracle/Rajagopal2015.osim
# The package nimblephysics (MIT) carries it; nothing else of that package is used, so any platform's will do.
set -euo pipefail
out=$1
cd "$(dirname "$0")/../.."
PYTHON=$PWD/.venv/bin/python
PACKAGE=nimblephysics==0.10.52.1
MEMBER=nimblephysics/models/rajagopal_data/Rajagopal2015.osim

echo "Bringing Rajagopal2015.osim out of $PACKAGE"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$PYTHON" -m pip --disable-pip-version-check download -qq --no-deps --only-binary :all: --python-version 3.11 \
  --platform manylinux_2_28_x86_64 --dest "$folder" "$PACKAGE"
"$PYTHON" -m zipfile --extract "$folder"/nimblephysics-*.whl "$folder"
mkdir -p "$(dirname "$out")"
mv "$folder/$MEMBER" "$out"
