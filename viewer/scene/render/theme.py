"""Colours and lighting of the scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def displayed(text: str) -> np.ndarray:
    """The displayed colour of `#rrggbb`, in [0, 1], shape (3,)."""
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0


@dataclass(frozen=True)
class Theme:
    """Colours and lights of the scene. Sky and ground are displayed colours, the others linear light."""

    zenith: np.ndarray
    horizon: np.ndarray
    ground: np.ndarray
    ground_shadow: np.ndarray
    bone: np.ndarray
    light_colour: np.ndarray
    sky_light: np.ndarray
    ground_light: np.ndarray
    light: np.ndarray
    """Unit vector to the light."""


def studio() -> Theme:
    """A dark background with warm light."""
    light = np.array([-0.45, 0.80, 0.40])
    return Theme(
        zenith=displayed("#12161d"),
        horizon=displayed("#2a323d"),
        ground=displayed("#343d49"),
        ground_shadow=displayed("#1b2129"),
        bone=np.array([0.78, 0.70, 0.55]),
        light_colour=1.05 * np.array([1.0, 0.95, 0.86]),
        sky_light=np.array([0.26, 0.29, 0.34]),
        ground_light=np.array([0.10, 0.10, 0.11]),
        light=light / np.linalg.norm(light),
    )


def daylight() -> Theme:
    """A light background with soft daylight."""
    light = np.array([-0.45, 0.80, 0.40])
    return Theme(
        zenith=displayed("#7d9fc2"),
        horizon=displayed("#e3e9ee"),
        ground=displayed("#c3cad1"),
        ground_shadow=displayed("#828d9b"),
        bone=np.array([0.78, 0.70, 0.55]),
        light_colour=1.15 * np.array([1.0, 0.95, 0.86]),
        sky_light=np.array([0.34, 0.38, 0.44]),
        ground_light=np.array([0.16, 0.15, 0.14]),
        light=light / np.linalg.norm(light),
    )
