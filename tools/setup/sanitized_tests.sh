#!/usr/bin/env bash
# Builds the core with sanitizers and runs tests with it; the installed core is not changed. The first finding ends the tests.
#   tools/setup/sanitized_tests.sh                  everything: the core's tests and the fuzzer under AddressSanitizer and
#                                                   UndefinedBehaviorSanitizer, the tests of threads under ThreadSanitizer
#   tools/setup/sanitized_tests.sh ARGUMENTS        pytest with these under AddressSanitizer and UndefinedBehaviorSanitizer
set -euo pipefail
cd "$(dirname "$0")/../.."

build() { # build FOLDER SANITIZERS: the core in a separate folder
  .venv/bin/cmake -S . -B "$1" -G Ninja "-DMUSCLE_SANITIZE=$2" "-DPython_EXECUTABLE=$PWD/.venv/bin/python"
  .venv/bin/cmake --build "$1"
}

preload() { # preload LIBRARY...: the runtimes must be there before Python; with them the library whose exceptions they look at
  local library
  for library in "$@" libstdc++.so; do printf ' %s' "$(g++ "-print-file-name=$library")"; done
}

on() { # on FOLDER PRELOAD COMMAND...: run a command with the core of a folder
  local folder=$1 libraries=$2
  shift 2
  MUSCLE_CORE_BUILD=$PWD/$folder PYTHONPATH=$PWD/tools/setup/sanitized LD_PRELOAD=$libraries "$@"
}

# Python and libtorch keep much until the end: leaks are not looked for. A damaged file may ask for memory that is not there.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:exitcode=66
python=.venv/bin/python

build build/asan address,undefined
asan=$(preload libasan.so libubsan.so)
if [[ $# -gt 0 ]]; then
  on build/asan "$asan" "$python" -m pytest -p no:cacheprovider "$@"
  exit
fi
# An allocation counter conflicts with AddressSanitizer's; its inline functions are not the shipped ones.
on build/asan "$asan" "$python" -m pytest -p no:cacheprovider --numprocesses "${JOBS:-$(nproc)}" --no-loadscope-reorder --exitfirst \
  tests/core --ignore=tests/core/test_allocations.py --ignore=tests/core/test_instruction_sets.py
on build/asan "$asan" "$python" -W ignore -m tools.fuzz --seconds "${FUZZ_SECONDS:-60}"

build build/tsan thread
# ThreadSanitizer wants the address space layout that setarch -R gives on recent kernels.
layout=()
command -v setarch > /dev/null && layout=(setarch -R)
on build/tsan "$(preload libtsan.so)" "${layout[@]}" "$python" -m pytest -p no:cacheprovider tests/core/test_thread_pool.py \
  tests/core/test_batch_env.py -k "thread or pool or weights or concurrent or spread"
echo "sanitized tests: green"
