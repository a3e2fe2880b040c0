"""Dispatch of commands to the part of the application that carries them out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app import saving
from muscle_viewer.viewer.ui.interaction import handle_pointer

if TYPE_CHECKING:
    from muscle_viewer.viewer.analysis.sweep import Sweep
    from muscle_viewer.viewer.app.documents import Document, Documents
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
    gui: Gui
    notifications: Notifications
    surface: Surface
    sweep: Sweep | None
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

    def start_sweep(self, parameter: str, span: tuple[float, float], count: int) -> None:
        """Measure the gait over a parameter of the environment, in place of an earlier sweep."""

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
        case c.ResetLayout():
            app.gui.reset_layout()
        case c.PointerCommand():
            handle_pointer(command, app.runtime, app.view, app.views, app.notify)
        case c.FileCommand():
            _file(command, app)
        case c.StartSweep(parameter, first, last, count):
            app.start_sweep(parameter, (first, last), count)
        case c.StopSweep():
            if app.sweep:
                app.sweep.stop()
        case c.Dismiss():
            app.notifications.dismiss()
        case c.EndComparison():
            app.end_comparison()
        case c.Quit():
            app.quit = True
        case _:
            raise TypeError(f"not a command: {command!r}")


def _file(command: c.FileCommand, app: Application) -> None:
    """Carry out a command that reads or writes files."""
    documents, look = app.documents, app.view.look
    match command:
        case c.Open(path):
            documents.open_path(path)
        case c.CompareWith(path):
            documents.compare(path)
        case c.CompareEngines():
            documents.compare_engines()
        case c.Reload():
            app.note_reloaded(documents.reload())
        case c.SetAutoReload(enabled):
            app.note_reloaded(documents.set_auto_reload(enabled))
        case c.SaveScreenshot(path, panels):
            app.pictures.save(path, replace(look, panels=panels))
        case c.CopyScreenshot(panels):
            app.pictures.copy(replace(look, panels=panels))
        case c.ToggleFilm(path, ending):
            app.pictures.toggle_film(path, replace(look, ending=ending or look.ending), app.surface)
        case c.SaveRun(path):
            app.notify(saving.run(path, app.runtime, documents.first))
        case c.ExportChannels(channels):
            app.notify(saving.channels(channels, app.runtime))
        case c.ExportHistory(kind, path):
            app.notify(saving.history(kind, path, app.runtime))
