"""Dispatch of commands to the part of the application that carries them out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis import moments
from muscle_viewer.viewer.app import saving
from muscle_viewer.viewer.app.file_dialogs import ALL, CHECKPOINTS, FileDialogs, Question
from muscle_viewer.viewer.scene.saved_view import SavedView
from muscle_viewer.viewer.ui.interaction import handle_pointer

if TYPE_CHECKING:
    from pathlib import Path

    from muscle_viewer.viewer.app.documents import Document, Documents
    from muscle_viewer.viewer.app.measurements import Measurements
    from muscle_viewer.viewer.app.saved_views import SavedViews
    from muscle_viewer.viewer.capture.pictures import Pictures
    from muscle_viewer.viewer.scene.view_state import ViewState
    from muscle_viewer.viewer.simulation.runtime import Runtime
    from muscle_viewer.viewer.ui.compose import Surface, Views
    from muscle_viewer.viewer.ui.gui import Gui
    from muscle_viewer.viewer.ui.notifications import Notifications


class Application(Protocol):
    """The application as commands see it."""

    runtime: Runtime
    view: ViewState
    documents: Documents
    pictures: Pictures
    dialogs: FileDialogs
    saved_views: SavedViews
    gui: Gui
    notifications: Notifications
    surface: Surface
    measurements: Measurements
    show_panels: bool
    quit: bool

    @property
    def views(self) -> Views:
        """The 3D views of one or two simulations."""

    def notify(self, text: str) -> None:
        """Show a notification."""

    def toggle_panel(self, title: str) -> None:
        """Show or hide a panel."""

    def bring_up_panel(self, title: str) -> None:
        """Open a panel in front."""

    def freeze_baseline(self) -> None:
        """Compare with the present as the baseline."""

    def toggle_crowd(self) -> None:
        """Show many environments in place of the simulation, or the simulation again."""

    def film_history(self, seconds: float, path: Path | None) -> None:
        """Record the last seconds of the history again."""

    def end_comparison(self) -> None:
        """Remove the second simulation and continue with the first."""

    def note_reloaded(self, documents: list[Document]) -> None:
        """Notify the user of the sessions that continue with newer weights."""


def dispatch(command: c.Command, app: Application) -> None:
    """Carry out one command. UserError, or any other exception, if it fails."""
    match command:
        case c.RuntimeCommand():
            app.runtime.handle(command)
        case c.ViewCommand():
            app.view.apply(command)
        case c.TogglePanels():
            app.show_panels = not app.show_panels
        case c.TogglePanel(title):
            app.toggle_panel(title)
        case c.Focus(title):
            app.show_panels = True
            app.bring_up_panel(title)
        case c.Enlarge(title):
            app.show_panels = True
            app.bring_up_panel(title)
            app.gui.enlarged.toggle(title)
        case c.MeasureFalls(count):
            app.measurements.start_falls(app.runtime.session, count)
        case c.NextPanel(way):
            app.show_panels = True
            app.gui.give_keyboard(way)
        case c.ToggleCrowd():
            app.toggle_crowd()
        case c.GoTo(kind, way):
            _go_to(kind, way, app)
        case c.ResetLayout():
            app.gui.reset_layout()
        case c.PointerCommand():
            handle_pointer(command, app.runtime, app.view, app.views, app.notify)
        case c.FileCommand():
            _file(command, app)
        case c.StartSweep(parameter, first, last, count):
            session = app.runtime.session
            app.measurements.start_sweep(session, parameter, (first, last), count)
        case c.StopSweep():
            if app.measurements.sweep:
                app.measurements.sweep.stop()
        case c.Dismiss():
            app.notifications.dismiss()
        case c.FreezeBaseline():
            app.freeze_baseline()
        case c.EndComparison():
            app.end_comparison()
        case c.Quit():
            app.quit = True
        case _:
            raise TypeError(f"not a command: {command!r}")


def _go_to(kind: str, way: int, app: Application) -> None:
    runtime = app.runtime
    info = runtime.subject.info
    index = moments.nearest(info, runtime.history, runtime.cursor, kind, way)
    if index is None:
        app.notify(f"no {kind} {'after' if way > 0 else 'before'} the shown frame")
    else:
        runtime.handle(c.Seek(index))


FILES = (*CHECKPOINTS, *ALL)


def name_of(command: c.Command) -> str:
    """Name of the file of a saving command, to begin with."""
    ending = {
        c.SaveRun: ".mvrun",
        c.SaveScreenshot: ".png",
        c.ExportChannels: ".csv",
        c.SaveTable: ".csv",
    }
    match command:
        case c.ExportHistory(kind):
            return {saving.OPENSIM: "walk", saving.SUBSTEPS: "walk.npz"}.get(kind, f"walk.{kind}")
        case c.ToggleFilm():
            return f"walk{command.ending or '.mp4'}"
        case c.FilmHistory():
            return "walk.mp4"
    return f"walk{ending[type(command)]}"


def _file(command: c.FileCommand, app: Application) -> None:
    """Carry out a command that reads or writes files."""
    documents, look = app.documents, app.view.look
    match command:
        case c.Open(path):
            documents.open_path(path)
        case c.CompareWith(path):
            documents.compare(path)
        case c.OpenDialog(compare):
            question = Question("Compare with" if compare else "Open", False, filters=FILES)
            app.dialogs.ask(question, c.CompareWith if compare else c.Open)
        case c.SaveDialog(saving_command):
            question = Question("Save as", True, name_of(saving_command))
            app.dialogs.ask(question, lambda path: replace(saving_command, path=path))
        case c.CompareEngines():
            documents.compare_engines()
        case c.Reload():
            app.note_reloaded(documents.reload())
        case c.ShowCheckpoint(path):
            app.note_reloaded(documents.show_checkpoint(path))
        case c.OpenSeed(seed):
            documents.open_seed(seed)
        case c.SetAutoReload(enabled):
            app.note_reloaded(documents.set_auto_reload(enabled))
        case c.SaveScreenshot(path, panels):
            app.pictures.save(path, replace(look, panels=panels))
        case c.CopyScreenshot(panels):
            app.pictures.copy(replace(look, panels=panels))
        case c.ToggleFilm(path, ending):
            app.pictures.toggle_film(path, replace(look, ending=ending or look.ending), app.surface)
        case c.SaveTable(text, path):
            app.notify(saving.table_text(text, path))
        case c.SaveView(name):
            saved = SavedView.of(app.view.camera, app.view.centre)
            app.view.view_name = app.saved_views.save(name, saved)
            app.notify(f"saved the view '{app.view.view_name}'")
        case c.DeleteView(name):
            app.saved_views.delete(name)
        case c.FilmHistory(seconds, path):
            app.film_history(seconds, path)
        case c.SaveRun(path):
            app.notify(saving.run(path, app.runtime, documents.first))
        case c.ExportChannels(channels, path):
            app.notify(saving.channels(channels, app.runtime, path))
        case c.ExportHistory(kind, path):
            app.notify(saving.history(kind, path, app.runtime))
