"""Pictures of environments: the viewer draws them, found by an entry point, as training does not import it."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol, cast

from muscle_viewer.core import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.core import BatchEnv, EnvironmentConfig, Frame
    from numpy.typing import NDArray

GROUP = "muscle_viewer.renderers"
"""The group of entry points, named by render_mode, of classes with the methods of Renderer."""


class Renderer(Protocol):
    """Draws frames of one environment's character."""

    def picture(self, frame: Frame) -> NDArray[np.uint8]:
        """Shape (height, width, 3), top row first; of a window too."""

    def close(self) -> None:
        """Free what draws."""


class BatchRenderer:
    """Draws environments of a batch; what draws is made at the first picture."""

    def __init__(self, env: BatchEnv) -> None:
        self._env = env
        self._renderer: Renderer | None = None

    def picture(self, index: int, mode: str) -> NDArray[np.uint8]:
        """The picture of environment `index`, uint8 (height, width, 3); see make_renderer."""
        if self._renderer is None:
            self._renderer = make_renderer(self._env.config, mode)
        return self._renderer.picture(self._env.frame(index))

    def close(self) -> None:
        """Free what draws, if anything was drawn."""
        if self._renderer is not None:
            self._renderer.close()
            self._renderer = None


def make_renderer(config: EnvironmentConfig, mode: str) -> Renderer:
    """What draws in this render_mode. ConfigError without the viewer, or where it cannot draw."""
    for entry in entry_points(group=GROUP, name=mode):
        return cast(Renderer, entry.load()(config))
    raise ConfigError(
        f"render_mode {mode}: nothing draws; install the package with its viewer again"
    )
