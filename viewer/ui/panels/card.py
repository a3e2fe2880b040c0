"""Tooltip of the hovered muscle: name, functional group, activation, forces and fibre length."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.ui.panels.context import NOT_SIMULATED, Context


def text(context: Context, muscle: int) -> str:
    """The lines of the tooltip."""
    info, frame = context.info, context.frame
    strongest = f"{info.max_isometric_force[muscle]:.0f} N max isometric"
    acts = (
        f"activation {frame.activations[muscle]:.2f}\n"
        f"active force {frame.active_forces[muscle]:.0f} N of {strongest}\n"
    )
    return (
        f"{info.muscle_names[muscle]}   {info.muscle_groups[muscle].replace('_', ' ')}\n"
        f"{acts if context.is_simulated else f'{NOT_SIMULATED}; {strongest}' + chr(10)}"
        f"passive force {frame.passive_forces[muscle]:.0f} N\n"
        f"fibre length {frame.fibre_lengths[muscle]:.2f} of optimal "
        f"({100 * info.optimal_fibre_length[muscle]:.1f} cm)"
    )


def draw(context: Context) -> None:
    """Draw the tooltip if a muscle is hovered."""
    if context.view.hovered is not None and imgui.is_mouse_pos_valid():
        lines = text(context, context.view.hovered)
        # of this picture's text: by itself it would have the size of the last one's
        size, edge = imgui.calc_text_size(lines), imgui.get_style().window_padding
        imgui.set_next_window_size(ImVec2(size.x + 2 * edge.x, size.y + 2 * edge.y))
        imgui.set_tooltip(lines)
