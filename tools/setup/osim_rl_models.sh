#!/usr/bin/env bash
# Brings the OpenSim models of osim-rl, with which tests compare, into a folder:
#   tools/setup/osim_rl_models.sh .venv/oracle/osim_rl
# The package's source archive (MIT) carries them; nothing else of that package is used, and it is not installed.
set -euo pipefail
out=$1
cd "$(dirname "$0")/../.."
PYTHON=$PWD/.venv/bin/python
PACKAGE=osim-rl==3.0.11

echo "Bringing the models out of $PACKAGE"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$PYTHON" -m pip --disable-pip-version-check download -qq --no-deps --no-binary :all: --dest "$folder" "$PACKAGE"
tar -xzf "$folder"/osim-rl-*.tar.gz -C "$folder"
mkdir -p "$out"
cp -r "$folder"/osim-rl-*/osim/models/. "$out"
touch "$out"
