"""The panels: each has a file, a class and a line in `all_panels`."""

from __future__ import annotations

from muscle_viewer.viewer.ui.panels.activations import Activations
from muscle_viewer.viewer.ui.panels.changes import Changes
from muscle_viewer.viewer.ui.panels.channel_plot import ChannelPlot
from muscle_viewer.viewer.ui.panels.compare import Compare
from muscle_viewer.viewer.ui.panels.context import Context, Panel
from muscle_viewer.viewer.ui.panels.controls import Controls
from muscle_viewer.viewer.ui.panels.falls import FallsPanel
from muscle_viewer.viewer.ui.panels.gait import Gait
from muscle_viewer.viewer.ui.panels.heat_map import HeatMap
from muscle_viewer.viewer.ui.panels.help import Help
from muscle_viewer.viewer.ui.panels.joints import Joints
from muscle_viewer.viewer.ui.panels.muscle import Muscle
from muscle_viewer.viewer.ui.panels.muscle_curves import MuscleCurves
from muscle_viewer.viewer.ui.panels.network import Network
from muscle_viewer.viewer.ui.panels.palette import Palette
from muscle_viewer.viewer.ui.panels.perturb import Perturb
from muscle_viewer.viewer.ui.panels.plot import Plot
from muscle_viewer.viewer.ui.panels.pose import Pose
from muscle_viewer.viewer.ui.panels.reward import Reward
from muscle_viewer.viewer.ui.panels.sweep import SweepPanel
from muscle_viewer.viewer.ui.panels.timeline import Timeline

__all__ = ["Context", "Panel", "all_panels"]


def all_panels() -> list[Panel]:
    """New instances of all panels, in the order of their tabs."""
    return [
        Timeline(),
        Controls(),
        Perturb(),
        Changes(),
        Pose(),
        Activations(),
        Muscle(),
        Joints(),
        Plot(),
        MuscleCurves(),
        HeatMap(),
        Gait(),
        SweepPanel(),
        Reward(),
        ChannelPlot(),
        Compare(),
        Network(),
        FallsPanel(),
        Help(),
        Palette(),
    ]
