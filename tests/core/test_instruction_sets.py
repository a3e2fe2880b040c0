"""One build for every x86-64 CPU: what is chosen where, and that nothing wider runs where it must not."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv, ConfigError, _core
from muscle_viewer.core.engines import instruction_set

from .test_batch_env import CONFIG, actions, make

CHOSEN = re.compile(r"\bmuscle::(lanes::)?(avx2|avx512|bf16)::")
"""In the name of a function that core/src/dynamics/engine.cpp calls by the CPU's instruction set alone."""
BEYOND_SSE2 = re.compile(
    r"v(?!err|erw)\w+|k(mov|and|or|xor|not|test|unpck|shift|add)\w+"
    r"|p(shufb|hadd|hsub|alignr|abs|sign|maddubs|mulhrsw|mulld|muldq|test|blend|mov[sz]x)\w*"
    r"|round[sp][sd]|dpp[sd]|blend\w+|insertps|extractps|haddp[sd]|movddup|lddqu|movbe|crc32"
    r"|popcnt|[lt]zcnt|andn|bextr|bls(i|r|msk)|bzhi|mulx|p(dep|ext)|rorx|s(ar|hl|hr)x"
)


def objdump(*options: str) -> str:
    command = ["objdump", *options, _core.__file__]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(
    shutil.which("objdump") is None or platform.machine() != "x86_64",
    reason="objdump reads the instructions of x86-64",
)
def test_only_what_is_chosen_by_the_cpu_goes_beyond_baseline_instructions() -> None:
    symbols = objdump("--syms")
    assert "no symbols" not in symbols, f"{_core.__file__} was stripped: 'make core' keeps symbols"
    listing = objdump("--disassemble", "--demangle", "--no-show-raw-insn")
    function, beyond, chosen = "", set(), 0
    for line in listing.splitlines():
        if line.endswith(">:"):
            function = line.split("<", 1)[1][:-2]
        elif (parts := line.split("\t"))[1:] and BEYOND_SSE2.fullmatch(parts[1].split(" ")[0]):
            if CHOSEN.search(function):
                chosen += 1
            else:
                beyond.add(f"{function}: {parts[1]}")
    assert not beyond
    assert chosen > 1_000  # or the listing was not understood


def test_the_widest_set_is_taken_and_another_one_when_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sets = _core.instruction_sets()
    assert sets[-1] == "baseline"
    monkeypatch.delenv("MUSCLE_CORE_ISA", raising=False)
    assert instruction_set() == sets[0]
    for name in sets:
        monkeypatch.setenv("MUSCLE_CORE_ISA", name)
        assert instruction_set() == name
    monkeypatch.setenv("MUSCLE_CORE_ISA", "mmx")
    with pytest.raises(ConfigError, match=r"MUSCLE_CORE_ISA: 'mmx' cannot run here; use one of"):
        BatchEnv(CONFIG, num_envs=1)


def test_all_sets_take_the_same_steps_within_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for name in _core.instruction_sets():
        monkeypatch.setenv("MUSCLE_CORE_ISA", name)
        env = make(20)
        env.reset()
        for step in range(2):  # contact magnifies rounding: later steps part
            obs, reward, terminated, _ = env.step(actions(env, step))
        assert not terminated.any()
        seen.append((obs.copy(), reward.copy(), env.activations.copy()))
    for other in seen[1:]:
        for a, b in zip(other, seen[0], strict=True):
            np.testing.assert_allclose(a, b, atol=2e-2)
