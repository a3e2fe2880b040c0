#!/usr/bin/env bash
# Builds the core with AddressSanitizer and UndefinedBehaviorSanitizer in build/asan, and runs tests on it:
#   tools/setup/sanitized_tests.sh [pytest's arguments; none: all of the core's tests but those of whole programs]
# The installed core stays as it is. Any finding ends the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=$PWD/build/asan

.venv/bin/cmake -S . -B "$BUILD" -G Ninja -DMUSCLE_SANITIZE=address,undefined "-DPython_EXECUTABLE=$PWD/.venv/bin/python"
.venv/bin/cmake --build "$BUILD"

# The runtimes must be there before Python; with them the library whose exceptions they look at.
preload=
for library in libasan.so libubsan.so libstdc++.so; do
  preload+=" $(g++ -print-file-name=$library)"
done

if [[ $# -eq 0 ]]; then
  # An allocation counter cannot stand beside AddressSanitizer's own; inline functions under it are not those that ship.
  set -- tests/core --ignore=tests/core/test_allocations.py --ignore=tests/core/test_instruction_sets.py
fi

# Python and libtorch keep much until the end: leaks are not looked for. A damaged file may ask for memory that is not there.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export MUSCLE_CORE_BUILD=$BUILD PYTHONPATH=$PWD/tools/sanitized
LD_PRELOAD=$preload exec .venv/bin/python -m pytest -p no:cacheprovider "$@"
