"""A network of the tests' own, with the loopback interface alone.

Chromium drops its connections whenever any network interface that it sees comes or goes, as those of containers do.
"""

import ctypes
import functools
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET of Linux
_SET_FLAGS = 0x8914  # SIOCSIFFLAGS
_UP_AND_RUNNING = 0x1 | 0x40


@functools.cache
def is_allowed() -> bool:
    """Whether this process may make one: root on Linux may."""
    unshare = shutil.which("unshare")
    return unshare is not None and subprocess.run([unshare, "--net", "true"], capture_output=True).returncode == 0


@contextmanager
def own_loopback() -> Iterator[None]:
    """Until the end of the block this thread, and every thread and process that it starts, is in a new network."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _check(libc.unshare(_NEW_NETWORK))
        try:
            _bring_up("lo")
            yield
        finally:
            _check(libc.setns(before, _NEW_NETWORK))
    finally:
        os.close(before)


def _bring_up(interface: str) -> None:
    import fcntl  # not on Windows

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", interface.encode(), _UP_AND_RUNNING))


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
