"""A server's processes as /proc shows them: CPU time and memory of the whole tree.

pid -> the process and all its descendants -> seconds of CPU, MB
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

from service.tools.listeners import cpu_seconds


class Memory(NamedTuple):
    """MB of a process tree. What processes share counts once in `now`, and once a process in `peak`."""

    now: float  # proportional set size
    peak: float  # the largest resident size of each process, added up


def tree_cpu_seconds(root: int) -> float:
    """User and system time of the tree, of threads and children that have ended too."""
    return cpu_seconds(tree(root))


def be_nice(nice: int) -> None:
    """Of this process, and of its session where Linux shares the CPUs out by session."""
    os.nice(nice)
    if nice and (group := Path("/proc/self/autogroup")).exists():
        group.write_text(str(nice))


def share_alike(root: int) -> None:
    """Gives what the tree has started in sessions of its own the niceness of ours: where Linux groups by session
    (sched_autogroup), one's own niceness says nothing to another session."""
    own = re.search(r"nice (-?\d+)", _read(os.getpid(), "autogroup"))
    if own is None:
        return
    for pid in tree(root):
        if f"nice {own[1]}" not in _read(pid, "autogroup"):
            Path(f"/proc/{pid}/autogroup").write_text(own[1])


def memory(root: int) -> Memory:
    """Of the tree, now and at its peak."""
    pids = tree(root)
    now = sum(_kilobytes(_read(pid, "smaps_rollup"), "Pss") for pid in pids)
    peak = sum(_kilobytes(_read(pid, "status"), "VmHWM") for pid in pids)
    return Memory(now / 1024, peak / 1024)


def tree(root: int) -> list[int]:
    """The process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _read(int(entry.name), "stat")):
            children.setdefault(int(stat.rpartition(") ")[2].split()[1]), []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        found.append(queue.pop())
        queue += children.get(found[-1], [])
    return found


def _kilobytes(text: str, name: str) -> int:
    match = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(match[1]) if match else 0


def _read(pid: int, file: str) -> str:
    try:
        return Path(f"/proc/{pid}/{file}").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return ""
