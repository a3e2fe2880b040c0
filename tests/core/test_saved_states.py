"""Saved states: small, exact, and refused in one line for whatever no environment can have saved."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv, Environment, StateError, _core, load_config
from muscle_viewer.core.configuration import EnvironmentConfig, assets_folder
from muscle_viewer.core.scene import Scene, build_scene

Complaint = Callable[..., str]

HEAD = struct.Struct("<8sIIQQQQ")
"""magic, version, environments, fingerprint, bytes of a record, seed, steps."""
EPISODE = struct.Struct("<???dQqdqddqqqIddd")
"""What a record begins with: the episode, up to the force of its push."""
GAIT = struct.Struct("<10dqi11d")
"""What follows: the memory of the gaitnet reward, up to its path."""
EPISODE_FIELDS = (
    "terminated truncated diverged begin_height number step phase cycle phase_rate clock.phase clock.cycle "
    "push.begin push.end push.number push.force push.force push.force"
).split()
GAIT_FIELDS = (
    *3 * ["gait.head_velocity"],
    *3 * ["gait.head_velocity_now"],
    *3 * ["gait.average_velocity"],
    "gait.target",
    "gait.steps",
    "gait.stance",
    *4 * ["gait.footholds.place"],
    *2 * ["gait.footholds.last_strike"],
    *2 * ["gait.footholds.contact"],
    "gait.footholds.stance",
    "gait.footholds.swings",
    "gait.footholds.began",
)


def config(engine: str = "lanes") -> EnvironmentConfig:
    """The walk that remembers most: the gaitnet reward's memory, and pushes."""
    path = assets_folder() / "environments" / "walk_gaitnet.yaml"
    tree = yaml.safe_load(load_config(path).to_yaml())
    tree |= {"actuator": "pd", "engine": engine}
    tree["disturbance"] = {"body": "thorax", "force": [20, 40], "interval": [0.1, 0.2]}
    return load_config(yaml.safe_dump(tree))


@cache
def scene(engine: str) -> Scene:
    return build_scene(config(engine))


@pytest.fixture(params=["lanes", "dart"])
def walker(request: pytest.FixtureRequest) -> Environment:
    """An environment some steps into its episode."""
    if request.param == "dart":
        pytest.importorskip("muscle_viewer.core._dart", reason="this build has no DART engine")
    env = Environment(scene(request.param), seed=3)
    env.reset()
    for _ in range(4):
        env.step(still(env))
    return env


def still(env: Environment) -> np.ndarray:
    return np.zeros(env.action_dim, np.float32)


def replaced(state: bytes, at: int, value: bytes) -> bytes:
    return state[:at] + value + state[at + len(value) :]


def with_episode(state: bytes, **values: float) -> bytes:
    """With other values of the episode and of the gait's memory, by their names."""
    for layout, names, start in (
        (EPISODE, EPISODE_FIELDS, HEAD.size),
        (GAIT, GAIT_FIELDS, HEAD.size + EPISODE.size),
    ):
        given = [
            values.get(name, value)
            for name, value in zip(names, layout.unpack_from(state, start), strict=True)
        ]
        state = replaced(state, start, layout.pack(*given))
    return state


def test_a_state_is_a_few_kilobytes_and_begins_with_what_it_is(walker: Environment) -> None:
    state = walker.save_state()
    magic, version, environments, _, record, seed, _ = HEAD.unpack_from(state)
    assert (magic, version, environments, seed) == (b"mv-state", 2, 1, 3)
    assert len(state) == HEAD.size + record
    assert len(state) < 4000
    assert EPISODE.unpack_from(state, HEAD.size)[EPISODE_FIELDS.index("step")] == 4


def test_a_restored_state_returns_its_observation_and_goes_on_bit_for_bit(
    walker: Environment,
) -> None:
    seen = walker.step(still(walker))[0]
    state = walker.save_state()
    following = [walker.step(still(walker)) for _ in range(6)]
    other = Environment(walker.scene, seed=9)
    for env in (walker, other):  # one goes on elsewhere, one has never been reset
        assert np.array_equal(env.restore_state(state), seen)
        assert env.save_state() == state
        for obs, reward, *ends in following:
            again_obs, again_reward, *again_ends = env.step(still(env))
            assert np.array_equal(again_obs, obs)
            assert (again_reward, again_ends) == (reward, ends)


def test_a_batch_returns_the_observations_of_its_state_for_any_number_of_threads() -> None:
    env = BatchEnv(config(), num_envs=19, seed=1, threads=1)
    env.reset()
    idle = np.zeros((19, env.action_dim), np.float32)
    seen = env.step(idle)[0].copy()
    state = env.save_state()
    following = [env.step(idle)[0].copy() for _ in range(20)]
    other = BatchEnv(config(), num_envs=19, threads=2)
    assert np.array_equal(other.restore_state(state), seen)
    for obs in following:
        assert np.array_equal(other.step(idle)[0], obs)


def test_a_diverged_environment_is_saved_and_restored_as_it_is(small_environment: Path) -> None:
    env = Environment(load_config(small_environment).model_copy(update={"actuator": "pd"}))
    env.reset()
    positions = env.frame().positions
    env.set_state(positions, np.full_like(positions, 1e30))
    assert env.step(still(env))[2]
    state = env.save_state()
    assert np.isfinite(env.restore_state(state)).all()
    assert env.save_state() == state
    env.reset()
    assert not env.step(still(env))[2]


WRONG = {
    "terminated": [2, 255],
    "truncated": [2, 128],
    "diverged": [3],
    "step": [-1, 2**62],
    "phase": [np.nan, np.inf, -np.inf, -1e-9, 1.5, 1e300],
    "cycle": [-1, 2**63 - 1],
    "phase_rate": [np.nan, -0.1, 2.0],
    "clock.phase": [np.nan, -3.0, 7.0],
    "clock.cycle": [-(2**63)],
    "push.begin": [-1],
    "push.end": [2**60],
    "push.force": [np.nan, np.inf],
    "begin_height": [np.nan],
    "gait.head_velocity": [np.nan],
    "gait.head_velocity_now": [np.inf],
    "gait.average_velocity": [-np.inf],
    "gait.target": [np.nan],
    "gait.steps": [-1, -(2**63), 2**62],
    "gait.stance": [-1, 2, 2**31 - 1],
    "gait.footholds.place": [np.nan],
    "gait.footholds.last_strike": [-np.inf],
    "gait.footholds.contact": [np.nan, -0.1, 1.1],
    "gait.footholds.stance": [np.nan, -1.0, 2.0, 1e300],
    "gait.footholds.swings": [np.nan, 2.0],
    "gait.footholds.began": [np.inf, -1.0],
}


@pytest.mark.parametrize("field", WRONG)
def test_an_episode_that_cannot_be_is_refused_by_its_field(
    field: str, walker: Environment, complaint: Complaint
) -> None:
    state = walker.save_state()
    for value in WRONG[field]:
        if isinstance(value, int) and field in ("terminated", "truncated", "diverged"):
            place = HEAD.size + EPISODE_FIELDS.index(field)
            bad = replaced(state, place, bytes([value]))
        else:
            bad = with_episode(state, **{field: value})
        line = complaint(walker.restore_state, bad)
        assert line.startswith(f"state: {field}")
        assert "of environment 0" in line and "expected" in line
    assert walker.save_state() == state


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("magic", "has no header"),
        ("version", "version 4 given, 2 expected"),
        ("environments", "environments: 2 given, 1 expected"),
        ("fingerprint", "another configuration"),
        ("record", "another configuration"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(
    field: str, part: str, walker: Environment, complaint: Complaint
) -> None:
    state = walker.save_state()
    names = ["magic", "version", "environments", "fingerprint", "record", "seed", "steps"]
    head = dict(zip(names, HEAD.unpack_from(state), strict=True))
    head[field] = b"nonsense" if field == "magic" else head[field] + 1 + (field == "version")
    assert part in complaint(walker.restore_state, replaced(state, 0, HEAD.pack(*head.values())))
    assert walker.save_state() == state


def test_states_of_another_length_or_an_earlier_version_are_refused(
    walker: Environment, complaint: Complaint
) -> None:
    state = walker.save_state()
    for cut in (state[:-1], state + b"\0", state[: HEAD.size]):
        assert "cut off or damaged" in complaint(walker.restore_state, cut)
    for none in (b"", state[: HEAD.size - 1], state[HEAD.size :], bytes(37456)):
        assert "has no header" in complaint(walker.restore_state, none)


def test_a_state_of_another_character_or_batch_is_refused(
    walker: Environment, small_environment: Path, complaint: Complaint
) -> None:
    other = Environment(small_environment)
    assert "another configuration" in complaint(other.restore_state, walker.save_state())
    batch = BatchEnv(small_environment, num_envs=2)
    assert "environments: 1 given, 2 expected" in complaint(batch.restore_state, other.save_state())


def test_a_state_goes_on_with_other_masses_gravity_and_forces(small_environment: Path) -> None:
    """As a viewer's sliders and a resumed run have it."""
    env = Environment(small_environment)
    state = env.save_state()
    folder = small_environment.parent
    character = yaml.safe_load((folder / "leg.yaml").read_text())
    character["bodies"][0]["mass"] = 50.0
    character["muscles"][0]["max_isometric_force"] = 10.0
    (folder / "heavy.yaml").write_text(yaml.safe_dump(character))
    tree = yaml.safe_load(small_environment.read_text())
    tree |= {"character": "heavy.yaml", "simulation": {"gravity": 1.6}}
    (folder / "moon.yaml").write_text(yaml.safe_dump(tree))
    Environment(folder / "moon.yaml").restore_state(state)


def test_a_phase_that_is_no_number_is_the_motions_beginning() -> None:
    """The reference itself does not trust a phase."""
    reference = _core.Reference(scene("lanes").model, scene("lanes").motion)
    for phase, same_as in ((np.nan, 0.0), (-np.inf, 0.0), (-7.0, 0.0), (np.inf, 1.0), (1e300, 1.0)):
        for given, wanted in zip(reference.pose(phase), reference.pose(same_as), strict=True):
            assert np.array_equal(given, wanted)


def hostile(state: bytes) -> Iterator[bytes]:
    """Every byte turned, and every number's place taken by what harms most."""
    for place in range(HEAD.size, len(state)):
        yield replaced(state, place, bytes([state[place] ^ 0xFF]))
    floats = [struct.pack("<f", v) for v in (np.nan, np.inf, -1e30, 3e38)]
    doubles = [struct.pack("<d", v) for v in (np.nan, -np.inf, -1e300, 1e308)]
    whole = [struct.pack("<q", v) for v in (-1, 2**63 - 1, -(2**63))]
    begin = HEAD.size + EPISODE.size + GAIT.size
    for place in range(HEAD.size, begin):
        for value in (*doubles, *whole):
            yield replaced(state, place, value)
    for place in range(begin, len(state) - 8, 4):
        for value in (*floats, *doubles):
            yield replaced(state, place, value)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_no_bytes_of_a_state_can_end_the_process(engine: str) -> None:
    if engine == "dart":
        pytest.importorskip("muscle_viewer.core._dart", reason="this build has no DART engine")
    env = Environment(scene(engine), seed=3)
    env.reset()
    env.step(still(env))
    state = env.save_state()
    tried = list(hostile(state))[:: 3 if engine == "lanes" else 25]
    refused = 0
    for bad in tried:
        env.restore_state(state)
        try:
            env.restore_state(bad)
        except StateError as error:
            assert "\n" not in str(error)
            assert env.save_state() == state
            refused += 1
            continue
        env.step(still(env))
        env.frame()
        after = env.save_state()
        env.restore_state(after)  # whatever an environment saves can be restored
        assert env.save_state() == after
    assert 0.3 * len(tried) < refused < len(tried)
