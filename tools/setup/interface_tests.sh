#!/usr/bin/env bash
# interface_tests.sh newest|oldest [pytest options]: the tests of training/interfaces with all RL libraries, and of training/cluster
# with a Ray cluster, in an environment of their own over .venv, whose torch and core they use.
set -euo pipefail
cd "$(dirname "$0")/../.."
which=${1:-newest}
shift || true
case $which in
  newest) libraries=("gymnasium" "stable-baselines3" "skrl" "rsl-rl-lib" "torchrl" "ray[rllib]") ;;
  # As pyproject.toml names them.
  oldest)
    libraries=("gymnasium==1.1.1" "stable-baselines3==2.6.0" "skrl==2.0.0" "rsl-rl-lib==5.0.0" "torchrl==0.13.1" "ray[rllib]==2.52.0")
    ;;
  *) echo "interface_tests.sh: $which: newest or oldest is expected" >&2; exit 2 ;;
esac
venv=.venv-interfaces-$which
if [[ ! -x $venv/bin/python ]]; then
  .venv/bin/python -m venv "$venv"
  base=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  own=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  echo "import site; site.addsitedir('$base')" >"$own/muscle_viewer_base.pth"
fi
torch=$("$venv/bin/python" -c 'import torch; print(torch.__version__.partition("+")[0])')
echo "Installing ${libraries[*]} into $venv"
"$venv/bin/python" -m pip --disable-pip-version-check install -qq "torch==$torch" "${libraries[@]}" moviepy
TEST_LIBRARIES=1 OMP_NUM_THREADS=1 "$venv/bin/python" -m pytest tests/training/interfaces tests/libraries "$@"
