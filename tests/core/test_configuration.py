"""The environment YAML: defaults, portability, and one clear line for each mistake."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from muscle_viewer.core import ConfigError, load_checkpoint, load_config
from muscle_viewer.core.configuration import EnvironmentConfig, assets_folder, checkpoints_folder

WALK = assets_folder() / "environments" / "walk.yaml"
Complaint = Callable[..., str]


def test_the_walk_that_ships_loads_from_its_path_its_text_and_itself() -> None:
    config = load_config(WALK)
    text = config.to_yaml()
    assert load_config(str(WALK)) == config
    assert load_config(text) == config
    assert load_config(config) is config


def test_what_a_file_leaves_out_takes_its_default() -> None:
    config = load_config(
        "character: '@assets/characters/human.yaml'\nmotion: '@assets/motions/walk.yaml'\n"
    )
    assert config.simulation.sim_hz == 480
    assert config.simulation.control_hz == 30
    assert config.actuator == "muscle"
    assert config.reward.type == "deepmimic"
    assert config.termination.max_tilt is None


@pytest.mark.parametrize(
    ("field", "former", "value"),
    [
        ("observation.type", "project", "default"),
        ("action.time_warp", "share", "relative"),
        ("action.time_warp", "seconds", "absolute"),
        ("muscles.network_torque", "less_passive", "active_only"),
    ],
)
def test_former_values_are_read_and_the_new_ones_written(
    field: str, former: str, value: str
) -> None:
    group, name = field.split(".")
    tree = yaml.safe_load(WALK.read_text()) | {
        "character": "@assets/characters/human.yaml",
        "motion": "@assets/motions/walk.yaml",
    }
    for given in (former, value):
        config = load_config(yaml.safe_dump(tree | {group: {name: given}}))
        assert getattr(getattr(config, group), name) == value
        assert yaml.safe_load(config.to_yaml())[group][name] == value


def test_a_former_observation_by_its_name_alone_is_read() -> None:
    tree = yaml.safe_load(WALK.read_text()) | {
        "character": "@assets/characters/human.yaml",
        "motion": "@assets/motions/walk.yaml",
        "observation": "project",
    }
    assert load_config(yaml.safe_dump(tree)).observation.type == "default"


@pytest.mark.parametrize("name", ["walk.pt", "run.pt"])
def test_the_checkpoints_that_ship_are_read_with_the_present_values(name: str) -> None:
    path = checkpoints_folder() / name
    config = load_checkpoint(path).config
    assert config.observation.type == "default"
    assert config.action.time_warp == "relative"
    assert config.muscles.network_torque == "active_only"


def test_paths_are_relative_to_the_file_that_names_them(small_environment: Path) -> None:
    config = load_config(small_environment)
    assert config.character == small_environment.parent / "leg.yaml"
    assert config.motion == small_environment.parent / "stand.yaml"


def test_written_paths_are_portable_inside_the_assets_and_absolute_outside(
    small_environment: Path,
) -> None:
    shipped = yaml.safe_load(load_config(WALK).to_yaml())
    assert shipped["character"] == "@assets/characters/human.yaml"
    own = yaml.safe_load(load_config(small_environment).to_yaml())
    assert own["character"] == str(small_environment.parent / "leg.yaml")
    assert load_config(yaml.safe_dump(own)) == load_config(small_environment)


def test_a_configuration_cannot_be_changed() -> None:
    config = load_config(WALK)
    with pytest.raises(ValueError, match="frozen"):
        config.simulation.sim_hz = 240  # type: ignore[misc]


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("sim_hz: 480", "sim_hzz: 480", ["simulation.sim_hzz", "unknown key", "'sim_hz'"]),
        ("actuator:", "actuater:", ["actuater", "unknown key", "'actuator'"]),
        ("actuator: muscle", "zebra: 1", ["zebra", "unknown key", "known: ", "character"]),
        ("actuator: muscle", "actuator: magic", ["actuator", "'muscle'", "'pd'", "found 'magic'"]),
        ("sim_hz: 480", "sim_hz: 481", ["simulation", "multiple", "481", "30"]),
        ("sim_hz: 480", "sim_hz: fast", ["simulation.sim_hz", "integer", "found 'fast'"]),
        ("sim_hz: 480", "sim_hz: 0", ["simulation.sim_hz", "greater than", "found 0"]),
        ("gravity: 9.81", "gravity: .nan", ["simulation.gravity", "finite", "found nan"]),
        ("gravity: 9.81", "gravity: .inf", ["simulation.gravity", "finite", "found inf"]),
        ("scale: 0.1,", "scale: -0.1,", ["action.scale", "greater than 0", "found -0.1"]),
        ("max_time: 10.0", "max_time: null", ["episode.max_time", "number", "found None"]),
        ("type: deepmimic", "type: deepmimick", ["reward.type", "'deepmimic'", "'scadiver'"]),
        ("weight: 0.3", "weigth: 0.3", ["reward.pose.weigth", "'weight'", "and 1 more"]),
        ("human.yaml", "humam.yaml", ["character", "humam.yaml", "does not exist", "human.yaml"]),
        ("motion: ../motions/walk.yaml\n", "", ["motion", "missing", "add it"]),
        ("environment-1", "environment-9", ["format", "environment-1", "environment-9"]),
        ("episode: {", "episode: [", ["not valid YAML", "line"]),
        ("../motions/walk.yaml", "'@assets/../x.yaml'", ["motion", "leaves the assets"]),
        ("../motions/walk.yaml", "'@assets/no.yaml'", ["motion", "'@assets/no.yaml'", "exist"]),
    ],
)
def test_a_mistake_is_one_line_with_file_field_and_fix(
    old: str, new: str, parts: list[str], tmp_path: Path, complaint: Complaint
) -> None:
    text = WALK.read_text()
    assert old in text
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(old, new, 1).replace(": ../", f": {assets_folder()}/"))
    line = complaint(load_config, path)
    for part in [str(path), *parts]:
        assert part in line


def test_a_file_that_is_no_mapping_says_so(tmp_path: Path, complaint: Complaint) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("- 1\n- 2\n")
    assert "a mapping of keys is expected, not a list of 2 items" in complaint(load_config, path)


def test_missing_and_unreadable_files_say_so(tmp_path: Path, complaint: Complaint) -> None:
    assert f"{tmp_path / 'no.yaml'}: no such file" in complaint(load_config, tmp_path / "no.yaml")
    assert "is a folder" in complaint(load_config, tmp_path)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\x00\x80")
    assert "cannot be read" in complaint(load_config, tmp_path / "binary.yaml")


def test_yaml_never_makes_objects(tmp_path: Path, complaint: Complaint) -> None:
    path = tmp_path / "evil.yaml"
    path.write_text(f"character: !!python/object/apply:os.mkdir ['{tmp_path / 'made'}']\n")
    assert "not valid YAML" in complaint(load_config, path)
    assert not (tmp_path / "made").exists()


def test_mistakes_are_config_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load_config(tmp_path / "no.yaml")
    assert EnvironmentConfig.model_config["extra"] == "forbid"
