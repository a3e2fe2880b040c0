"""A character whose root is fixed to the world, in everything that the viewer shows, plots and exports."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from muscle_viewer.core import Checkpoint, load_config
from muscle_viewer.core.policy import Policy
from muscle_viewer.core.scene import build_scene
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.channels import channels, found
from muscle_viewer.viewer.capture.offscreen import Offscreen
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.simulation.session import CheckpointSession
from small_files import small_character, small_motion
from test_panels import Stage

JOINTS = ["hip_x", "hip_y", "hip_z", "knee"]


@pytest.fixture(params=["weld", "ball"])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> CheckpointSession:
    """The small leg, its trunk hung up at 1 m or carried by a ball joint there."""
    character, motion = small_character(), small_motion()
    names = [f"root_{axis}" for axis in "xyz"] if request.param == "ball" else []
    joint = {"type": request.param, "position": [0.0, 1.0, 0.0]} | (
        {"names": names} if names else {}
    )
    character["bodies"][0]["joint"] = joint
    motion["coordinates"] = [*names, *JOINTS]
    motion["frames"] = [[0.0] * len(names) + row[6:] for row in motion["frames"]]
    (tmp_path / "leg.yaml").write_text(yaml.safe_dump(character))
    (tmp_path / "stand.yaml").write_text(yaml.safe_dump(motion))
    tree = {"character": "leg.yaml", "motion": "stand.yaml"}
    (tmp_path / "environment.yaml").write_text(yaml.safe_dump(tree))
    config = load_config(tmp_path / "environment.yaml")
    scene = build_scene(config)
    policy = Policy(scene.observation_size, scene.action_size, (8,)).state_dict()
    torch.manual_seed(0)
    widths = [len(scene.info.muscle_of) + len(scene.info.joint_names), 8, 8, 8, 2]
    layers = [torch.nn.Linear(a, b) for a, b in zip(widths, widths[1:], strict=False)]
    muscle = {
        f"fc.{2 * k}.{name}": tensor.detach()
        for k, layer in enumerate(layers)
        for name, tensor in layer.named_parameters()
    }
    return CheckpointSession("leg", Checkpoint(config, policy, muscle))


@pytest.fixture
def stage(session: CheckpointSession) -> Iterator[Stage]:
    stage = Stage(session)
    stage.frame(3)
    yield stage
    stage.gui.close()


def test_the_dofs_are_all_joints(session: CheckpointSession) -> None:
    info = session.info
    assert info.root_dofs == 0
    assert info.joint_names == info.dof_names
    assert info.joint_names[-4:] == JOINTS
    assert session.observation_names[0] == "root height"
    assert session.action_names == [*info.dof_names, "phase rate"]


def test_every_channel_has_its_joints_name_and_the_unit_of_an_angle(
    session: CheckpointSession,
) -> None:
    runtime = Runtime(session)
    runtime.handle(c.Step(3))
    everything = channels(session.info, runtime.history.rows)
    for name in JOINTS:
        (angle,) = [k for k in found(everything, f"{name}") if k.field == "positions"]
        assert angle.unit == "rad"
        (torque,) = [k for k in found(everything, f"{name}") if k.field == "desired_torques"]
        assert torque.unit == "N m"
        assert angle.column - torque.column == 0


def test_all_panels_draw_and_the_joints_panel_shows_the_knee(stage: Stage) -> None:
    for panel in stage.gui.panels:
        panel.open = True
    stage.view.apply(c.Select(0))
    for _ in range(4):
        stage.runtime.handle(c.Step())
        stage.frame()
    joints = next(panel for panel in stage.gui.panels if panel.title == "Joints")
    driven = np.flatnonzero(stage.context.info.muscle_driven_dofs)
    assert joints.dof == driven[0]  # type: ignore[attr-defined]
    assert stage.sent == []


def test_ghosts_stand_where_the_body_stands(session: CheckpointSession, surface: Offscreen) -> None:
    from muscle_viewer.viewer.app.app import App  # after the surface has chosen EGL

    app = App(session, surface)
    try:
        for layer in ("reference ghost", "target ghost"):
            if not app.view.shows(layer):
                app.view.apply(c.ToggleLayer(layer))
        for _ in range(5):
            app.frame(1 / 30)
        ghosts = app.stage._ghosts()
        assert len(ghosts) == 2
        frame = app.stage.drawn
        wanted = session.subject.pose(frame.target_positions)
        for given, own in zip((ghosts[1].rotations, ghosts[1].positions), wanted, strict=True):
            np.testing.assert_allclose(given, own, atol=1e-6)
    finally:
        app.close()


def test_all_muscles_may_have_no_force_at_all(stage: Stage) -> None:
    stage.runtime.handle(c.SetParameters(Parameters().scaled("force", [0, 1], 0.0)))
    stage.runtime.handle(c.Step(5))
    assert stage.runtime.message == ""
    assert np.isfinite(stage.runtime.frame.positions).all()
    assert not stage.runtime.frame.muscle_torques.any()
    for panel in stage.gui.panels:
        panel.open = True
    stage.view.apply(c.Select(1))
    stage.frame(2)
