"""Parameters that each episode draws: every body equals the same model rebuilt from a changed description."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import (
    BatchEnv,
    ConfigError,
    ModelError,
    ShapeError,
    StateError,
    load_config,
)
from muscle_viewer.core.configuration import (
    Curriculum,
    Parameter,
)
from muscle_viewer.core.observation_names import observation_names
from muscle_viewer.core.scene import assemble, build_scene, load_motion
from parameter_cases import (
    FIELDS,
    NEUTRAL,
    SAME,
    TOLERANCE,
    Parts,
    character,
    checkpoint,
    stepped,
    unpushed,
    walk,
    with_parameters,
)


@cache
def changed_one_by_one(engine: str) -> BatchEnv:
    """After a control step: an environment for each of SAME, where it alone is changed, and one without changes."""
    parameters = {}
    for name, (parameter, _) in SAME.items():
        low, high = sorted((parameter.default, NEUTRAL.get(parameter.acts_on, 1.0)))
        update = {"range": [low, high], "default": NEUTRAL.get(parameter.acts_on, 1.0)}
        parameters[name] = parameter.model_copy(update=update)
    env = BatchEnv(with_parameters(walk(engine), **parameters), num_envs=len(SAME) + 1, seed=0)
    env.load_muscle_weights(checkpoint().muscle)
    env.record_substeps()  # as an Environment does
    env.seed([3] * env.num_envs)
    for k, (name, (parameter, _)) in enumerate(SAME.items()):
        chosen = np.arange(env.num_envs) == k
        env.set_parameters({name: parameter.default}, chosen)
    env.reset()
    env.step(np.zeros((env.num_envs, env.action_dim), np.float32))
    return env


@pytest.mark.parametrize("engine", ["lanes", pytest.param("dart", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SAME)
def test_a_parameter_makes_the_same_body_as_a_changed_description(name: str, engine: str) -> None:
    env = changed_one_by_one(engine)
    got, plain = env.frame(list(SAME).index(name)), env.frame(len(SAME))
    assert any(not np.array_equal(getattr(got, f), getattr(plain, f)) for f in FIELDS)
    config = walk(engine)
    rebuilt = SAME[name][1](config, character(), load_motion(config, character()))
    frame = stepped(assemble(*rebuilt))
    for field in FIELDS:
        wanted = np.asarray(getattr(frame, field))
        size = np.abs(wanted).max() + 1e-3
        difference = float(np.abs(getattr(got, field) - wanted).max())
        assert difference <= TOLERANCE * size, f"{field}: {difference:g} of {size:g}"


def test_the_default_body_is_that_of_no_parameters() -> None:
    got, plain = changed_one_by_one("lanes").frame(len(SAME)), stepped(build_scene(walk()))
    for field in FIELDS:
        wanted = np.asarray(getattr(plain, field))
        np.testing.assert_allclose(
            getattr(got, field), wanted, atol=TOLERANCE * np.abs(wanted).max() + 1e-6
        )


def test_several_parameters_at_once_make_one_body() -> None:
    names = ["height up", "length of one side", "mass", "strength of a muscle", "slope", "stride"]
    parts: Parts = walk(), character(), load_motion(walk(), character())
    for name in names:
        parts = SAME[name][1](*parts)
    rebuilt = stepped(assemble(*parts))
    one = with_parameters(walk(), **{name.replace(" ", "_"): SAME[name][0] for name in names})
    got = stepped(build_scene(one))
    for field in FIELDS:
        wanted = np.asarray(getattr(rebuilt, field))
        difference = float(np.abs(getattr(got, field) - wanted).max())
        assert difference <= 1e-3 * (np.abs(wanted).max() + 1e-3), field


DRAWN = {
    "weak_r": Parameter(acts_on="strength", groups=["knee_extensor"], side="right", range=[0.2, 1.0]),
    "weak_l": Parameter(acts_on="strength", groups=["knee_extensor"], side="left", range=[0.2, 1.0]),
    "height": Parameter(acts_on="height", range=[0.85, 1.15]),
    "trunk": Parameter(
        acts_on="mass", bodies=["thorax"], distribution="normal", deviation=0.1, range=[0.8, 1.2]
    ),
    "slope": Parameter(acts_on="slope", choices=[-5, 0, 5]),
    "speed": Parameter(acts_on="speed", range=[0.9, 1.6], default=1.3, observed=False),
}  # fmt: skip


def drawing(num_envs: int, **options: Any) -> BatchEnv:
    """A batch whose episodes last three control steps."""
    config = with_parameters(walk(), **DRAWN)
    episode = config.episode.model_copy(update={"max_time": 0.1})
    env = BatchEnv(config.model_copy(update={"episode": episode}), num_envs=num_envs, **options)
    env.load_muscle_weights(checkpoint().muscle)
    return env


def after(env: BatchEnv, steps: int) -> list[np.ndarray]:
    """Everything that some steps return, and the parameters."""
    out = [env.reset().copy(), env.parameters.copy()]
    actions = np.zeros((env.num_envs, env.action_dim), np.float32)
    for _ in range(steps):
        out += [values.copy() for values in (*env.step(actions), env.parameters)]
    return out


def test_bodies_depend_neither_on_threads_nor_on_neighbours() -> None:
    many = after(drawing(37, seed=5, threads=3), 7)
    for few, threads in ((20, 1), (3, 2)):
        for all_rows, rows in zip(
            many, after(drawing(few, seed=5, threads=threads), 7), strict=True
        ):
            np.testing.assert_array_equal(all_rows[:few], rows)


def test_every_episode_draws_within_the_ranges() -> None:
    env = drawing(200, seed=1, threads=2)
    env.reset()
    first = env.parameters.copy()
    low, high = (np.array([getattr(p, end) for p in env.parameter_info]) for end in ("low", "high"))
    assert ((first >= low) & (first <= high)).all()
    weak, _, _, trunk, slope, _ = first.T
    assert 0.2 < weak.min() < 0.25 and 0.95 < weak.max() < 1.0
    assert weak.mean() == pytest.approx(0.6, abs=0.05) and weak.std() == pytest.approx(
        0.8 / 12**0.5, abs=0.04
    )
    assert 0.05 < trunk.std() < 0.12 and trunk.mean() == pytest.approx(1.0, abs=0.03)
    assert set(slope) == {-5.0, 0.0, 5.0}
    assert abs(np.corrcoef(first.T) - np.eye(6)).max() < 0.3
    actions = np.zeros((200, env.action_dim), np.float32)
    for _ in range(3):
        _, _, terminated, truncated = env.step(actions)
    ended = terminated | truncated
    assert ended.all()
    assert (np.abs(env.parameters - first).max(1) > 0).all()
    env.reset(seed=1)
    np.testing.assert_array_equal(env.parameters, first)


def test_a_curriculum_widens_the_range_with_the_control_steps() -> None:
    narrow = Curriculum(steps=10, range=[0.9, 1.0])
    one = Parameter(acts_on="strength", range=[0.2, 1.0], curriculum=narrow)
    env = BatchEnv(with_parameters(walk(), weak=one), num_envs=64, seed=0)
    env.load_muscle_weights(checkpoint().muscle)
    env.reset()
    assert 0.9 <= env.parameters.min() < 0.91
    for _ in range(5):
        env.step(np.zeros((64, env.action_dim), np.float32))
    env.reset()
    assert 0.55 <= env.parameters.min() < 0.6  # half way from 0.9 to 0.2
    for _ in range(6):
        env.step(np.zeros((64, env.action_dim), np.float32))
    env.reset()
    assert 0.2 <= env.parameters.min() < 0.25


def test_an_observation_ends_with_the_observed_parameters() -> None:
    env = drawing(4)
    observation = env.reset()
    info = env.parameter_info
    assert (
        [p.name for p in info] == list(DRAWN)
        and info[4].unit == "degrees"
        and info[5].unit == "m/s"
    )
    low, high = (np.array([getattr(p, end) for p in info]) for end in ("low", "high"))
    wanted = 2 * (env.parameters - low) / (high - low) - 1
    np.testing.assert_allclose(observation[:, -5:], wanted[:, :5], atol=1e-6)
    names = observation_names(env.config, env.info, env.obs_dim)
    assert names[-5:] == [f"parameter {name}" for name in list(DRAWN)[:5]]


def test_the_mirror_exchanges_the_parameters_of_the_two_sides() -> None:
    mirror = drawing(1).mirror.observation
    assert (mirror.source[-5:] - mirror.size + 5).tolist() == [1, 0, 2, 3, 4]
    odd = {**DRAWN, "weak_l": DRAWN["weak_l"].model_copy(update={"range": [0.5, 1.0]})}
    with pytest.raises(
        ModelError, match=r"'weak_r' and 'weak_l' are not mirror images .* low differs"
    ):
        _ = BatchEnv(with_parameters(walk(), **odd), num_envs=1).mirror


def test_values_that_are_set_last_until_they_are_released() -> None:
    env = drawing(3, seed=2)
    env.reset()
    before, observation = env.parameters.copy(), env.reset().copy()
    env.set_parameters({"height": 1.1, "slope": [1.0, 2.0, 3.0]}, np.array([True, False, True]))
    assert not (env.parameters[:, 2] == 1.1).any()  # from the next reset on
    env.reset()
    assert env.parameters[:, 2].tolist()[::2] == [1.1, 1.1] and env.parameters[1, 2] != 1.1
    assert env.parameters[[0, 2], 4].tolist() == [1.0, 3.0]
    env.reset()
    assert env.parameters[0, 2] == 1.1
    env.set_parameters(np.full(6, np.nan))
    env.reset()
    assert not (env.parameters[:, 2] == 1.1).any()
    assert before.shape == (3, 6) and observation.shape == (3, env.obs_dim)


def test_a_value_set_at_once_changes_the_body_and_not_the_pose() -> None:
    env = drawing(2)
    env.reset()
    before = env.frame(0), env.frame(1)
    env.set_parameters({"weak_r": 0.3}, np.array([True, False]), at_once=True)
    assert env.parameters[0, 0] == 0.3
    names, muscle = env.info.muscle_names, env.info.muscle_names.index("vaslat_r")
    after_ = env.frame(0), env.frame(1)
    np.testing.assert_array_equal(after_[0].positions, before[0].positions)
    assert after_[0].passive_forces[muscle] != before[0].passive_forces[muscle] or names
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(after_[1], field), getattr(before[1], field))


def test_a_saved_state_holds_the_bodies() -> None:
    env = drawing(5, seed=4)
    env.reset()
    env.set_parameters({"height": 0.9})
    actions = np.zeros((5, env.action_dim), np.float32)
    env.step(actions)
    state, body = env.save_state(), env.parameters.copy()
    wanted = [[values.copy() for values in (*env.step(actions), env.parameters)] for _ in range(5)]
    other = drawing(5, seed=9)
    other.restore_state(state)
    np.testing.assert_array_equal(other.parameters, body)
    for expected in wanted:
        for values, same in zip((*other.step(actions), other.parameters), expected, strict=True):
            np.testing.assert_array_equal(values, same)
    assert (other.parameters[:, 2] == 0.9).all()


def test_a_state_of_other_parameters_or_out_of_range_is_refused() -> None:
    env = drawing(1)
    env.reset()
    state = env.save_state()
    renamed = {("strong" if name == "height" else name): one for name, one in DRAWN.items()}
    other = BatchEnv(with_parameters(walk(), **renamed), num_envs=1)
    other.reset()
    with pytest.raises(StateError, match=r"another configuration.*parameters"):
        other.restore_state(state)
    height = np.float64(env.parameters[0, 2]).tobytes()
    assert state.count(height) == 1
    with pytest.raises(
        StateError, match=r"height of environment 0: 1000 given, 0.85 to 1.15 expected"
    ):
        env.restore_state(state.replace(height, np.float64(1000).tobytes()))


def test_noise_is_of_the_observation_alone_and_the_same_for_the_same_step() -> None:
    noisy = Parameter(acts_on="noise", range=[0.0, 0.1], default=0.05, distribution="fixed")  # type: ignore[call-arg]
    envs = [BatchEnv(with_parameters(walk(), noise=noisy), num_envs=20, seed=1) for _ in range(2)]
    plain = BatchEnv(walk(), num_envs=20, seed=1)
    for env in (*envs, plain):
        env.load_muscle_weights(checkpoint().muscle)
        env.reset()
        env.step(np.zeros((20, env.action_dim), np.float32))
    first, second, exact = (env._observation for env in (*envs, plain))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(envs[0].positions, plain.positions)
    noise = first[:, :-1] - exact
    assert noise.std() == pytest.approx(0.05, rel=0.05) and abs(noise.mean()) < 0.003
    assert (first[:, -1] == 0).all()  # the parameter itself, in the middle of its range
    before = first.copy()
    np.testing.assert_array_equal(envs[0].restore_state(envs[0].save_state()), before)


def test_a_delay_shows_what_was_before_and_the_present_parameters() -> None:
    slow = Parameter(acts_on="delay", range=[0.0, 0.1])  # type: ignore[call-arg]
    weak = Parameter(acts_on="strength", range=[0.5, 1.0])  # type: ignore[call-arg]
    env = BatchEnv(with_parameters(walk(), slow=slow, weak=weak), num_envs=18, seed=2)
    plain = BatchEnv(with_parameters(walk(), weak=weak), num_envs=18, seed=2)
    delays = np.arange(18) % 4
    env.set_parameters({"slow": delays / 30, "weak": 0.9})
    plain.set_parameters({"weak": 0.9})
    for one in (env, plain):
        one.load_muscle_weights(checkpoint().muscle)
    got, exact = [env.reset().copy()], [plain.reset().copy()]
    actions = np.zeros((18, env.action_dim), np.float32)
    for _ in range(6):
        got.append(env.step(actions)[0].copy())
        exact.append(plain.step(actions)[0].copy())
    for step, observation in enumerate(got):
        wanted = np.array([exact[max(step - d, 0)][k, :-1] for k, d in enumerate(delays)])
        np.testing.assert_array_equal(observation[:, :-2], wanted)
        np.testing.assert_allclose(observation[:, -1], exact[step][:, -1])
    state = env.save_state()
    after_ = [env.step(actions)[0].copy() for _ in range(3)]
    np.testing.assert_array_equal(env.restore_state(state), got[-1])
    for expected in after_:
        np.testing.assert_array_equal(env.step(actions)[0], expected)


def test_speed_is_that_of_the_reference() -> None:
    """At any height: the root of the reference moves on by the speed."""
    env = drawing(2)
    env.set_parameters({"speed": [0.9, 1.6], "height": [0.85, 1.15]})
    env.reset()
    actions = np.zeros((2, env.action_dim), np.float32)
    for wanted in (0.9, 1.6):
        k = 0 if wanted == 0.9 else 1
        z = [env.frame(k).reference_positions[5]]
        for _ in range(2):
            env.step(actions, auto_reset=False)
            z.append(env.frame(k).reference_positions[5])
        env.reset()
        # Within the cycle the speed varies about its mean.
        assert (z[2] - z[0]) * 15 == pytest.approx(wanted, rel=0.15)


@pytest.mark.parametrize("order", [("height", "speed"), ("speed", "height")])
def test_speed_is_the_same_where_the_cadence_is_a_pendulums(order: tuple[str, str]) -> None:
    """A tall body's: its cadence falls with the root of the height."""
    kinds = {
        "height": Parameter(acts_on="height", range=[0.7, 1.3], pendulum=True),
        "speed": Parameter(acts_on="speed", range=[0.9, 1.6], default=1.3),
    }
    config = with_parameters(walk(), **{name: kinds[name] for name in order})
    env = BatchEnv(config, 3)
    env.load_muscle_weights(checkpoint().muscle)
    env.set_parameters({"speed": [1.2] * 3, "height": [0.7, 1.0, 1.3]})
    env.reset(1)
    actions = np.zeros((3, env.action_dim), np.float32)
    begin = [env.frame(k).reference_positions[5] for k in range(3)]
    for _ in range(90):
        env.step(actions, auto_reset=False)
    travelled = [env.frame(k).reference_positions[5] - begin[k] for k in range(3)]
    # Three seconds are no whole number of cycles.
    np.testing.assert_allclose(np.array(travelled) / 3, 1.2, rtol=0.04)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"heigth": 1.0}, "'heigth' is no parameter.*height"),
        ({"height": 2.0}, "height of environment 0: 2.0+ given, 0.85"),
        ({"height": np.ones(7)}, r"height: shape \(7,\) given"),
        (np.ones(4), r"shape \(4,\) given"),
    ],
)
def test_values_that_do_not_fit_are_refused_by_name(values: Any, message: str) -> None:
    env = drawing(2)
    with pytest.raises((ConfigError, ShapeError), match=message):
        env.set_parameters(values)


@pytest.mark.parametrize(
    ("values", "message"),
    [("{heigth: 1}", "presets.odd: 'heigth' is no parameter; did you mean 'height'?"),
     ("{height: 1.3}", "presets.odd.height: 1.3 is outside of its range, 0.9 to 1.1")],
)  # fmt: skip
def test_a_preset_that_cannot_be_is_refused_by_name(values: str, message: str) -> None:
    parameters = "parameters: {height: {acts_on: height, range: [0.9, 1.1]}}"
    with pytest.raises(ConfigError, match=re.escape(message)):
        load_config(unpushed() + f"{parameters}\npresets: {{odd: {values}}}\n")


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ("{acts_on: strength, groups: [knee_extensors], range: [0, 1]}", "no muscles of group.*knee_extensor"),
        ("{acts_on: strength, muscles: [sole], range: [0, 1]}", "'sole' does not exist"),
        ("{acts_on: length, bodies: [femur], side: left, range: [0, 2]}", "range must be within 0.05"),
        ("{acts_on: length, range: [1, 2]}", "length needs some"),
        ("{acts_on: mass, bodies: [pelvis], side: left, range: [1, 2]}", "none of them is on the left side"),
        ("{acts_on: height, range: [1.1, 1.2]}", "default: 1 is not within the range"),
        ("{acts_on: speed, range: [1.1, 1.2]}", "a speed needs one"),
        ("{acts_on: push_force, range: [1, 2]}", "needs pushes"),
        ("{acts_on: load, bodies: [pelvis], range: [0, 2]}", "point: it is of acts_on: load"),
        ("{acts_on: gravity, side: left, range: [1, 2]}", "side: gravity has none"),
        ("{acts_on: strength, distribution: choice, range: [0, 1]}", "choice, which needs some"),
        ("{acts_on: charm, range: [0, 1]}", "acts_on"),
        ("{acts_on: [mass], range: [0, 1]}", "acts_on"),
        ("{acts_on: mass, choices: [heavy]}", "range: missing"),
        ("{acts_on: mass, range: [1, .inf]}", "range"),
        ("[0, 1]", "mapping|dictionary"),
    ],
)  # fmt: skip
def test_a_definition_that_cannot_be_is_refused_by_name(definition: str, message: str) -> None:
    text = unpushed() + f"parameters: {{odd: {definition}}}\n"
    with pytest.raises(ConfigError, match=f"parameters.odd.*{message}"):
        build_scene(load_config(text))


def test_ranges_of_sliders_under_their_former_name_are_read() -> None:
    tree = yaml.safe_load(unpushed())
    del tree["sliders"]
    text = yaml.safe_dump(tree)
    both = load_config(
        text + "parameters: {stride: [0.5, 2.0], tall: {acts_on: height, range: [0.9, 1.1]}}\n"
    )
    assert both.sliders.stride == [0.5, 2.0] and both.parameters["tall"].range == [0.9, 1.1]
    assert load_config(both.to_yaml()) == both
    with pytest.raises(ConfigError, match="sliders"):
        load_config(text + "sliders: 3\nparameters: {stride: [0.5, 2.0]}\n")


def test_dart_refuses_a_range_in_which_a_body_is_too_light_by_its_name() -> None:
    light = Parameter(acts_on="height", range=[0.05, 1.0])
    with pytest.raises(ConfigError, match=r"body 'calcn_r'.*too light for its contacts"):
        build_scene(with_parameters(walk("dart"), light=light))
