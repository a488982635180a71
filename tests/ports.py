"""Ports for servers that a test starts by number."""

import itertools
import os
import socket

# Below the ports that Linux, macOS and Windows give to outgoing connections: one of those could take a port between its
# choice and the server's start. Each worker of pytest-xdist has a slice of its own.
_FIRST, _SLICE, _SLICES = 20_000, 1_500, 8
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _SLICES
_steps = itertools.count(os.getpid())


def free_port() -> int:
    """A port of this machine's own address on which nobody listens; no other test of this run is given it soon."""
    for step in itertools.islice(_steps, _SLICE):
        port = _FIRST + _worker * _SLICE + step % _SLICE
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError(f"no free port in {_SLICE} from {_FIRST + _worker * _SLICE}")
