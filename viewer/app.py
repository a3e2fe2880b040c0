"""The loop's body: commands are carried out, the simulation advances, a picture is drawn."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.channels import table
from muscle_viewer.viewer.colour_modes import colour_modes
from muscle_viewer.viewer.documents import Document, RecentFiles
from muscle_viewer.viewer.grabbing import Grabbing, dragged
from muscle_viewer.viewer.gui import Gui, Rect
from muscle_viewer.viewer.hands import Grip
from muscle_viewer.viewer.interpolate import blend
from muscle_viewer.viewer.labels import on_screen
from muscle_viewer.viewer.markings import Label, Markings
from muscle_viewer.viewer.muscle_geometry import MuscleGeometry
from muscle_viewer.viewer.notice import Notice
from muscle_viewer.viewer.opening import Opened, open_path
from muscle_viewer.viewer.panels import Context, Panel, all_panels, theme
from muscle_viewer.viewer.picking import pick
from muscle_viewer.viewer.render.images import Images
from muscle_viewer.viewer.render.quality import Quality, for_renderer
from muscle_viewer.viewer.render.scene import Ghost, Highlights, Picture, Scene
from muscle_viewer.viewer.runtime import Runtime, State
from muscle_viewer.viewer.view_state import ViewState
from OpenGL import GL

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.viewer.insight import Insight
    from muscle_viewer.viewer.session import Session

STEP_BUDGET = 0.012
"""Seconds of a picture that stepping may take, so that a slow simulation leaves a window alive."""

HOVERED = (1.0, 1.0, 1.0)

REFERENCE, TARGET = (0.10, 0.45, 0.85), (0.85, 0.45, 0.05)
"""Ghosts' colours, linear light."""


class Surface(Protocol):
    """What is drawn on: an offscreen framebuffer or a window's."""

    framebuffer: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""

    @property
    def scale(self) -> float:
        """Pixels per unit of the panels' layout."""


class App:
    """A running viewer on a surface. Needs the surface's OpenGL context to be current."""

    def __init__(
        self,
        opened: Opened | Session,
        surface: Surface,
        quality: Quality | None = None,
        layout: Path | None = None,
        step_budget: float = STEP_BUDGET,
        selection: Sequence[int] = (),
    ) -> None:
        self.document = Document(opened) if isinstance(opened, Opened) else None
        self.recent = RecentFiles(layout.with_name("recent.json") if layout else None)
        self.runtime = _runtime(opened)
        session = self.runtime.session
        if self.document:
            self.recent.add(self.document.path)
        self.view = ViewState()
        self.show_panels = True
        self.quit = False
        self.panels = all_panels()
        self.gui = Gui(self.panels, surface.scale, layout)
        imgui.backends.opengl3_init("#version 330")
        self._surface = surface
        self._quality = quality or for_renderer(GL.glGetString(GL.GL_RENDERER).decode())
        self._stage(session.info)
        self._queue: deque[c.Command] = deque()
        self._notices: deque[Notice] = deque(maxlen=8)
        self._notice_age = 0.0
        self._frame_time = 1 / 60
        self._drawn: Frame = self.runtime.frame
        self._last_drawn: Frame | None = None
        self._labels: list[Label] = []
        self._images = Images()
        self._shown: tuple[object, ...] = ()
        """What the last picture depended on, beside its frame."""
        self._screenshots: list[Path] = []
        width, height = surface.size
        self.view_rect: Rect = (0.0, 0.0, float(width), float(height))
        """Where the 3D view is: x, y from above, width, height in pixels."""
        self._step_budget = step_budget
        for muscle in selection:
            self.send(c.Select(muscle, extend=True))
        self.send(c.Play())

    def _stage(self, info: ModelInfo) -> None:
        """What draws one character."""
        self._geometry = MuscleGeometry(info)
        self._scene = Scene(info, self._geometry, self._quality)
        self._markings = Markings(info)
        self._grabbing = Grabbing(info)
        self._groups = np.array(info.muscle_groups)
        self.modes = colour_modes(info)

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
            if isinstance(command, c.RuntimeCommand):
                self.runtime.handle(command)
            elif isinstance(command, c.ViewCommand):
                self.view.apply(command)
            else:
                self._apply(command)

    def _apply(self, command: c.Command) -> None:
        match command:
            case c.TogglePanels():
                self.show_panels = not self.show_panels
            case c.TogglePanel(title):
                for panel in self.panels:
                    if panel.title == title:
                        panel.open = not panel.open
            case c.ResetLayout():
                self.gui.reset_layout()
            case c.SaveScreenshot(path):
                self._screenshots.append(path or _new_file(Path.cwd()))
            case c.PointAt(across, up):
                self.view.apply(c.Hover(self._muscle_at(across, up)))
            case c.PickAt(across, up, extend):
                muscle = self._muscle_at(across, up)
                if muscle is not None:
                    self.view.apply(c.Select(muscle, extend))
                elif not extend:
                    self.view.apply(c.ClearSelection())
            case c.Open(path):
                self._open(path)
            case c.Reload():
                self._reload()
            case c.SetAutoReload(enabled):
                self._set_auto_reload(enabled)
            case c.SaveRun(path):
                self._save_run(path or _new_file(Path.cwd(), ".mvrun"))
            case c.PushFrom(left, forward):
                self._push(left, forward)
            case c.GrabAt(across, up):
                eye, direction, pixel = self._ray(across, up)
                self._drag(self._grabbing.grip_at(self._drawn, eye, direction, pixel))
            case c.DragTo(across, up):
                grip = self.runtime.hands.grip
                if grip:
                    eye, direction, _ = self._ray(across, up)
                    self._drag(dragged(grip, self._drawn, self.view.camera, eye, direction))
            case c.LetGo():
                self._drag(None)
            case c.ExportChannels(channels):
                self._export_channels(channels)
            case c.ExportHistory(kind, path):
                self._export_history(kind, path or _new_file(Path.cwd(), f".{kind}"))
            case c.Focus(title):
                for panel in self.panels:
                    panel.open = panel.open or panel.title == title
                self.gui.focus(title)
            case c.Dismiss():
                if self._notices:
                    self._notices.popleft()
                self._notice_age = 0.0
            case c.Quit():
                self.quit = True
            case _:
                raise TypeError(f"not a command: {command!r}")

    def notify(self, text: str, is_error: bool = False) -> None:
        """Show a toast; what is no error goes by itself."""
        self._notices.append(Notice(text, is_error, seconds=0.0 if is_error else 4.0))

    def _open(self, path: Path) -> None:
        try:
            self._take(open_path(path))
        except UserError as error:
            self.notify(str(error), is_error=True)

    def _take(self, opened: Opened) -> None:
        """Show something else instead."""
        self.document = Document(opened)
        self.recent.add(opened.path)
        self.runtime = _runtime(opened)
        self.view.apply(c.ClearSelection())
        self.view.apply(c.Hover(None))
        self.view.follower.forget()
        info = opened.session.info
        self._scene.delete()
        self._stage(info)
        self.gui.replace_panels(self._new_panels())
        self.send(c.Play())

    def _new_panels(self) -> list[Panel]:
        """Panels that know nothing of the character before; open where the old ones were."""
        is_open = {panel.title: panel.open for panel in self.panels}
        self.panels = all_panels()
        for panel in self.panels:
            panel.open = is_open.get(panel.title, panel.open)
        return self.panels

    def _reload(self) -> None:
        if self.document is None:
            return
        try:
            other = self.document.newer()
        except UserError as error:
            self.notify(f"{error}\nThe old one runs on.", is_error=True)
            return
        if other:
            auto = self.document.reloads_by_itself
            self._take(other)
            self.document.reloads_by_itself = auto
            self.notify("The configuration has changed: begun anew.")
        else:
            session = self.document.opened.session
            self.runtime.note_swap(session.checkpoint, "new weights")
            self.notify(f"{session.name}: new weights at {self.runtime.frame.time:.2f} s")

    def _set_auto_reload(self, enabled: bool) -> None:
        if self.document:
            self.document.reloads_by_itself = enabled
            if enabled:
                self._reload()

    def _save_run(self, path: Path) -> None:
        from muscle_viewer.viewer import run_file

        if self.document is None:
            return
        try:
            run_file.save(path, self.runtime.log, self.document.opened.session)
        except (UserError, OSError) as error:
            self.notify(str(error), is_error=True)
            return
        self.notify(f"saved {path}: {self.runtime.log.next - 1} steps")

    def _export_channels(self, chosen: Sequence[tuple[str, str, int]]) -> None:
        history, path = self.runtime.history, _new_file(Path.cwd(), ".csv")
        first, last = history.oldest, history.newest + 1
        columns = [history.values(field, first, last, [k])[:, 0] for _, field, k in chosen]
        text = table(history.times(first, last), [name for name, *_ in chosen], columns)
        try:
            path.write_text(text)
            self.notify(f"saved {path}")
        except OSError as error:
            self.notify(f"{path}: cannot be written: {error.strerror}", is_error=True)

    def _export_history(self, kind: str, path: Path) -> None:
        from muscle_viewer.viewer import export

        try:
            export.write(path, kind, self.runtime.session.info, self.runtime.history)
            self.notify(f"saved {path}")
        except OSError as error:
            self.notify(f"{path}: cannot be written: {error.strerror}", is_error=True)

    def _drag(self, grip: Grip | None) -> None:
        if grip != self.runtime.hands.grip:
            self.runtime.handle(c.Drag(grip))

    def _push(self, left: float, forward: float) -> None:
        """Along the way that the root faces."""
        frame, view = self.runtime.frame, self.view
        ahead = np.asarray(frame.body_rotations[0][:, 2], float)
        ahead[1] = 0.0
        ahead /= max(float(np.linalg.norm(ahead)), 1e-6)
        aside = np.cross([0.0, 1.0, 0.0], ahead)
        x, y, z = (float(k) for k in view.push_force * (left * aside + forward * ahead))
        self.runtime.handle(c.Push(view.push_body, (x, y, z), view.push_seconds))

    def _look_for_news(self, elapsed: float) -> None:
        if self._notices and self._notices[0].seconds:
            self._notice_age += elapsed
            if self._notice_age > self._notices[0].seconds:
                self._apply(c.Dismiss())
        news = self.document.news(elapsed) if self.document else None
        if news and self.document and self.document.reloads_by_itself:
            self._reload()
        elif news and news not in self._notices:
            self._notices.append(news)

    def _advance(self, elapsed: float) -> None:
        self._look_for_news(elapsed)
        deadline = time.perf_counter() + self._step_budget
        failed = self.runtime.state is State.FAILED
        self.runtime.advance(elapsed, lambda: time.perf_counter() > deadline)
        if self.runtime.state is State.FAILED and not failed:
            self.notify(
                f"The simulation stopped. {self.runtime.message}\nReset begins anew.", is_error=True
            )
        self._drawn = blend(self.runtime.previous, self.runtime.frame, self.runtime.blend)
        self.view.flight.move(self.view.camera, elapsed)
        if self.view.follow:
            self.view.follower.move(self.view.camera, self._drawn.center_of_mass, elapsed)
        self._frame_time += 0.1 * (max(elapsed, 1e-4) - self._frame_time)

    def _draw(self, elapsed: float) -> None:
        """The scene goes first, where the last layout left room for it: it is drawn while the panels are built."""
        self._draw_scene()
        GL.glFlush()
        width, height = self._surface.size
        io = imgui.get_io()
        io.display_size = ImVec2(width, height)
        io.delta_time = max(elapsed, 1e-4)
        imgui.backends.opengl3_new_frame()
        imgui.new_frame()
        context = Context(
            self.runtime.session.info, self.runtime.frame, self.runtime.status, self.runtime.history,
            self.view, 1.0 / self._frame_time, tuple(self._notices), self.modes,
            *self._thoughts(), self._images.show, self._written(),
            self.recent.paths, [panel.title for panel in self.panels],
        )  # fmt: skip
        self.view_rect = self.gui.frame(context, self.send, self.show_panels)
        imgui.render()
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._surface.framebuffer)
        GL.glViewport(0, 0, width, height)
        imgui.backends.opengl3_render_draw_data(imgui.get_draw_data())
        self._save_screenshots()

    def _draw_scene(self) -> None:
        x, y, w, h = self.view_rect
        viewport = (round(x), round(self._surface.size[1] - y - h), round(w), round(h))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._surface.framebuffer)
        GL.glClearColor(*theme.rgb(theme.SURFACE), 1.0)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        view, runtime = self.view, self.runtime
        self._labels = self._markings.tell(
            self._scene.markers, self._drawn, view, runtime.history, runtime.cursor,
            runtime.status.hands, runtime.hands.grip,
        )  # fmt: skip
        highlights, camera = self._highlights(), view.camera.view().tobytes()
        looks = (view.colour_by, view.isolated, view.faintness, view.backdrop)
        shown = (viewport, highlights, frozenset(view.layers), camera, looks)
        moves = self._shown != shown or self._drawn is not self._last_drawn
        self._shown, self._last_drawn = shown, self._drawn
        mode = self.modes[view.colour_by]
        picture = Picture(
            self._drawn,
            mode.map.linear[mode.map.index(mode.places(self._drawn))],
            mode.glow(self._drawn),
            highlights,
            ~np.isin(self._groups, list(view.isolated)) if view.isolated else None,
            view.faintness,
            self._ghosts(),
            moves,
        )
        self._scene.draw(picture, view, self._surface.framebuffer, viewport)

    def _thoughts(self) -> tuple[np.ndarray | None, np.ndarray | None, Insight | None]:
        """Action, observation and insight of the shown frame."""
        runtime = self.runtime
        inputs = runtime.log.inputs(runtime.cursor)
        observation = getattr(runtime.history.state(runtime.cursor), "observation", None)
        look = getattr(runtime.session, "insight", None)
        return inputs.action if inputs else None, observation, look() if look else None

    def _written(self) -> list[tuple[float, float, str]]:
        """The labels where they stand on the screen."""
        found = []
        for point, text in self._labels:
            place = on_screen(self.view.camera, self.view_rect, point)
            if place:
                found.append((*place, text))
        return found

    def _ghosts(self) -> tuple[Ghost, ...]:
        """Where the reference is, and where the joints are asked to go."""
        frame, pose = self._drawn, self.runtime.session.pose
        found = []
        if self.view.shows("reference ghost"):
            found.append(Ghost(*pose(frame.reference_positions), REFERENCE))
        if self.view.shows("target ghost"):
            target = np.array(frame.target_positions)
            target[:6] = frame.positions[:6]
            found.append(Ghost(*pose(target), TARGET))
        return tuple(found)

    def _highlights(self) -> Highlights:
        chosen = {
            muscle: theme.rgb(theme.selection_colour(place))
            for place, muscle in enumerate(self.view.selection)
        }
        if self.view.hovered is not None:
            chosen.setdefault(self.view.hovered, HOVERED)
        return chosen

    def _ray(self, across: float, up: float) -> tuple[np.ndarray, np.ndarray, float]:
        """Eye and direction through a point of the view, and the width of a pixel at unit distance."""
        *_, width, height = self.view_rect
        aspect = width / max(height, 1.0)
        eye, direction = self.view.camera.ray(across, up, aspect)
        return eye, direction, self.view.camera.pixel_size(max(1, round(height)), aspect)

    def _muscle_at(self, across: float, up: float) -> int | None:
        geometry, frame = self._geometry, self._drawn
        if not self.view.shows("muscles"):
            return None
        eye, direction, pixel = self._ray(across, up)
        points = np.asarray(frame.path_points, float)
        starts, ends = points[geometry.first], points[geometry.first + 1]
        radii = geometry.radii(frame.fibre_lengths)[geometry.muscle]
        segment = pick(eye, direction, starts, ends, radii, pixel)
        return None if segment is None else int(geometry.muscle[segment])

    def _save_screenshots(self) -> None:
        if not self._screenshots:
            return
        from PIL import Image

        width, height = self._surface.size
        GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
        data = GL.glReadPixels(0, 0, width, height, GL.GL_RGB, GL.GL_UNSIGNED_BYTE)
        picture = Image.fromarray(np.frombuffer(data, np.uint8).reshape(height, width, 3)[::-1])
        for path in self._screenshots:
            try:
                picture.save(path)
                self.notify(f"saved {path}")
            except (OSError, ValueError) as error:
                self.notify(f"{path}: cannot be written: {error}", is_error=True)
        self._screenshots.clear()

    def close(self) -> None:
        """Free everything."""
        self._scene.delete()
        self._images.delete()
        imgui.backends.opengl3_shutdown()
        self.gui.close()


def _runtime(opened: Opened | Session) -> Runtime:
    if isinstance(opened, Opened):
        return Runtime(opened.session, script=opened.script, script_changes=opened.changes)
    return Runtime(opened)


def _new_file(folder: Path, ending: str = ".png") -> Path:
    return folder / time.strftime(f"muscle-viewer-%Y%m%d-%H%M%S{ending}")
