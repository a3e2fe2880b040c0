"""What the tests of the GaitNets' files share."""

from __future__ import annotations

import pytest
from golden import CASES, Case, opened


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return opened(request.param)
