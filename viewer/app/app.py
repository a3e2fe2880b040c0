"""The application: carries out commands, advances the simulation and draws, once for each frame."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import imgui
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.insight import InsightCache, action_std_of, value_of
from muscle_viewer.viewer.app import preview
from muscle_viewer.viewer.app.code_pages import CodePages
from muscle_viewer.viewer.app.crowd_mode import CrowdMode
from muscle_viewer.viewer.app.dispatch import dispatch
from muscle_viewer.viewer.app.documents import Document, Documents
from muscle_viewer.viewer.app.file_dialogs import FileDialogs
from muscle_viewer.viewer.app.measurements import Measurements
from muscle_viewer.viewer.app.opening import Opened, other_engine
from muscle_viewer.viewer.app.recent_files import RecentFiles
from muscle_viewer.viewer.app.saved_views import FILE, SavedViews
from muscle_viewer.viewer.capture.pictures import Moment, Pictures
from muscle_viewer.viewer.errors import details_of, line_of
from muscle_viewer.viewer.scene.labels import Rect
from muscle_viewer.viewer.scene.pair_view import PairView
from muscle_viewer.viewer.scene.render.images import Images
from muscle_viewer.viewer.scene.render.quality import Quality, for_renderer
from muscle_viewer.viewer.scene.stage import Stage
from muscle_viewer.viewer.scene.view_state import ViewState
from muscle_viewer.viewer.simulation.pace import LEAST_BUDGET, StepBudget
from muscle_viewer.viewer.simulation.parameters import Bounds
from muscle_viewer.viewer.simulation.runtime import Runtime, State
from muscle_viewer.viewer.simulation.still_session import StillSession
from muscle_viewer.viewer.ui.compose import Surface, Views, paint
from muscle_viewer.viewer.ui.gui import Gui
from muscle_viewer.viewer.ui.notifications import Notifications
from muscle_viewer.viewer.ui.panels import Context, Panel, all_panels
from OpenGL import GL

if TYPE_CHECKING:
    from muscle_viewer.viewer.analysis.insight import Insight
    from muscle_viewer.viewer.simulation.session import Session


class App:
    """A running viewer on a surface. Needs the surface's OpenGL context to be current."""

    def __init__(
        self,
        opened: Opened | Session,
        surface: Surface,
        quality: Quality | None = None,
        layout: Path | None = None,
        step_budget: float = LEAST_BUDGET,
        in_background: bool = False,
        watches_files: bool = True,
    ) -> None:
        """`in_background`: load later files in a thread while the window runs. `watches_files`: offer newer versions."""
        self.notifications = Notifications()
        self.documents = Documents(
            opened if isinstance(opened, Opened) else None,
            RecentFiles(layout.with_name("recent.json") if layout else None),
            self.notifications,
            in_background,
            watches_files,
        )
        self.runtime = _runtime(opened)
        self.saved_views = SavedViews(layout.with_name(FILE) if layout else None)
        self.view = ViewState(views=self.saved_views.views)
        self.show_panels = True
        self.quit = False
        self.panels = all_panels()
        self.gui = Gui(self.panels, surface.scale, layout)
        imgui.backends.opengl3_init("#version 330")
        self.surface = surface
        self._quality = quality or for_renderer(GL.glGetString(GL.GL_RENDERER).decode())
        self.stage = Stage(self.runtime, self.view, self._quality)
        self._rect: Rect = (0.0, 0.0, float(surface.size[0]), float(surface.size[1]))
        self.pair = self._new_pair()
        self._queue: deque[c.Command] = deque()
        self._frame_time = 1 / 60
        self._images = Images()
        self._insights = InsightCache()
        self.pictures = Pictures(self.notify)
        self.measurements = Measurements()
        self.crowd: CrowdMode | None = None
        self.dialogs = FileDialogs()
        self._step_budget = StepBudget(step_budget)
        self._shown_time = self.runtime.shown_time
        self._judged: tuple[object, object, float | None, np.ndarray | None] | None = None
        self._film_until: int | None = None
        """The frame at which the video of a part of the history ends."""
        self._keeps_previews = in_background
        self._code_pages = CodePages()
        self._begin(opened)
        if self.saved_views.problem:
            self.notify(self.saved_views.problem, is_error=True)

    @property
    def view_rect(self) -> Rect:
        """Rectangle of the 3D view: x, y from above, width, height, pixels."""
        return self._rect

    @property
    def title(self) -> str:
        """Title of the window: the names of the running simulations."""
        second = self.runtime.second
        return " | ".join([self.runtime.session.name, *([second.name] if second else [])])

    @property
    def is_waiting(self) -> bool:
        """Whether no file has been opened yet; a still preview is shown until then."""
        return isinstance(self.runtime.session, StillSession)

    def send(self, command: c.Command) -> None:
        """Queue a command, which is carried out at the start of the next frame."""
        self._queue.append(command)

    def frame(self, elapsed: float) -> None:
        """Carry out the commands, simulate and draw one picture, `elapsed` wall seconds after the last."""
        self.pass_by(elapsed)
        self._draw(elapsed)

    def pass_by(self, elapsed: float) -> None:
        """As `frame`, for a picture that nobody sees: it is not drawn."""
        self._carry_out()
        self._advance(elapsed)

    def _carry_out(self) -> None:
        while self._queue:
            command = self._queue.popleft()
            if self.is_waiting and isinstance(command, c.RuntimeCommand | c.PointerCommand):
                continue
            self._try(partial(self._do, command))

    def _do(self, command: c.Command) -> None:
        """Carry out one command."""
        if not (self.crowd and self.crowd.takes(command)):
            dispatch(command, self)
        elif self.crowd.chosen:
            member, self.crowd.chosen = self.crowd.chosen, None
            self.documents.open_member(member)

    def _try(self, do: Callable[[], object]) -> bool:
        """Call a function and return whether it succeeded; an exception becomes a notification."""
        try:
            do()
        except UserError as error:
            self.notify(str(error), is_error=True)
        except Exception as error:
            self.notify(line_of(error), is_error=True, details=details_of(error))
        else:
            return True
        return False

    def notify(self, text: str, is_error: bool = False, details: str = "") -> None:
        """Show a notification, which expires unless it is an error."""
        self.notifications.notify(text, is_error, details)

    def _take(self, opened: Opened) -> None:
        """Replace the simulation by an opened file."""
        self._end_crowd()
        self.measurements.end_sweep()
        if not self.measurements.is_of_falls(opened.session):
            self.measurements.end_falls()
        self.runtime = _runtime(opened)
        self.view.apply(c.ClearSelection())
        self.view.apply(c.Hover(None))
        self.view.follower.forget()
        if self.stage.fits(self.runtime):
            self.stage.show(self.runtime)
        else:
            self.stage.delete()
            self.stage = Stage(self.runtime, self.view, self._quality)
        if self.pair:
            self.pair.delete()
        self.pair = self._new_pair()
        self.gui.replace_panels(self._new_panels())
        self._begin(opened)
        if self._keeps_previews:
            preview.keep(opened.path, opened.session.info, self.runtime.frame)

    def _begin(self, opened: Opened | Session) -> None:
        recent = self.documents.recent
        if recent.unwritable:
            self.notify(f"{recent.unwritable}; layout and recent files are not saved")
            recent.unwritable = ""
        if isinstance(opened, Opened):
            if opened.description:
                self.notify(opened.description)
            self.view.comparison = opened.comparison
            if opened.second:
                self.bring_up_panel("Compare")
            if opened.session.bounds.poses:
                self.bring_up_panel("Muscle curves")
            if opened.session.bounds.pose:
                self.bring_up_panel("Pose")
            for panel in self.panels:
                panel.open = panel.open or (
                    panel.title == "Sweep" and bool(opened.session.bounds.drawn)
                )
        if isinstance(opened, Opened) and opened.forward:
            self.runtime.handle(c.Step(len(opened.script)))
        for muscle in getattr(opened, "selection", ()):
            self.send(c.Select(muscle, extend=True))
        if not getattr(self.runtime.session, "begins_paused", False):
            self.send(c.Play())

    def toggle_panel(self, title: str) -> None:
        """Show or hide a panel; showing one ends the hiding of all panels."""
        for panel in self.panels:
            if panel.title == title:
                is_over_all = panel.place == "overlay"
                panel.open = not (panel.open and (self.show_panels or is_over_all))
                self.show_panels = self.show_panels or (panel.open and not is_over_all)

    def bring_up_panel(self, title: str) -> None:
        """Open a panel and bring its tab to the front."""
        for panel in self.panels:
            panel.open = panel.open or panel.title == title
        self.gui.focus(title)

    def _new_panels(self) -> list[Panel]:
        """New panels without state of the previous character; those are open that were open before."""
        is_open = {panel.title: panel.open for panel in self.panels}
        self.panels = all_panels()
        for panel in self.panels:
            panel.open = is_open.get(panel.title, panel.open)
        return self.panels

    def _new_pair(self) -> PairView | None:
        second = self.runtime.second
        return PairView(self.stage, second, self._quality) if second else None

    def toggle_crowd(self) -> None:
        """Show many environments in place of the simulation, which stands meanwhile; or the simulation again."""
        if self.crowd:
            self._end_crowd()
            return
        self.crowd = CrowdMode(self.runtime.session, self.view, self._quality)
        self.runtime.handle(c.Pause())

    def _end_crowd(self) -> None:
        if self.crowd:
            self.crowd.end()
        self.crowd = None

    def freeze_baseline(self) -> None:
        """Compare with the present as the baseline, which is shown as a ghost."""
        self.runtime.freeze()
        self.documents.end_comparison()
        if self.pair:
            self.pair.delete()
        self.view.comparison, self.view.changed_side = "ghost", "first"
        self.pair = self._new_pair()
        self.gui.replace_panels(self._new_panels())
        self.bring_up_panel("Compare")

    def film_history(self, seconds: float, path: Path | None) -> None:
        """Play the last seconds before the shown frame again and record them. UserError while a video is recorded."""
        runtime, history = self.runtime, self.runtime.history
        if self.pictures.film_period:
            raise UserError("a video is being recorded; stop it first (F9)")
        first, last = (
            history.between(history.time(runtime.cursor) - seconds, 0.0)[0],
            runtime.cursor,
        )
        if last - first < 2:
            raise UserError("the history is too short for a video; play first")
        look = self.view.look
        self.pictures.toggle_film(path, look, self.surface)
        runtime.handle(c.Pause())
        runtime.handle(c.Seek(first))
        runtime.handle(c.SetSpeed(1.0))
        runtime.handle(c.Play())
        self._shown_time, self._film_until = runtime.shown_time, last

    def _end_film_of_history(self) -> None:
        """Stop where the recorded part of the history ends."""
        until = self._film_until
        playing = self.runtime.state is State.PLAYING
        if until is None or (playing and self.runtime.cursor < until):
            return
        self._film_until = None
        self.runtime.handle(c.Seek(until))
        self.pictures.end_film()

    def end_comparison(self) -> None:
        """Remove the second simulation and continue with the first."""
        self.documents.end_comparison()
        self.runtime.second = None
        self.runtime.edits.forget_second()
        self.view.changed_side = "both"
        if self.pair:
            self.pair.delete()
            self.pair = None

    def note_reloaded(self, documents: list[Document]) -> None:
        """Notify the user of the sessions that continue with newer weights, and of the time of the change."""
        for document in documents:
            session = document.opened.session
            if session is self.runtime.session:
                self.runtime.note_swap(session.checkpoint, "new weights")
            self.notify(f"{session.name}: new weights at {self.runtime.frame.time:.2f} s")

    def _show_opened(self, elapsed: float) -> None:
        opened = self.documents.advance(elapsed)
        if opened:
            self._take(opened)

    def _take_answer(self) -> None:
        """Queue the command of a file dialog that was closed."""
        answer = self.dialogs.answer()
        if answer:
            self.send(answer)

    def _advance(self, elapsed: float) -> None:
        self.notifications.advance(elapsed)
        self._code_pages.advance(elapsed, self.is_waiting or self.documents.loading is not None)
        self._try(self._take_answer)
        self._try(lambda: self.note_reloaded(self.documents.check_files(elapsed)))
        self._try(lambda: self._show_opened(elapsed))
        self._step(elapsed)
        self.stage.advance()
        self.view.camera.slope = math.radians(getattr(self.runtime.session, "slope", 0.0))
        if self.pair:
            self.pair.advance()
        self.view.centre = self.stage.drawn.center_of_mass
        self.view.flight.move(self.view.camera, elapsed)
        if self.view.follow:
            self.view.follower.move(self.view.camera, self.stage.drawn.center_of_mass, elapsed)
        self._frame_time += 0.1 * (max(elapsed, 1e-4) - self._frame_time)

    def _step(self, elapsed: float) -> None:
        """Advance the simulation; one that throws is paused, and a notification says why."""
        if self.pictures.film_period:  # each picture of the video is drawn, even if that is slower
            elapsed = min(elapsed, self.pictures.film_period / self.runtime.speed)
        deadline = time.perf_counter() + self._step_budget.seconds
        failed = self.runtime.state is State.FAILED
        if not self._try(
            lambda: self.runtime.advance(elapsed, lambda: time.perf_counter() > deadline)
        ):
            self.runtime.handle(c.Pause())
        if self.runtime.state is State.FAILED and not failed:
            self.notify(
                f"The simulation stopped. {self.runtime.message}\nReset starts a new episode.",
                is_error=True,
                details=self.runtime.details,
            )

    @property
    def is_at_rest(self) -> bool:
        """Whether the next picture would be like the last one, unless an input event arrives.

        Nothing moves or loads then, no command waits, and no notification expires.
        """
        moves = self.runtime.state is State.PLAYING or self.runtime.spring is not None
        camera = self.view.flight.is_over and (
            not self.view.follow or self.view.follower.is_at_rest
        )
        # a resting mouse hovers the same muscle again in every picture
        commands = any(not isinstance(command, c.Hover | c.HoverAt) for command in self._queue)
        measures = self.crowd is not None and self.crowd.view.crowd.is_moving
        measures = measures or self.measurements.are_running
        waits = commands or self.notifications.waiting or self.documents.loading or measures
        return camera and not (moves or waits or self.pictures.film_period or self.is_waiting)

    def rest(self, elapsed: float) -> None:
        """Look after the files in place of a picture, `elapsed` wall seconds after the last."""
        self._try(lambda: self.note_reloaded(self.documents.check_files(elapsed)))
        self._try(self._take_answer)

    @property
    def views(self) -> Views:
        """The 3D views of one or two simulations."""
        return Views(self.stage, self.pair, self._rect, self.crowd.view if self.crowd else None)

    def _draw(self, elapsed: float) -> None:
        views, begin = self.views, time.perf_counter()
        moment = Moment(self.surface, views, self._context, self._panels_shown)
        self._rect = paint(
            self.surface, views, self.gui, self._context, self.send, moment.panels, elapsed
        )
        self._step_budget.note_drawing(time.perf_counter() - begin)
        before, self._shown_time = self._shown_time, self.runtime.shown_time
        simulated = max(self._shown_time - before, 0.0)
        self._try(lambda: self.pictures.take(moment, simulated))
        self._end_film_of_history()
        self._notify_failures(views)

    def _notify_failures(self, views: Views) -> None:
        """Show a notification, once, for each part that could not be drawn."""
        if views.error:
            text = f"The scene cannot be drawn. {line_of(views.error)}"
            self.notify(text, is_error=True, details=details_of(views.error))
        for title in [title for title in self.gui.details if title in self.gui.broken]:
            text = f"{title} stopped. {self.gui.broken[title]}"
            self.notify(text, is_error=True, details=self.gui.details.pop(title))

    @property
    def _panels_shown(self) -> bool:
        return self.show_panels and self.stage.is_known

    def _context(self) -> Context:
        """The present state for the panels."""
        return Context(
            self.runtime.subject.info, self.runtime.frame, self.runtime.status, self.runtime.history,
            self.view, 1.0 / self._frame_time, tuple(self.notifications.waiting), self.stage.modes,
            *self._policy_io(), self._images.show, self._screen_labels(),
            self.documents.recent.paths, [panel.title for panel in self.panels],
            self.documents.loading, self.pictures.film_seconds,
            getattr(self.runtime.session, "bounds", Bounds()), self.runtime.second, self._entries,
            self._other_engine, getattr(self.runtime.session, "has_policy", True),
            frozenset(panel.title for panel in self.panels if panel.open), self.measurements.sweep,
            self.documents.kept,
            getattr(getattr(self.runtime.session, "checkpoint", None), "path", None),
            self.measurements.falls, *self._judgement(),
            getattr(self.runtime.session, "has_activations", True),
            self.is_waiting and not self.documents.loading, self.gui.enlarged.title,
        )  # fmt: skip

    def _judgement(self) -> tuple[float | None, np.ndarray | None]:
        """The critic's value of the shown frame, and the actions' standard deviations."""
        runtime, policy = self.runtime, getattr(self.runtime.session, "policy", None)
        if policy is None or "observation" not in runtime.history.rows.slices:
            return None, None
        frame = runtime.frame
        if self._judged is None or self._judged[0] is not frame or self._judged[1] is not policy:
            observation = runtime.history.values("observation", runtime.cursor, runtime.cursor + 1)[
                0
            ]
            self._judged = frame, policy, value_of(policy, observation), action_std_of(policy)
        return self._judged[2:]

    @property
    def _other_engine(self) -> str:
        """Name of the engine that a comparison of engines adds."""
        first = self.documents.first
        return other_engine(first.opened).replace("dart", "DART") if first else "DART"

    def _entries(self, of: str) -> list[str]:
        """Names of the entries of an `action` or `observation`."""
        return list(getattr(self.runtime.session, f"{of}_names", ()))

    def _screen_labels(self) -> list[tuple[float, float, str]]:
        """Texts over the 3D view and their positions in layout coordinates."""
        if self.crowd:
            return self.crowd.view.screen_labels()
        return [*self.stage.screen_labels(), *(self.pair.screen_labels() if self.pair else ())]

    def _policy_io(self) -> tuple[np.ndarray | None, np.ndarray | None, Insight | None]:
        """Action, observation and insight of the shown frame."""
        runtime = self.runtime
        inputs = runtime.log.inputs(runtime.cursor)
        observation = None
        if "observation" in runtime.history.rows.slices:
            at = runtime.cursor
            observation = runtime.history.values("observation", at, at + 1)[0].astype(np.float32)
        insight = self._insights.insight(runtime.subject)
        return inputs.action if inputs else None, observation, insight

    def close(self) -> None:
        """Free everything."""
        self.measurements.end_sweep()
        self.measurements.end_falls()
        self._end_crowd()
        self.documents.close()
        self.pictures.delete()
        if self.pair:
            self.pair.delete()
        self.stage.delete()
        self._images.delete()
        imgui.backends.opengl3_shutdown()
        self.gui.close()


def _runtime(opened: Opened | Session) -> Runtime:
    if isinstance(opened, Opened):
        second = opened.second.session if opened.second else None
        return Runtime(
            opened.session, script=opened.script, script_changes=opened.changes, second=second
        )
    return Runtime(opened)
