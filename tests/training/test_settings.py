"""What a run is told: refused in one line by the option that is at fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from muscle_viewer.core import ConfigError
from muscle_viewer.training.settings import TrainingSettings, make_settings


def test_assignments_change_the_settings_that_they_name():
    settings = make_settings({}, {"seed": 3}, ["ppo.hidden=[512,512]", "ppo.learning_rate=3e-4"])
    assert settings.seed == 3 and settings.ppo.hidden == (512, 512)
    assert settings.ppo.learning_rate == 3e-4
    again = make_settings(settings.as_meta(), {"steps": 9}, ["muscle_batches=4"])
    assert again.ppo == settings.ppo and (again.steps, again.muscle_batches) == (9, 4)


def test_the_defaults_are_settings_that_can_be_given():
    assert make_settings(TrainingSettings().as_meta(), {}) == TrainingSettings()


def test_the_documents_name_every_setting_and_its_default():
    text = Path("docs/training.md").read_text()
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.+?) \|", text.split("The keys of `--set`")[1], re.M)
    told = {key: yaml.safe_load(value) for key, value in rows}
    tree = TrainingSettings().as_meta()
    options = {name for name in tree if f"`--{name.replace('_', '-')}" in text}
    expected = {key: value for key, value in tree.items() if key not in {*options, "ppo", "muscle"}}
    for part in ("ppo", "muscle"):
        expected |= {f"{part}.{key}": value for key, value in tree[part].items()}
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in expected.items()}
    assert told == plain


@pytest.mark.parametrize(
    ("assignment", "complaint"),
    [
        ("ppo.horizn=3", "--set ppo.horizn: no such setting; known settings: hidden, log_std"),
        ("horizon=3", "--set horizon: no such setting; known settings: num_envs"),
        ("horizon.x=3", "--set horizon: no such setting"),
        ("ppo.horizon", "--set ppo.horizon: expected KEY=VALUE"),
        ("ppo.horizon=[1", "--set ppo.horizon: '[1' is not a YAML value"),
        ("seed.x=3", "--set seed.x: seed has no fields"),
        ("ppo.hidden.0=3", "--set ppo.hidden: must be a list, such as [256,256], is {'0': 3}"),
        ("ppo=3", "--set ppo: is a group of settings, such as ppo.hidden; known settings: hidden"),
        ("ppo.horizon=three", "--set ppo.horizon: must be a valid integer"),
        ("ppo.horizon=0", "--set ppo.horizon: must be greater than 0, is 0"),
        ("ppo.epochs=0", "--set ppo.epochs: must be greater than 0, is 0"),
        ("ppo.batch=0", "--set ppo.batch: must be greater than 0, is 0"),
        ("ppo.gamma=2", "--set ppo.gamma: must be less than or equal to 1, is 2"),
        ("ppo.hidden=[0]", "--set ppo.hidden: must be greater than 0, is 0"),
        ("ppo.hidden=[]", "--set ppo.hidden: "),
        ("ppo.log_std=1000", "--set ppo.log_std: must be less than or equal to 5, is 1000"),
        ("ppo.learning_rate=.nan", "--set ppo.learning_rate: must be a finite number, is nan"),
        ("ppo.target_kl=0", "--set ppo.target_kl: must be greater than 0, is 0"),
        ("ppo.precision=half", "--set ppo.precision: must be 'auto', 'float32' or 'bfloat16'"),
        ("muscle.hidden=[64,64]", "--set muscle.hidden: must be a list of three"),
        ("muscle.capacity=0", "--set muscle.capacity: must be greater than 0, is 0"),
        ("muscle_batches=0", "--set muscle_batches: must be greater than 0, is 0"),
        ("final_rate=-2", "--set final_rate: must be greater than or equal to 0, is -2"),
    ],
)
def test_what_is_not_known_or_makes_no_sense_is_named(assignment: str, complaint: str):
    with pytest.raises(ConfigError) as error:
        make_settings({}, {"seed": 0}, [assignment])
    assert str(error.value).startswith(complaint) and "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["num_envs", "steps", "minutes", "threads"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_an_option_that_makes_no_sense_is_named_as_the_command_line_does(name: str, value: float):
    with pytest.raises(ConfigError, match=f"^--{name.replace('_', '-')}: must be "):
        make_settings({}, {name: value})
