"""How many CPUs this process may use: affinity and the cgroup's quota, not the host's core count.

sched_getaffinity, cpu.max (cgroup v2), cpu.cfs_quota_us (cgroup v1)  ->  available_cpus(), cpu_share(workers)

macOS and Windows have neither: there the core count is all that can be known.
"""

import contextlib
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_NICENESS = 5  # a quarter of a processor that a thread of usual priority wants as well


def available_cpus(root: Path = Path("/")) -> int:
    """CPUs that this process may keep busy, at least 1. A quota of 1.5 CPUs counts as 2.

    `root` is the folder in which /proc and /sys are looked up.
    """
    cpus = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    for quota in _quotas(root):
        cpus = min(cpus, quota)
    return max(1, math.ceil(cpus))


def cpu_share(workers: int) -> int:
    """This process's share of them where `workers` processes serve, at least 1. Reads files: ask once, at the start."""
    return max(1, available_cpus() // workers)


def give_way() -> None:
    """The calling thread, and those that it will start, leave a busy processor to the process's other threads first.

    For threads that hold a picture for long beside the event loop, which answers all. Only Linux has priorities of
    threads: elsewhere, and in a sandbox that forbids it, nothing changes.
    """
    if sys.platform == "linux":  # where `nice` is the calling thread's; elsewhere it is the whole process's
        with contextlib.suppress(OSError):
            os.nice(_NICENESS)


def _quotas(root: Path) -> Iterator[float]:
    """The quota, in CPUs, of this process's cgroup and of each above it: the least of them holds."""
    mount = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        # A container may see the host's path here, while its own group is the top of the mount.
        for group in (PurePosixPath(path), *PurePosixPath(path).parents):
            inside = str(group).lstrip("/")
            if controllers == "":
                yield from _quota_v2(mount / inside / "cpu.max")
            elif "cpu" in controllers.split(","):
                yield from _quota_v1(mount / "cpu" / inside)


def _quota_v2(file: Path) -> Iterator[float]:
    match _read(file).split():
        case [quota, period] if quota != "max" and int(period) > 0:
            yield int(quota) / int(period)


def _quota_v1(folder: Path) -> Iterator[float]:
    quota = _read(folder / "cpu.cfs_quota_us").strip()
    period = _read(folder / "cpu.cfs_period_us").strip()
    if quota and period and int(quota) > 0 and int(period) > 0:
        yield int(quota) / int(period)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
