"""The memory of library code that only starting needed."""

import resource
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.viewer.app.code_pages import CodePages, unchanged_code, unmap_code

SMAPS = """\
10000-30000 r-xp 00000000 08:01 7    /lib/a library.so
Rss:                 128 kB
Anonymous:             0 kB
30000-40000 rw-p 00020000 08:01 7    /lib/a library.so
Anonymous:             0 kB
40000-50000 r-xp 00000000 08:01 8    /lib/patched.so
Anonymous:             4 kB
50000-60000 r-xp 00000000 00:00 0
Anonymous:             0 kB
60000-70000 r-xp 00000000 00:00 0    [vdso]
Anonymous:             0 kB
"""


def test_only_code_that_is_as_in_its_file_is_unmapped() -> None:
    assert list(unchanged_code(SMAPS.splitlines())) == [(0x10000, 0x30000)]


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs Linux's smaps")
def test_code_goes_on_after_it_was_unmapped() -> None:
    import torch

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    before = resident()
    unmap_code()
    assert before - resident() > 20e6
    product = torch.ones(3, 4) @ torch.ones(4)
    assert np.array_equal(product.numpy(), [4.0, 4.0, 4.0])


def test_it_waits_until_a_file_has_been_shown_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[str] = []
    monkeypatch.setattr("threading.Thread.start", lambda thread: began.append(thread.name))
    pages = CodePages()
    for is_loading, count in ((True, 0), (False, 0), (False, 1), (False, 1)):
        pages.advance(4.0, is_loading)
        assert len(began) == count
