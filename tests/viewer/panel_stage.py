"""A gui with all panels in a Dear ImGui context without window or OpenGL."""

from __future__ import annotations

from pathlib import Path

from imgui_bundle import ImVec2, imgui
from kinematic_double import KinematicSession
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.view_state import ViewState
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.simulation.session import Session
from muscle_viewer.viewer.ui.gui import Gui
from muscle_viewer.viewer.ui.notifications import Notification
from muscle_viewer.viewer.ui.panels import Context, all_panels


class Stage:
    """A gui that can be looked at and pressed."""

    def __init__(self, session: Session | None = None, layout: Path | None = None) -> None:
        self.runtime = Runtime(session or KinematicSession())
        self.view = ViewState()
        self.sent: list[c.Command] = []
        self.gui = Gui(all_panels(), 1.0, layout)
        io = imgui.get_io()
        io.display_size = ImVec2(1280, 720)
        io.backend_flags |= imgui.BackendFlags_.renderer_has_textures.value
        self.notifications: tuple[Notification, ...] = ()

    @property
    def context(self) -> Context:
        runtime = self.runtime
        return Context(
            runtime.session.info, runtime.frame, runtime.status, runtime.history, self.view, 60.0,
            self.notifications,
        )  # fmt: skip

    def frame(
        self, count: int = 1, show_panels: bool = True, scale: float = 1.0
    ) -> tuple[float, float, float, float]:
        for _ in range(count):
            imgui.get_io().delta_time = 1 / 60
            self.gui.prepare(scale)
            imgui.new_frame()
            place = self.gui.frame(self.context, self.sent.append, show_panels)
            imgui.render()
        return place
