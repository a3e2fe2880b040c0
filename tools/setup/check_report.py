"""Checks what `muscle-viewer --headless --json` prints: check_report.py ENVIRONMENTS <report."""

from __future__ import annotations

import json
import sys

WANTED = {
    "steps_per_second",
    "num_envs",
    "threads",
    "control_hz",
    "sim_hz",
    "dofs",
    "muscles",
    "activation_mean",
    "activation_max",
}

if __name__ == "__main__":
    report = json.load(sys.stdin)
    print(report)
    assert report.keys() >= WANTED, WANTED - report.keys()
    assert report["num_envs"] == int(sys.argv[1])
    assert 0 < report["activation_mean"] <= report["activation_max"] <= 1
