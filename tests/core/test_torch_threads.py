"""TorchThreads: the number of torch's threads, of the calling thread alone."""

from __future__ import annotations

import threading

import pytest
import torch
from muscle_viewer.core import _core


def test_the_limit_is_of_the_calling_thread_and_ends_with_its_context() -> None:
    before, elsewhere = torch.get_num_threads(), []
    for count in (1, 3):
        with _core.TorchThreads(count):
            assert torch.get_num_threads() == count
            with _core.TorchThreads(2):
                assert torch.get_num_threads() == 2
            assert torch.get_num_threads() == count
            other = threading.Thread(target=lambda: elsewhere.append(torch.get_num_threads()))
            other.start()
            other.join()
        assert torch.get_num_threads() == before
    assert elsewhere == [before, before]


def test_no_thread_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="count: at least 1 expected"):
        _core.TorchThreads(0)
