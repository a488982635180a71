"""Endings under load: SIGTERM again and again, and a worker that is killed. What of the requests is lost?

    callers, a request after the other each -> the signal -> each answered | refused as the service ends | lost

Lost is a request that was sent, and whose connection ended without an answer. Once the service has said
`connection: close`, or takes no connection any more, its callers are done.

    python -m benchmarks.endings [--times 20] [--callers 16] [--workers 1 2]
"""

import argparse
import contextlib
import os
import random
import signal
import socket
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import BinaryIO

from benchmarks.serving.payloads import ours
from service.tools.load import post
from tests.integration.server import ROOT, Running, serving, wait_until

_SMALL, _PHOTOGRAPH = "P1", "P5"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--workers", nargs="+", default=["1", "2"])
    given = parser.parse_args()
    for workers in given.workers:
        codes, outcomes, longest = Counter[int](), Counter[str](), 0.0
        for _ in range(given.times):
            code, seconds, told = _terminated(workers, given.callers)
            codes[code] += 1
            outcomes += told
            longest = max(longest, seconds)
        print(f"SIGTERM, {workers} worker(s), {given.times} times: exit codes {dict(codes)}, the slowest end after "
              f"{longest:.1f} s, requests {dict(outcomes)}", flush=True)  # fmt: skip
    outcomes, held = Counter[str](), 0
    for _ in range(given.times):
        told, most = _killed(given.callers)
        outcomes += told
        held += most
    print(f"SIGKILL of one worker of two, {given.times} times: requests {dict(outcomes)}; the killed ones held {held}")


def _terminated(workers: str, callers: int) -> tuple[int, float, Counter[str]]:
    """Exit code, seconds until the end, outcomes of the requests."""
    with tempfile.TemporaryDirectory() as folder, _running(folder, workers) as running:
        load = _Callers(running.address, callers)
        time.sleep(random.uniform(0.3, 1.0))
        began = time.monotonic()
        code = running.stop(signal.SIGTERM)
        seconds = time.monotonic() - began
        return code, seconds, load.end()


def _killed(callers: int) -> tuple[Counter[str], int]:
    """Outcomes of the requests, and how many connections the killed worker had."""
    with tempfile.TemporaryDirectory() as folder, _running(folder, "2") as running:
        load = _Callers(running.address, callers, again=True)
        time.sleep(random.uniform(0.3, 1.0))
        pid = random.choice(_workers(running))
        held = _connections(pid)
        os.kill(pid, signal.SIGKILL)
        time.sleep(1.0)
        return load.end(), held


def _running(folder: str, workers: str) -> contextlib.AbstractContextManager[Running]:
    return serving(ROOT / "models", Path(folder) / "log", "--workers", workers)


def _workers(running: Running) -> list[int]:
    """The processes that answer: the children of the first."""
    children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children")
    wait_until(lambda: len(_serving(children)) >= 2)
    return _serving(children)


def _serving(children: Path) -> list[int]:
    pids = [int(pid) for pid in children.read_text().split()]
    return [pid for pid in pids if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _connections(pid: int) -> int:
    """TCP connections that the process has, from the kernel's table of sockets."""
    established = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "01":
                established.add(f"socket:[{fields[9]}]")
    with contextlib.suppress(OSError):
        return sum(str(each.readlink()) in established for each in Path(f"/proc/{pid}/fd").iterdir())
    return 0


class _Callers:
    """Threads that send small uploads and photographs until the service is gone or `end` is called. `again`: who loses
    a connection opens another one."""

    def __init__(self, address: str, count: int, again: bool = False) -> None:
        host, port = address.removeprefix("http://").rsplit(":", 1)
        self._address = host, int(port)
        self._again = again
        self._over = threading.Event()
        self._outcomes: Counter[str] = Counter()
        known = ours()
        self._requests = [post(p.path, "x", p.headers, p.body) for p in (known[_SMALL], known[_PHOTOGRAPH])]
        self._threads = [threading.Thread(target=self._call, args=(k,), daemon=True) for k in range(count)]
        for thread in self._threads:
            thread.start()

    def end(self) -> Counter[str]:
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        return self._outcomes

    def _call(self, number: int) -> None:
        request = self._requests[number % 4 == 0]
        while not self._over.is_set():
            try:
                with socket.create_connection(self._address, timeout=30) as connection:
                    goes_on = self._talk(connection, request)
            except ConnectionRefusedError:
                goes_on = False
            if not goes_on and not self._again:
                return

    def _talk(self, connection: socket.socket, request: bytes) -> bool:
        """Until the connection ends; whether another is to be opened."""
        stream = connection.makefile("rb")
        while not self._over.is_set():
            try:
                connection.sendall(request)
                status, headers = _answer(stream)
            except OSError:
                self._outcomes["lost"] += 1
                return self._again
            if not status:
                self._outcomes["lost"] += 1
                return self._again
            self._outcomes[str(status)] += 1
            if headers.get(b"connection") == b"close":
                return True
        return False


def _answer(stream: BinaryIO) -> tuple[int, dict[bytes, bytes]]:
    """Status and headers; 0 where there was no answer."""
    first = stream.readline()
    if not first:
        return 0, {}
    headers = {}
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.partition(b": ")
        headers[name.lower()] = value
    stream.read(int(headers.get(b"content-length", 0)))
    return int(first.split()[1]), headers


if __name__ == "__main__":
    main()
