"""The loop's body: commands are carried out, the simulation advances, a picture is drawn."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import imgui
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.insight import InsightCache
from muscle_viewer.viewer.app import preview, saving
from muscle_viewer.viewer.app.documents import Document, RecentFiles
from muscle_viewer.viewer.app.loading import Loading, Say
from muscle_viewer.viewer.app.opening import Opened, open_onto, open_pair, other_engine
from muscle_viewer.viewer.capture.pictures import Moment, Pictures
from muscle_viewer.viewer.errors import details_of, line_of
from muscle_viewer.viewer.scene.labels import Rect
from muscle_viewer.viewer.scene.pair_view import PairView
from muscle_viewer.viewer.scene.render.images import Images
from muscle_viewer.viewer.scene.render.quality import Quality, for_renderer
from muscle_viewer.viewer.scene.stage import Stage
from muscle_viewer.viewer.scene.view_state import ViewState
from muscle_viewer.viewer.simulation.parameters import Bounds
from muscle_viewer.viewer.simulation.runtime import Runtime, State
from muscle_viewer.viewer.simulation.still_session import StillSession
from muscle_viewer.viewer.ui.compose import Surface, Views, paint
from muscle_viewer.viewer.ui.gui import Gui
from muscle_viewer.viewer.ui.interaction import touch
from muscle_viewer.viewer.ui.notifications import Toasts
from muscle_viewer.viewer.ui.panels import Context, Panel, all_panels
from OpenGL import GL

if TYPE_CHECKING:
    from muscle_viewer.viewer.analysis.insight import Insight
    from muscle_viewer.viewer.simulation.session import Session

STEP_BUDGET = 0.012
"""Seconds of a picture that stepping may take, so that a slow simulation leaves a window alive."""


class App:
    """A running viewer on a surface. Needs the surface's OpenGL context to be current."""

    def __init__(
        self,
        opened: Opened | Session,
        surface: Surface,
        quality: Quality | None = None,
        layout: Path | None = None,
        step_budget: float = STEP_BUDGET,
        in_background: bool = False,
    ) -> None:
        """With `in_background`, what is opened later loads beside the running window."""
        self.documents = _documents(opened)
        self.recent = RecentFiles(layout.with_name("recent.json") if layout else None)
        self.runtime = _runtime(opened)
        for document in self.documents:
            self.recent.add(document.path)
        self.view = ViewState()
        self.toasts = Toasts()
        self.show_panels = True
        self.quit = False
        self.panels = all_panels()
        self.gui = Gui(self.panels, surface.scale, layout)
        imgui.backends.opengl3_init("#version 330")
        self._surface = surface
        self._quality = quality or for_renderer(GL.glGetString(GL.GL_RENDERER).decode())
        self.stage = Stage(self.runtime, self.view, self._quality)
        self._rect: Rect = (0.0, 0.0, float(surface.size[0]), float(surface.size[1]))
        self.pair = self._new_pair()
        self._queue: deque[c.Command] = deque()
        self._frame_time = 1 / 60
        self._images = Images()
        self._insights = InsightCache()
        self.pictures = Pictures(self.notify)
        self._step_budget = step_budget
        self._in_background = in_background
        self.loading: Loading | None = None
        """What is being opened."""
        self._begin(opened)

    @property
    def view_rect(self) -> Rect:
        """Where the 3D view is: x, y from above, width, height in pixels."""
        return self._rect

    @property
    def document(self) -> Document | None:
        """What is open; the first of two."""
        return self.documents[0] if self.documents else None

    @property
    def title(self) -> str:
        """Of the window: what runs."""
        beside = self.runtime.beside
        return " | ".join([self.runtime.session.name, *([beside.name] if beside else [])])

    @property
    def is_waiting(self) -> bool:
        """Nothing has been opened yet: what is seen is still."""
        return isinstance(self.runtime.session, StillSession)

    def load(self, path: Path, open_it: Callable[[Say], Opened]) -> None:
        """Open something, and show it when it is there; what is shown now stays until then."""
        if self._in_background:
            self.loading = Loading(path, open_it)
            return
        self._try(lambda: self._take(open_it(lambda _: None)))

    def send(self, command: c.Command) -> None:
        """Ask for something; it is carried out at the top of the next frame."""
        self._queue.append(command)

    def frame(self, elapsed: float) -> None:
        """One picture, `elapsed` wall seconds after the last."""
        self._carry_out()
        self._advance(elapsed)
        self._draw(elapsed)

    def _carry_out(self) -> None:
        while self._queue:
            command = self._queue.popleft()
            if self.is_waiting and isinstance(command, c.RuntimeCommand | c.HandCommand):
                continue
            self._try(partial(self._apply, command))

    def _try(self, do: Callable[[], object]) -> bool:
        """Whether it was done; a toast says why not, and the window stays."""
        try:
            do()
        except UserError as error:
            self.notify(str(error), is_error=True)
        except Exception as error:
            self.notify(line_of(error), is_error=True, details=details_of(error))
        else:
            return True
        return False

    def _apply(self, command: c.Command) -> None:
        match command:
            case c.RuntimeCommand():
                self.runtime.handle(command)
            case c.ViewCommand():
                self.view.apply(command)
            case c.TogglePanels():
                self.show_panels = not self.show_panels
            case c.TogglePanel(title):
                self._toggle(title)
            case c.Focus(title):
                self.show_panels = True
                self._bring_up(title)
            case c.ResetLayout():
                self.gui.reset_layout()
            case c.HandCommand():
                touch(command, self.runtime, self.view, self._views, self.notify)
            case c.FileCommand():
                self._file(command)
            case c.Dismiss():
                self.toasts.dismiss()
            case c.EndComparison():
                self._end_comparison()
            case c.Quit():
                self.quit = True
            case _:
                raise TypeError(f"not a command: {command!r}")

    def _file(self, command: c.FileCommand) -> None:
        """What reads and writes files."""
        match command:
            case c.Open(path):
                current = getattr(self.runtime.session, "checkpoint", None)
                self.load(path, partial(open_onto, path, current))
            case c.CompareWith(path):
                self._compare(path, None, "split")
            case c.CompareEngines():
                if self.document:
                    engine = other_engine(self.document.opened)
                    self._compare(self.document.path, engine, "ghost")
            case c.Reload():
                self._reload()
            case c.SetAutoReload(enabled):
                self._set_auto_reload(enabled)
            case c.SaveScreenshot(path, panels):
                self.pictures.save(path, replace(self.view.look, panels=panels))
            case c.CopyScreenshot(panels):
                self.pictures.copy(replace(self.view.look, panels=panels))
            case c.ToggleFilm(path, ending):
                look = replace(self.view.look, ending=ending or self.view.look.ending)
                self.pictures.toggle_film(path, look, self._surface)
            case c.SaveRun(path):
                self.notify(saving.run(path, self.runtime, self.document))
            case c.ExportChannels(channels):
                self.notify(saving.channels(channels, self.runtime))
            case c.ExportHistory(kind, path):
                self.notify(saving.history(kind, path, self.runtime))

    def notify(self, text: str, is_error: bool = False, details: str = "") -> None:
        """Show a toast; what is no error goes by itself."""
        self.toasts.say(text, is_error, details)

    def _take(self, opened: Opened) -> None:
        """Show something else instead."""
        self.documents = _documents(opened)
        for document in self.documents:
            self.recent.add(document.path)
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
        if self._in_background:
            preview.keep(opened.path, opened.session.info, self.runtime.frame)

    def _begin(self, opened: Opened | Session) -> None:
        if self.recent.unwritable:
            self.notify(f"{self.recent.unwritable}; layout and recent files are not kept")
            self.recent.unwritable = ""
        if isinstance(opened, Opened):
            if opened.found:
                self.notify(opened.found)
            self.view.comparison = opened.comparison
            if opened.beside:
                self._bring_up("Compare")
        for muscle in getattr(opened, "selection", ()):
            self.send(c.Select(muscle, extend=True))
        self.send(c.Play())

    def _toggle(self, title: str) -> None:
        """Show or hide a panel; one that is asked for is shown, though all are hidden."""
        for panel in self.panels:
            if panel.title == title:
                is_over_all = panel.place == "overlay"
                panel.open = not (panel.open and (self.show_panels or is_over_all))
                self.show_panels = self.show_panels or (panel.open and not is_over_all)

    def _bring_up(self, title: str) -> None:
        for panel in self.panels:
            panel.open = panel.open or panel.title == title
        self.gui.focus(title)

    def _new_panels(self) -> list[Panel]:
        """Panels that know nothing of the character before; open where the old ones were."""
        is_open = {panel.title: panel.open for panel in self.panels}
        self.panels = all_panels()
        for panel in self.panels:
            panel.open = is_open.get(panel.title, panel.open)
        return self.panels

    def _new_pair(self) -> PairView | None:
        beside = self.runtime.beside
        return PairView(self.stage, beside, self._quality) if beside else None

    def _compare(self, path: Path, engine: str | None, comparison: str) -> None:
        """Open another beside the first, which begins anew."""
        if self.document is None:
            return
        first = self.document.opened
        engines = first.engine, engine
        self.load(
            path,
            lambda say: open_pair(
                first.path, path, first.session.seed, engines, comparison, say, first.environment
            ),
        )

    def _end_comparison(self) -> None:
        self.runtime.beside = None
        self.documents = self.documents[:1]
        if self.pair:
            self.pair.delete()
            self.pair = None

    def _reload(self) -> None:
        """Take the newest weights of everything that is open."""
        for document in self.documents:
            try:
                anew = document.newer()
            except UserError as error:
                self.notify(f"{error}\nThe old one runs on.", is_error=True)
                continue
            if anew:
                auto = document.reloads_by_itself
                self._take(anew)
                for new in self.documents:
                    new.reloads_by_itself = auto
                self.notify("The configuration has changed: begun anew.")
                return
            session = document.opened.session
            if session is self.runtime.session:
                self.runtime.note_swap(session.checkpoint, "new weights")
            self.notify(f"{session.name}: new weights at {self.runtime.frame.time:.2f} s")

    def _set_auto_reload(self, enabled: bool) -> None:
        for document in self.documents:
            document.reloads_by_itself = enabled
        if enabled:
            self._reload()

    def _look_for_news(self, elapsed: float) -> None:
        self.toasts.advance(elapsed)
        for document in self.documents:
            news = document.news(elapsed)
            if news and document.reloads_by_itself:
                self._reload()
                return
            if news:
                self.toasts.offer(news)

    def _take_loaded(self, elapsed: float) -> None:
        """What has been opened beside the window, once it is there."""
        loading = self.loading
        if loading is None:
            return
        loading.seconds += elapsed
        if loading.is_over:
            self.loading = None
            self._try(lambda: self._take(loading.result()))

    def _advance(self, elapsed: float) -> None:
        self._take_loaded(elapsed)
        self._try(lambda: self._look_for_news(elapsed))
        self._step(elapsed)
        self.stage.advance()
        self.view.camera.slope = math.radians(getattr(self.runtime.session, "slope", 0.0))
        if self.pair:
            self.pair.advance()
        self.view.flight.move(self.view.camera, elapsed)
        if self.view.follow:
            self.view.follower.move(self.view.camera, self.stage.drawn.center_of_mass, elapsed)
        self._frame_time += 0.1 * (max(elapsed, 1e-4) - self._frame_time)

    def _step(self, elapsed: float) -> None:
        """Let the simulation go on; one that throws stands still, and says why."""
        deadline = time.perf_counter() + self._step_budget
        failed = self.runtime.state is State.FAILED
        if not self._try(
            lambda: self.runtime.advance(elapsed, lambda: time.perf_counter() > deadline)
        ):
            self.runtime.handle(c.Pause())
        if self.runtime.state is State.FAILED and not failed:
            self.notify(
                f"The simulation stopped. {self.runtime.message}\nReset begins anew.",
                is_error=True,
                details=self.runtime.details,
            )

    @property
    def _views(self) -> Views:
        return Views(self.stage, self.pair, self._rect)

    def _draw(self, elapsed: float) -> None:
        views = self._views
        moment = Moment(self._surface, views, self._context, self._panels_shown)
        self._rect = paint(
            self._surface, views, self.gui, self._context, self.send, moment.panels, elapsed
        )
        self._try(lambda: self.pictures.take(moment, elapsed))
        self._say_what_broke(views)

    def _say_what_broke(self, views: Views) -> None:
        """A toast for what could not be drawn, once."""
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
        """The moment for the panels."""
        return Context(
            self.runtime.session.info, self.runtime.frame, self.runtime.status, self.runtime.history,
            self.view, 1.0 / self._frame_time, tuple(self.toasts.waiting), self.stage.modes,
            *self._thoughts(), self._images.show, self._written(),
            self.recent.paths, [panel.title for panel in self.panels],
            self.loading, self.pictures.film_seconds,
            getattr(self.runtime.session, "bounds", Bounds()), self.runtime.beside, self._entries,
        )  # fmt: skip

    def _entries(self, of: str) -> list[str]:
        """Names of each entry of an `action` or `observation`."""
        return list(getattr(self.runtime.session, f"{of}_names", ()))

    def _written(self) -> list[tuple[float, float, str]]:
        """What stands in the 3D view."""
        return [*self.stage.written(), *(self.pair.written() if self.pair else ())]

    def _thoughts(self) -> tuple[np.ndarray | None, np.ndarray | None, Insight | None]:
        """Action, observation and insight of the shown frame."""
        runtime = self.runtime
        inputs = runtime.log.inputs(runtime.cursor)
        observation = getattr(runtime.history.state(runtime.cursor), "observation", None)
        insight = self._insights.insight(runtime.session)
        return inputs.action if inputs else None, observation, insight

    def close(self) -> None:
        """Free everything."""
        self.pictures.delete()
        if self.pair:
            self.pair.delete()
        self.stage.delete()
        self._images.delete()
        imgui.backends.opengl3_shutdown()
        self.gui.close()


def _runtime(opened: Opened | Session) -> Runtime:
    if isinstance(opened, Opened):
        beside = opened.beside.session if opened.beside else None
        return Runtime(
            opened.session, script=opened.script, script_changes=opened.changes, beside=beside
        )
    return Runtime(opened)


def _documents(opened: Opened | Session) -> list[Document]:
    """Of what is open: none for what is no file, two for a pair."""
    if not isinstance(opened, Opened):
        return []
    return [Document(part) for part in (opened, opened.beside) if part]
