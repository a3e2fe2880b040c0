"""The view of many environments in place of the simulation, which stands meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.crowd_view import CrowdView, camera
from muscle_viewer.viewer.simulation.crowd import Crowd
from muscle_viewer.viewer.simulation.session import CheckpointSession

if TYPE_CHECKING:
    from muscle_viewer.viewer.scene.render.quality import Quality
    from muscle_viewer.viewer.scene.view_state import ViewState
    from muscle_viewer.viewer.simulation.crowd import Member
    from muscle_viewer.viewer.simulation.session import Session

STANDS = "16 environments are shown, as loaded: E returns to the simulation, on which changes act"


class CrowdMode:
    """A crowd with its view. It takes the view state's camera, and gives it back when it ends."""

    def __init__(self, session: Session, view: ViewState, quality: Quality) -> None:
        """UserError where no policy acts."""
        if not isinstance(session, CheckpointSession) or not getattr(session, "has_policy", True):
            raise UserError("there is no policy to run 16 times: open a checkpoint")
        self._view, self._before = view, (view.camera, view.follow, view.view_name)
        view.flight.stop()
        view.camera, view.follow, view.view_name = camera(), False, ""
        self.view = CrowdView(Crowd(session.checkpoint), view, quality)
        self.chosen: Member | None = None
        """The environment that was clicked."""

    def takes(self, command: c.Command) -> bool:
        """Carry out a command that means something else here; False for any other. UserError for one that cannot act."""
        crowd = self.view.crowd
        match command:
            case c.TogglePlay():
                crowd.playing = not crowd.playing
            case c.Play():
                crowd.playing = True
            case c.Pause():
                crowd.playing = False
            case c.HoverAt(across, up):
                self.view.hovered = self.view.member_at(across, up)
            case c.Hover(None):
                self.view.hovered = None
            case c.PickAt(across, up):
                index = self.view.member_at(across, up)
                if index is not None and crowd.moment:
                    self.chosen = crowd.moment.member(index)
            case c.ZoomAt(steps):
                self._view.apply(c.Zoom(steps))
            case c.RuntimeCommand() | c.PushFrom() | c.AttachSpring() | c.ToggleFollow():
                raise UserError(STANDS)
            case c.PointerCommand():
                pass
            case _:
                return False
        return True

    def end(self) -> None:
        """Stop the crowd, free its view, and give the camera back."""
        self.view.crowd.stop()
        self.view.delete()
        self._view.flight.stop()
        self._view.camera, self._view.follow, self._view.view_name = self._before
