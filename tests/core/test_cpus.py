"""The default number of threads: CPUs of the affinity mask, and what control groups grant."""

from __future__ import annotations

from pathlib import Path

import pytest
from muscle_viewer.core import _core

# What kernels and container runtimes write: /proc/self/cgroup, files under /sys/fs/cgroup, the right number.
CASES = {
    "version 2 in a container's own namespace": ("0::/\n", {"cpu.max": "150000 100000\n"}, 2),
    "version 2, exactly one CPU": ("0::/\n", {"cpu.max": "100000 100000\n"}, 1),
    "version 2, a part of a CPU": ("0::/\n", {"cpu.max": "5000 100000\n"}, 1),
    "version 2 without a quota": ("0::/\n", {"cpu.max": "max 100000\n"}, 0),
    "version 2, the quota of an outer slice counts": (
        "0::/user.slice/user-1000.slice/app.service\n",
        {
            "user.slice/user-1000.slice/app.service/cpu.max": "max 100000\n",
            "user.slice/user-1000.slice/cpu.max": "300000 100000\n",
            "user.slice/cpu.max": "400000 100000\n",
        },
        3,
    ),
    "version 1 with cpu and cpuacct together": (
        "12:pids:/a\n4:cpu,cpuacct:/docker/0123\n1:name=systemd:/docker/0123\n",
        {
            "cpu,cpuacct/docker/0123/cpu.cfs_quota_us": "250000\n",
            "cpu,cpuacct/docker/0123/cpu.cfs_period_us": "100000\n",
        },
        3,
    ),
    "version 1 in a container whose path is the host's": (
        "4:cpu,cpuacct:/docker/0123\n",
        {"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "50000\n"},
        2,
    ),
    "version 1 without a quota": (
        "1:cpu:/\n0::/\n",
        {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
        0,
    ),
    "both versions, the quota of the first": (
        "1:cpu:/\n0::/\n",
        {
            "cpu/cpu.cfs_quota_us": "100000\n",
            "cpu/cpu.cfs_period_us": "100000\n",
            "unified/cpu.max": "max 100000\n",
        },
        1,
    ),
    "nothing that can be read": (
        "nonsense\n::\n0:\n7:cpu:relative\n",
        {"cpu.max": "many few\n"},
        0,
    ),
    "no file": ("", {}, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_the_quota_of_a_container_is_counted_in_cpus(case: str, tmp_path: Path) -> None:
    groups, files, cpus = CASES[case]
    (tmp_path / "cgroup").write_text(groups)
    for name, content in files.items():
        file = tmp_path / "fs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    assert _core.quota_cpus(str(tmp_path / "cgroup"), str(tmp_path / "fs")) == cpus


def test_a_machine_without_control_groups_has_no_quota(tmp_path: Path) -> None:
    assert _core.quota_cpus(str(tmp_path / "none"), str(tmp_path / "none")) == 0
