"""Bounded numbers of a configuration's fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Phase = Annotated[float, Field(ge=0, lt=1)]
