"""What is shown and how: the selection, the layers and the camera. Forgotten when the program ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.camera import HOME_DISTANCE, HOME_HEIGHT, Camera, Follower

LAYERS = ("muscles", "bones", "shadows", "grid", "legend")
"""Layers of the scene that can be shown or hidden."""


@dataclass
class ViewState:
    """The panels and the renderer read it; only `apply` changes it."""

    camera: Camera = field(default_factory=Camera)
    follower: Follower = field(default_factory=Follower)
    follow: bool = True
    layers: set[str] = field(default_factory=lambda: set(LAYERS))
    selection: list[int] = field(default_factory=list)
    """Selected muscles, in the order they were chosen."""
    hovered: int | None = None
    revealed: int = 0
    """Grows with every change of the selection, so that a panel can scroll to it once."""

    def apply(self, command: c.ViewCommand) -> None:
        """Carry out one command."""
        match command:
            case c.Select(muscle, extend):
                self._select(muscle, extend)
            case c.ClearSelection():
                self.selection = []
            case c.Hover(muscle):
                self.hovered = muscle
            case c.ToggleLayer(layer):
                self.layers ^= {layer}
            case c.ToggleFollow():
                self.follow = not self.follow
                self.follower.forget()
            case c.LookFrom(view):
                self._look_from(view)
            case c.Orbit(yaw, pitch):
                self.camera.orbit(yaw, pitch)
            case c.Pan(right, up):
                self.camera.pan(right, up)
            case c.Zoom(steps):
                self.camera.zoom(steps)
            case _:
                raise TypeError(f"not a view command: {command!r}")

    def shows(self, layer: str) -> bool:
        """Whether a layer is shown."""
        return layer in self.layers

    def _select(self, muscle: int, extend: bool) -> None:
        if not extend:
            self.selection = [muscle]
        elif muscle in self.selection:
            self.selection = [m for m in self.selection if m != muscle]
        else:
            self.selection = [*self.selection, muscle]
        self.revealed += 1

    def _look_from(self, view: str) -> None:
        self.camera.look_from(view)
        self.camera.distance = HOME_DISTANCE
        self.camera.target[1] = HOME_HEIGHT
        self.follower.forget()
