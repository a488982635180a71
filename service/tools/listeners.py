"""The processes that listen on a port of this machine, and the CPU time that they have used: Linux's /proc.

port -> the kernel's table of sockets -> who holds them -> seconds
"""

import os
from collections.abc import Iterable
from pathlib import Path

_LISTENS = "0A"  # the state of a socket in /proc/net/tcp
_TABLES = ("tcp", "tcp6")


def listeners(port: int) -> list[int]:
    """Process ids, ascending: a supervisor and its workers share the socket. Empty where /proc does not tell."""
    wanted = {f"socket:[{inode}]" for inode in _inodes(port)}
    if not wanted:
        return []
    return sorted(
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _holds(entry, wanted)
    )


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes, of threads and children that have ended too."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        except OSError:  # it has ended
            continue
        ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return ticks / os.sysconf("SC_CLK_TCK")


def _inodes(port: int) -> list[str]:
    found = []
    for table in _TABLES:
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        rows = (line.split() for line in lines)
        found += [row[9] for row in rows if row[3] == _LISTENS and int(row[1].rpartition(":")[2], 16) == port]
    return found


def _holds(process: Path, sockets: set[str]) -> bool:
    try:
        return any(str(file.readlink()) in sockets for file in (process / "fd").iterdir())
    except OSError:  # it has ended, or is another user's
        return False
