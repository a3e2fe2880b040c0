"""The public environment files of the GaitNets open, with their sizes, or name the file that is not there.

They lie beside the repository (../shared/data/gaitnet; GAITNET_DATA names another place). docs/gaitnet.md has them all.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from left_out import GAITNET_DATA as FILES
from left_out import needs_gaitnet
from muscle_viewer.core import Environment, UserError, load_config
from muscle_viewer.core.gaitnet.characters.assemble import read_gaitnet_character, read_nodes
from muscle_viewer.core.gaitnet.motions.height import lowest_contact
from muscle_viewer.core.gaitnet.motions.motion import read_gaitnet_motion
from muscle_viewer.core.gaitnet.source import GaitNetCharacter, GaitNetMotion
from muscle_viewer.core.observation_names import observation_names
from muscle_viewer.core.scene import Scene, build_scene

pytestmark = [needs_gaitnet, pytest.mark.slow]
SIZES = {
    "generative-gaitnet/data/metadata.txt": (56, 304, 1224, 512, 51),
    "bidirectional-gaitnet/data/env.xml": (56, 304, 1224, 517, 51),
    "fork-2025-11/data/env/A2_sep.yaml": (56, 164, 540, 506, 51),
    "fork-2025-11/data/env/A_intoe10.yaml": (56, 164, 540, 506, 51),
    "fork-2025-11/data/env/base.xml": (56, 304, 1224, 517, 51),
    "fork-2026-02/data/env/A_sca_base.yaml": (50, 164, 540, 705, 44),
}
"""Dofs, muscles, R, observations, actions."""
FOLDERS = {
    "generative-gaitnet/data/metadata*.txt": (2, 2),
    "bidirectional-gaitnet/data/env*.xml": (5, 5),
    "fork-2025-11/data/env/*.xml": (8, 8),
    "fork-2025-11/data/env/*.yaml": (63, 63),
    "fork-2026-02/data/env/*.yaml": (38, 7),
}
"""Files of a kind, and how many of them open."""


@pytest.mark.parametrize("pattern", FOLDERS)
def test_every_environment_opens_or_says_in_a_line_what_is_missing(pattern: str) -> None:
    paths, opened = sorted(FILES.glob(pattern)), 0
    for path in paths:
        try:
            load_config(path)
            opened += 1
        except UserError as error:
            said = str(error)
            assert "\n" not in said and path.name in said
            missing = "does not exist" in said or "is a patient's file" in said
            assert missing or "not valid YAML" in said, said
    assert (len(paths), opened) == FOLDERS[pattern]


def network(scene: Scene) -> dict[str, torch.Tensor]:
    """Random weights, as the GaitNets' training begins with."""
    generator = torch.Generator().manual_seed(0)
    widths = [scene.core.network_inputs, 256, 256, 256, scene.model.num_muscles]
    weights = {}
    for k, (a, b) in enumerate(zip(widths, widths[1:], strict=False)):
        scale = (6 / (a + b)) ** 0.5
        weights[f"fc.{2 * k}.weight"] = scale * (2 * torch.rand(b, a, generator=generator) - 1)
        weights[f"fc.{2 * k}.bias"] = torch.zeros(b)
    return weights


@pytest.mark.parametrize("name", SIZES)
def test_it_has_its_sizes_and_runs_on_both_engines(name: str) -> None:
    scene = build_scene(FILES / name)
    model = scene.model
    entries = len(scene.core.network_entries) if scene.config.infers else 540
    sizes = (
        model.num_dofs, model.num_muscles, entries, scene.observation_size, scene.action_size
    )  # fmt: skip
    assert sizes == SIZES[name]
    names = observation_names(scene.config, scene.info, scene.observation_size)
    assert len(set(names)) == len(names) and not names[0].isdigit()
    if "A2_sep" in name:
        assert model.total_mass == pytest.approx(72.9)
    rng = np.random.default_rng(0)
    for engine in ("lanes", "dart"):
        env = Environment(scene.config.on_engine(engine), seed=1)
        if scene.config.infers:
            env.load_muscle_weights(network(scene))
        env.reset()
        active, highest = 0.0, 0.0
        for _ in range(12):
            observation, reward, terminated, truncated = env.step(
                rng.normal(0, 0.3, env.action_dim)
            )
            assert np.isfinite(observation).all() and np.isfinite(reward)
            frame = env.frame()
            active = max(active, float(frame.activations.max(initial=0.0)))
            highest = max(highest, float(frame.positions[4]))
            if terminated or truncated:
                env.reset()
        assert highest < 1.2
        assert active > 0 or not scene.config.infers


@pytest.mark.parametrize(
    "patient", sorted(p.stem for p in FILES.glob("bidirectional-gaitnet/motions/*.npz"))
)
def test_a_patient_of_an_npz_walks_at_a_walking_speed(patient: str) -> None:
    folder = FILES / "bidirectional-gaitnet"
    source = GaitNetCharacter(
        generation="bgn", skeleton=folder / "data/skeleton_gaitnet_narrow_model.xml"
    )
    file = folder / "motions" / f"{patient}.npz"
    motion = GaitNetMotion(file=file, generation="bgn", height_calibration=True)
    walk = read_gaitnet_motion(motion, source, read_gaitnet_character(source))
    assert 0.9 < walk.cycle_translation[2] / walk.duration < 1.4
    nodes = read_nodes(source.skeleton)
    assert lowest_contact(walk.frames[0], nodes, np.zeros(3)) == pytest.approx(1e-3, abs=1e-6)


@pytest.mark.parametrize("name", ["A_shortleg", "A_intoe10", "A_outtoe17", "A_skel"])
def test_subjects_begin_on_the_ground(name: str) -> None:
    """The lowest contact of the first pose is a millimetre up, whatever height the motion was made at."""
    path = FILES / "fork-2025-11/data/env" / f"{name}.yaml"
    config = load_config(path).model_copy(update={"actuator": "pd"})
    env = Environment(config, seed=2)
    env.set_parameters({info.name: info.default for info in env.parameter_info})
    env.reset()
    assert env.frame().contact_points[:, 1].min() == pytest.approx(1e-3, abs=1e-5)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_children_with_cerebral_palsy_begin_on_the_ground(level: int, tmp_path: Path) -> None:
    """No environment names gmfcs1.yaml to gmfcs3.yaml; they are put into one of their year."""
    data = FILES / "fork-2026-02" / "data"
    (tmp_path / "data").symlink_to(data)
    text = (data / "env" / "A.yaml").read_text(encoding="utf-8")
    path = tmp_path / "env" / "A.yaml"
    path.parent.mkdir()
    path.write_text(text.replace("skeleton/base.yaml", f"skeleton/gmfcs{level}.yaml"))
    config = load_config(path).model_copy(update={"actuator": "pd"})
    assert config.character.skeleton.stem == f"gmfcs{level}"  # type: ignore[union-attr]
    env = Environment(config, seed=2)
    env.set_parameters({info.name: info.default for info in env.parameter_info})
    env.reset()
    nodes = read_nodes(config.character.skeleton)  # type: ignore[union-attr]
    pose = np.asarray(env.frame().positions, dtype=float)
    assert lowest_contact(pose, nodes, np.zeros(3)) == pytest.approx(1e-3, abs=1e-5)
