"""Checkpoints: written whole or not at all, read without running anything, refused in one line."""

from __future__ import annotations

import os
import pickle
import resource
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from muscle_viewer.core import (
    CheckpointError,
    Environment,
    Policy,
    UserError,
    load_checkpoint,
    load_config,
    save_checkpoint,
)
from muscle_viewer.core.configuration import checkpoints_folder

SHIPPED = checkpoints_folder() / "walk.pt"
Complaint = Callable[..., str]


def muscle_weights(env: Environment, keys: str = "fc.{}") -> dict[str, torch.Tensor]:
    """A small random muscle network for `env`, its layers named fc.0/2/4/6 or fc1..fc4."""
    info = env.info
    inputs = len(info.muscle_of) + len(info.muscle_driven_dofs)
    widths = [inputs, 8, 8, 8, len(info.muscle_names)]
    numbers = (0, 2, 4, 6) if keys == "fc.{}" else (1, 2, 3, 4)
    state = {}
    for number, columns, rows in zip(numbers, widths, widths[1:], strict=False):
        state[keys.format(number) + ".weight"] = 0.1 * torch.randn(rows, columns)
        state[keys.format(number) + ".bias"] = torch.full((rows,), 0.1)
    return state


@pytest.fixture
def environment(small_environment: Path) -> Environment:
    return Environment(small_environment)


@pytest.fixture
def saved(environment: Environment, tmp_path: Path) -> Path:
    """A small whole checkpoint."""
    path = tmp_path / "small.pt"
    policy = Policy(environment.obs_dim, environment.action_dim, (16, 16)).state_dict()
    save_checkpoint(path, environment.config, policy, muscle_weights(environment), {"steps": 7})
    return path


def altered(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The checkpoint at `path`, changed and written over."""
    content = torch.load(path, weights_only=True)
    change(content)
    torch.save(content, path)
    return path


def test_what_is_saved_is_loaded(saved: Path, environment: Environment) -> None:
    checkpoint = load_checkpoint(saved)
    assert checkpoint.config == environment.config
    assert checkpoint.meta == {"steps": 7}
    assert checkpoint.path == saved
    policy = Policy.from_state_dict(checkpoint.policy)
    assert (policy.obs_dim, policy.action_dim) == (environment.obs_dim, environment.action_dim)
    environment.load_muscle_weights(checkpoint.muscle)
    environment.step(policy.act(environment.reset()))
    assert environment.frame().activations.max() > 0


def test_both_names_of_the_layers_load(saved: Path, environment: Environment) -> None:
    weights = muscle_weights(environment, "fc{}")
    altered(saved, lambda content: content.update(muscle=weights))
    environment.load_muscle_weights(load_checkpoint(saved).muscle)


def test_the_checkpoint_that_ships_names_its_assets_portably() -> None:
    content = torch.load(SHIPPED, weights_only=True)
    assert "character: '@assets/characters/human.yaml'" in content["config"]
    assert load_checkpoint(SHIPPED).config.character.is_file()


def test_files_are_looked_for_in_the_folder_of_data(
    saved: Path, tmp_path: Path, complaint: Complaint
) -> None:
    """Those of a checkpoint from elsewhere, by the ends of their paths; what it finds there comes before what it names."""
    data = tmp_path / "theirs"
    (data / "motion").mkdir(parents=True)
    for name, place in (("leg.yaml", "leg.yaml"), ("stand.yaml", "motion/stand.yaml")):
        (tmp_path / name).rename(data / place)

    def elsewhere(content: dict[str, Any]) -> None:
        tree = yaml.safe_load(content["config"])
        tree |= {"character": "leg.yaml", "motion": "/home/them/data/motion/stand.yaml"}
        content["config"] = yaml.safe_dump(tree)

    altered(saved, elsewhere)
    config = load_checkpoint(saved, data=data).config
    assert config.files() == {
        "character": data / "leg.yaml",
        "motion": data / "motion" / "stand.yaml",
    }
    own = tmp_path / "own"
    own.mkdir()
    (data / "leg.yaml").rename(
        own / "leg.yaml"
    )  # what is not in it is beside the environment's file
    (own / "environment.yaml").write_text("character: leg.yaml\nmotion: motion/stand.yaml\n")
    assert load_config(own / "environment.yaml", data).files()["character"] == own / "leg.yaml"
    (own / "leg.yaml").rename(data / "leg.yaml")
    assert "--data FOLDER" in complaint(load_checkpoint, saved)
    missing = complaint(lambda: load_checkpoint(saved, data=data / "motion"))
    assert "character: 'leg.yaml' does not exist" in missing and "--data" not in missing
    config = load_checkpoint(saved, data=data).config.to_yaml()
    mass = config.replace(
        f"character: {data / 'leg.yaml'}",
        f"character: {{generation: mass, skeleton: leg.yaml, muscles: leg.yaml, meshes: {'x' * 300}}}",
    )
    assert mass != config
    altered(saved, lambda content: content.update(config=mass))
    load_checkpoint(saved, data=data)  # a folder of meshes may be missing, whatever its name
    assert "leg.yaml is no folder" in complaint(
        lambda: load_checkpoint(saved, data=data / "leg.yaml")
    )


def test_half_precision_and_cuda_saved_weights_come_as_they_are(saved: Path) -> None:
    def halve(content: dict[str, Any]) -> None:
        content["muscle"] = {name: t.to(torch.bfloat16) for name, t in content["muscle"].items()}

    checkpoint = load_checkpoint(altered(saved, halve))
    assert checkpoint.muscle["fc.0.weight"].dtype == torch.bfloat16


def interrupted(_content: object, file: Any) -> None:
    """As a Ctrl-C while torch writes."""
    file.write(b"half of it")
    raise KeyboardInterrupt


def test_a_failed_save_leaves_the_old_file_and_no_rubbish(
    saved: Path, environment: Environment
) -> None:
    before = saved.read_bytes()
    policy = {"log_std": torch.zeros(1)}
    with (
        pytest.raises(KeyboardInterrupt),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(torch, "save", interrupted)
        save_checkpoint(saved, environment.config, policy, {})
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_permissions_are_those_that_the_user_asks_for(
    mask: int, environment: Environment, tmp_path: Path
) -> None:
    before = os.umask(mask)
    try:
        save_checkpoint(tmp_path / "walk.pt", environment.config, {}, {})
    finally:
        os.umask(before)
    assert (tmp_path / "walk.pt").stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_place_that_cannot_be_written_says_so(
    environment: Environment, tmp_path: Path, complaint: Complaint
) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "walk.pt"
    line = complaint(save_checkpoint, path, environment.config, {}, {})
    assert f"{path}: cannot be written" in line


def test_a_disk_that_does_not_take_it_all_says_so_and_keeps_the_old_file(
    saved: Path, environment: Environment, complaint: Complaint
) -> None:
    before = saved.read_bytes()
    large = {"fc.0.weight": torch.zeros(300_000)}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        line = complaint(save_checkpoint, saved, environment.config, {}, large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert line == f"{saved}: cannot be written: File too large"
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir() if p.name.startswith(".")] == []


def test_a_missing_file_and_a_folder_say_so(tmp_path: Path, complaint: Complaint) -> None:
    missing = tmp_path / "no.pt"
    assert f"{missing}: no such file" in complaint(load_checkpoint, missing)
    assert f"{tmp_path}: is a folder" in complaint(load_checkpoint, tmp_path)


@pytest.mark.parametrize(
    ("kept", "part"),
    [
        (0, "an empty file, not a checkpoint"),
        (3, "an unknown kind of file, not a checkpoint"),
        (500, "truncated: the end of the file is missing"),
        (0.5, "truncated: the end of the file is missing"),
        (-1, "truncated: the end of the file is missing"),
    ],
)
def test_a_truncated_file_is_refused_by_name(
    kept: float, part: str, saved: Path, complaint: Complaint
) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * kept) if 0 < kept < 1 else int(kept)])
    line = complaint(load_checkpoint, saved)
    assert line.startswith(f"{saved}: {part}")


def test_an_archive_of_several_disks_is_refused(saved: Path, complaint: Complaint) -> None:
    content = saved.read_bytes()
    end = content.rindex(b"PK\x05\x06")
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 3)
    saved.write_bytes(content[:end] + locator + content[end:])
    assert str(saved) in complaint(load_checkpoint, saved)


@pytest.mark.parametrize("place", [0.05, 0.2, 0.5, 0.8])
def test_a_damaged_file_is_refused(place: float, saved: Path, complaint: Complaint) -> None:
    content = bytearray(saved.read_bytes())
    # Between the archive's members lies padding that nothing reads: damage a whole stretch.
    start = int(len(content) * place)
    content[start : start + 256] = bytes(b ^ 0x5A for b in content[start : start + 256])
    saved.write_bytes(content)
    assert "damaged" in complaint(load_checkpoint, saved)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "an empty file"),
        (b"hello, world", "an unknown kind of file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture (PNG)"),
        (pickle.dumps({"a": 1}), "a pickle"),
    ],
)
def test_other_files_are_named_for_what_they_are(
    content: bytes, kind: str, tmp_path: Path, complaint: Complaint
) -> None:
    path = tmp_path / "other.pt"
    path.write_bytes(content)
    line = complaint(load_checkpoint, path)
    assert f"{path}: {kind}, not a checkpoint" in line
    assert "save_checkpoint" in line


def test_foreign_archives_are_named_for_what_they_are(tmp_path: Path, complaint: Complaint) -> None:
    path = tmp_path / "foreign.pt"
    torch.save({"layer.weight": torch.zeros(2, 2)}, path)
    assert "a bare state_dict (layer.weight" in complaint(load_checkpoint, path)
    torch.save([1, 2], path)
    assert "no key 'format'" in complaint(load_checkpoint, path)
    torch.save({"format": "muscle-viewer/99"}, path)
    assert "format 'muscle-viewer/99' is unknown" in complaint(load_checkpoint, path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), str(path))
    assert "a TorchScript archive" in complaint(load_checkpoint, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "a zip archive, not a checkpoint" in complaint(load_checkpoint, path)


class Malicious:
    """Pickles to a call of os.mkdir."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_checkpoint_is_never_run(
    zipped: bool, tmp_path: Path, complaint: Complaint
) -> None:
    path, trace = tmp_path / "evil.pt", tmp_path / "it-ran"
    content = {"format": "muscle-viewer/1", "config": Malicious(trace)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    line = complaint(load_checkpoint, path)
    assert not trace.exists()
    assert str(path) in line
    if zipped:
        assert "refused: it contains posix.mkdir" in line
        assert "weights_only" not in line  # torch's own message advises to turn the check off


def set_entry(part: str, name: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda content: content[part].update({name: value})


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda c: c.pop("policy"), ["policy: missing"]),
        (lambda c: c.update(policy=[1]), ["policy: list given, dict expected"]),
        (lambda c: c.update(config=5), ["config: int given, str expected"]),
        (lambda c: c.update(policy={}), ["policy: ", "actor.0.weight", "found nothing"]),
        (lambda c: c.update(muscle={}), ["muscle: no weights", "every activation would be zero"]),
        (lambda c: c["policy"].pop("obs_var"), ["policy: obs_var: missing"]),
        (
            set_entry("policy", "actor.2.weight", torch.zeros(16, 3)),
            ["policy: actor.2.weight: shape (16, 3), (16, 16) expected"],
        ),
        (set_entry("policy", "extra", torch.zeros(1)), ["policy: extra: unexpected"]),
        (set_entry("policy", "log_std", torch.zeros(3, dtype=torch.int64)), ["int64", "log_std"]),
        (set_entry("policy", "log_std", torch.zeros(4).to_sparse()), ["policy.log_std", "dense"]),
        (set_entry("policy", "log_std", [0.0]), ["policy.log_std: a tensor is expected, not list"]),
        (lambda c: c["policy"]["obs_var"].fill_(-1.0), ["obs_var", "negative"]),
        (
            lambda c: c["policy"]["actor.4.bias"].fill_(float("nan")),
            ["policy.actor.4.bias", "not finite"],
        ),
        (
            lambda c: c["policy"].update(obs_mean=c["policy"]["obs_mean"].double() + 1e300),
            ["policy.obs_mean", "not finite"],
        ),
        (lambda c: c["muscle"]["fc.2.weight"].view(-1)[3:5].fill_(float("inf")), ["2 of 64"]),
        (lambda c: c["muscle"].pop("fc.4.bias"), ["muscle", "fc.4.bias: missing"]),
        (
            set_entry("muscle", "fc.2.weight", torch.zeros(8, 5)),
            ["fc.2.weight: shape (8, 5), (8, 8) expected"],
        ),
        (set_entry("muscle", "fc.8.weight", torch.zeros(8, 8)), ["fc.8.weight: unexpected"]),
        (
            lambda c: c.update(config=c["config"].replace("control_hz", "controll_hz")),
            ["config: simulation.controll_hz: unknown key; did you mean 'control_hz'?"],
        ),
        (
            lambda c: c.update(config=c["config"].replace("leg.yaml", "log.yaml")),
            ["config: character", "log.yaml' does not exist", "leg.yaml"],
        ),
        (lambda c: c.update(config="a: [1"), ["config: not valid YAML"]),
    ],
)
def test_a_mistake_inside_is_one_line_with_file_and_field(
    change: Callable[[dict[str, Any]], object],
    parts: list[str],
    saved: Path,
    complaint: Complaint,
) -> None:
    line = complaint(load_checkpoint, altered(saved, change))
    for part in [f"{saved}: ", *parts]:
        assert part in line


def test_loading_into_an_environment_gives_its_policy_and_weights(
    saved: Path, environment: Environment
) -> None:
    policy = load_checkpoint(saved).load_into(environment)
    environment.step(policy.act(environment.reset()))
    assert environment.frame().activations.max() > 0


def test_networks_for_another_character_are_refused_by_the_files_name(
    saved: Path, environment: Environment, complaint: Complaint
) -> None:
    shipped = load_checkpoint(SHIPPED)
    altered(saved, lambda content: content.update(muscle=shipped.muscle))
    line = complaint(load_checkpoint(saved).load_into, environment)
    assert f"{saved}: " in line and "fc.0.weight: shape" in line and "2 muscles" in line
    altered(saved, lambda content: content.update(policy=shipped.policy))
    line = complaint(load_checkpoint(saved).load_into, environment)
    assert f"{saved}: policy: made for" in line and f"has {environment.obs_dim}" in line


def test_errors_are_checkpoint_errors_and_user_errors(tmp_path: Path) -> None:
    assert issubclass(CheckpointError, UserError)
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / "no.pt")


def test_saved_tensors_do_not_drag_their_storage_along(
    environment: Environment, tmp_path: Path
) -> None:
    whole = torch.zeros(1_000_000)
    policy: Mapping[str, torch.Tensor] = {"log_std": whole[:3]}
    path = tmp_path / "slice.pt"
    save_checkpoint(path, load_config(environment.config), policy, {})
    assert path.stat().st_size < 100_000
