"""The CPU quota of either kind of cgroup, read from a file tree as the kernel lays it out."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.inference.runtime.cpus import available_cpus, give_way

USABLE = len(os.sched_getaffinity(0))


def tree(root: Path, membership: str, files: dict[str, str]) -> Path:
    for name, text in {"proc/self/cgroup": membership, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_without_a_cgroup_the_affinity_counts(tmp_path: Path) -> None:
    assert available_cpus(tmp_path) == USABLE


def test_affinity_is_that_of_this_process(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert available_cpus(tmp_path) == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(
    ("quota", "cpus"),
    [("100000 100000", 1), ("50000 100000", 1), ("max 100000", USABLE), ("99900000 100000", USABLE)],
)
def test_quota_of_version_2(tmp_path: Path, quota: str, cpus: int) -> None:
    root = tree(tmp_path, "0::/app\n", {"sys/fs/cgroup/app/cpu.max": quota})
    assert available_cpus(root) == cpus


def test_the_least_quota_above_counts(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/cpu.max": "max 100000",
        "sys/fs/cgroup/slice/cpu.max": "100000 100000",
        "sys/fs/cgroup/slice/app/cpu.max": "400000 100000",
    }
    assert available_cpus(tree(tmp_path, "0::/slice/app\n", files)) == 1


def test_a_container_sees_its_own_group_at_the_top(tmp_path: Path) -> None:
    root = tree(tmp_path, "0::/docker/0123\n", {"sys/fs/cgroup/cpu.max": "100000 100000"})
    assert available_cpus(root) == 1


def test_quota_of_version_1(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/cpu/app/cpu.cfs_quota_us": "100000\n",
        "sys/fs/cgroup/cpu/app/cpu.cfs_period_us": "100000\n",
    }
    assert available_cpus(tree(tmp_path, "4:memory:/app\n3:cpu,cpuacct:/app\n", files)) == 1


def test_no_quota_of_version_1(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    }
    assert available_cpus(tree(tmp_path, "3:cpu:/\n", files)) == USABLE


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_a_thread_that_gives_way_has_a_lower_priority_than_the_others() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, 0)  # the calling thread's

    before = niceness()
    with ThreadPoolExecutor(1, initializer=give_way) as executor:
        assert executor.submit(niceness).result() > before or before == 19
    assert niceness() == before
