"""Falls panel: a checkpoint on many random seeds, and the checkpoints of a training run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.hint import hint
from muscle_viewer.viewer.ui.panels.sliders import whole_slider

if TYPE_CHECKING:
    from muscle_viewer.viewer.analysis.falls import Falls

COUNT = 64
"""Number of seeds."""


class FallsPanel:
    """Lists the episodes of many seeds, the earliest falls first; a click opens one. A slider over a run's checkpoints."""

    title = "Falls"
    place = "below"
    needs_policy = True

    def __init__(self) -> None:
        self.open = True

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        em = imgui.get_font_size()
        imgui.begin_child("choice", ImVec2(min(17 * em, 0.45 * imgui.get_window_width()), 0))
        _checkpoints(context, send)
        falls = context.falls
        imgui.begin_disabled(falls is not None and falls.is_running)
        if imgui.button(f"Test {COUNT} seeds", ImVec2(-1, 0)):
            send(c.MeasureFalls(COUNT))
        imgui.end_disabled()
        imgui.set_item_tooltip("An episode of each, as loaded, beside the running simulation")
        if falls and falls.is_running:
            imgui.progress_bar(falls.share, ImVec2(-1, 0), f"{falls.share:.0%} are over")
        if falls and falls.error:
            imgui.text_wrapped(falls.error)
        if falls:
            fallen = sum(e.fell_at is not None for e in falls.episodes)
            imgui.text(f"{fallen} of {falls.count} fell")
        imgui.end_child()
        imgui.same_line()
        imgui.begin_child("episodes")
        if falls:
            _episodes(falls, send)
        else:
            hint("Which seeds fall, and when; a click opens the episode.")
        imgui.end_child()


def _checkpoints(context: Context, send: c.Send) -> None:
    """A slider over the numbered checkpoints of the open training run."""
    files = context.checkpoints
    if not files:
        return
    names = [file.stem.lstrip("0") or "0" for file in files]
    shown = context.shown_checkpoint
    at = files.index(shown) if shown in files else len(files)
    label = f"after {int(names[at]):,} steps" if at < len(files) else "the latest"
    imgui.set_next_item_width(-1)
    changed, value = whole_slider("##checkpoint", at, 0, len(files) - 1, label)
    imgui.set_item_tooltip("Checkpoint of the training run whose weights act")
    if changed and value != at and value < len(files):
        send(c.ShowCheckpoint(files[value]))


def _episodes(falls: Falls, send: c.Send) -> None:
    flags = imgui.TableFlags_.row_bg.value | imgui.TableFlags_.sizing_stretch_prop.value
    if not imgui.begin_table("##episodes", 3, flags):
        return
    for title in ("seed", "fell at, s", "return"):
        imgui.table_setup_column(title)
    imgui.table_headers_row()
    for episode in falls.episodes:
        imgui.table_next_row()
        imgui.table_next_column()
        spans = imgui.SelectableFlags_.span_all_columns.value
        if imgui.selectable(f"{episode.seed}", False, spans)[0]:
            send(c.OpenSeed(episode.seed))
        imgui.table_next_column()
        imgui.text("-" if episode.fell_at is None else f"{episode.fell_at:.2f}")
        imgui.table_next_column()
        imgui.text(f"{episode.reward:.1f}")
    imgui.end_table()
