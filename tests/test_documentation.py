"""What the documents say is so: examples run, links lead somewhere, targets exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from muscle_viewer.core import load_config
from muscle_viewer.core.configuration import assets_folder
from muscle_viewer.core.models.read import parse_model
from muscle_viewer.core.readers.character_file import parse_character
from muscle_viewer.training import cli as train
from muscle_viewer.training.evaluation import cli as evaluation
from muscle_viewer.viewer import arguments

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE)


def formats(section: str) -> str:
    """The YAML block of a section of docs/formats.md."""
    text = (ROOT / "docs" / "formats.md").read_text()
    (block,) = re.findall(
        rf"^###? {section}\n.*?^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE
    )
    return str(block)


def test_the_readmes_python_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    examples = blocks(ROOT / "README.md", "python")
    assert examples
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_inside_the_repository_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text())
    missing = [link for link in links if not (document.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_that_are_named_exist(document: Path) -> None:
    for target in set(re.findall(r"(?:^ {4}|[`'(])make ([a-z]+)", document.read_text(), re.M)):
        done = subprocess.run(
            ["make", "--dry-run", "--question", target], cwd=ROOT, capture_output=True, text=True
        )
        assert "No rule to make target" not in done.stderr, target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_options_of_the_commands_that_are_named_exist(document: Path) -> None:
    parsers = {
        "muscle-viewer": arguments.parser(),
        "muscle-train": train.parser(),
        "muscle-eval": evaluation.parser(),
    }
    for command in parsers:
        for line in re.findall(rf"^(?: {{4}}|.*`)\S*{command}( .*)$", document.read_text(), re.M):
            parser = parsers[command]
            written = line.split("`")[0].split("#")[0]
            name = written.split()[0] if written.split() else ""
            if command == "muscle-viewer" and name in arguments.SUB_COMMANDS:
                parser = arguments.sub_parser(name)
            for option in re.findall(r"(?<![\w-])--[a-z-]+", written):
                assert option in parser.format_help(), f"{command} {option}"


def test_the_environment_that_is_described_loads(tmp_path: Path) -> None:
    path = tmp_path / "described.yaml"
    path.write_text(formats("Environment").replace(" ../", f" {assets_folder()}/"))
    config = load_config(path)
    described = yaml.safe_load(path.read_text())
    assert described.keys() == config.model_dump().keys() - {"motions"}  # in place of motion
    for part in ("simulation", "action", "reward", "termination", "episode", "reset", "muscles"):
        assert described[part].keys() == getattr(config, part).model_dump().keys(), part


def test_the_character_that_is_described_has_fields_that_are_known() -> None:
    tree = yaml.safe_load(formats("Character"))
    tree["sources"] = ["described"]
    tree["bodies"][0]["inertia"] = [0.1, 0.1, 0.1, 0.0, 0.0, 0.0]
    pelvis, tibia = tree["bodies"]
    fill = {key: pelvis[key] for key in ("mass", "com", "inertia")}
    femur = {"name": "femur_r", "parent": "pelvis", "joint": {"type": "weld"}, **fill}
    calcn = {"name": "calcn_r", "parent": "tibia_r", "joint": {"type": "weld"}, **fill}
    tree["bodies"] = [pelvis, femur, {**tibia, **fill}, calcn]
    character = parse_character(yaml.safe_dump(tree), "formats.md")
    assert [body.name for body in character.bodies] == ["pelvis", "femur_r", "tibia_r", "calcn_r"]
    assert character.muscles[0].name == "soleus_r"


def test_the_coordinates_that_are_described_have_fields_that_are_known() -> None:
    described = yaml.safe_load(formats("Coordinates, and joints of any number of them"))
    whole = yaml.safe_load(formats("Character"))
    femur = {"name": "femur_r", "parent": None, "joint": {"type": "weld"}}
    tree = described | {"name": "leg", "contact": whole["contact"]}
    tree["bodies"].insert(0, femur)
    character = parse_model(yaml.safe_dump(tree), "formats.md")
    assert character.dof_names == ["knee_angle_r"]
    assert character.bodies[1].joint.limit_stiffness == (500, 1000)
    assert len(character.bodies[1].joint.elements) == 2
