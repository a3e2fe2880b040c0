"""Gives back the memory of library code that only starting needed.

Torch, LLVM and Dear ImGui run much code once, to register operators and compile shaders. Its pages stay resident although
nothing uses them again: some 120 MB on Linux. Unmapped, they are read again from the library's file where they are needed.
"""

from __future__ import annotations

import ctypes
import mmap
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

SETTLED = 5.0
"""Seconds of pictures after which starting is over."""

AREA = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(/.*)?$")
"""First line of a mapping in /proc/self/smaps: begin, end, permissions, file."""


class CodePages:
    """Unmaps the unused pages once, when the first file has been shown for a while."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._is_done = False

    def advance(self, elapsed: float, is_loading: bool) -> None:
        """Take note of a picture, `elapsed` wall seconds after the last."""
        self._seconds = 0.0 if is_loading else self._seconds + elapsed
        if not self._is_done and self._seconds > SETTLED:
            self._is_done = True
            threading.Thread(target=unmap_code, name="code pages", daemon=True).start()


def unmap_code() -> None:
    """Unmap the code of libraries; does nothing where the system does not tell its mappings."""
    with suppress(OSError, AttributeError):
        madvise = ctypes.CDLL(None, use_errno=True).madvise
        madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        with Path("/proc/self/smaps").open() as lines:
            areas = list(unchanged_code(lines))
        for begin, end in areas:
            madvise(begin, end - begin, mmap.MADV_DONTNEED)


def unchanged_code(lines: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Begin and end of each mapping of a file's code, of which no page differs from the file, from the lines of smaps."""
    area: tuple[int, int] | None = None
    for line in lines:
        found = AREA.match(line)
        if found:
            is_code = found[3] == "r-xp" and found[4] is not None
            area = (int(found[1], 16), int(found[2], 16)) if is_code else None
        elif area and line.startswith("Anonymous:"):
            if int(line.split()[1]) == 0:
                yield area
            area = None
