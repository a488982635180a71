"""A long run: does a service that has answered 50,000 mixed requests hold more memory or files than before?

mixture (recorded requests of all routes, good and bad, uploads of every size) -> so many callers -> now and again
resident memory and file descriptors; then uploads that break off, and sockets that say nothing

python -m benchmarks.long_run [--requests 50000] [--callers 8]
"""

import argparse
import contextlib
import itertools
import socket
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import h11
import httpx
import numpy as np

from service.imaging.codec.files import encode_png
from tests.integration.server import ROOT, Running, serving
from tests.recorded.request import Request
from tests.recorded.requests import all_requests

_LOOKS = 10
_ABORTED, _IDLE = 200, 1000
_PREDICT = "/api/v1/models/mnist_cnn/predict"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--callers", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(ROOT / "models", Path(folder) / "log") as running:
        requests = itertools.cycle(list(all_requests()))
        _run(running, requests, 3000, given.callers)  # caches, arenas and threads are filled
        print("requests   seconds      MB   files   statuses")
        for _ in range(_LOOKS):
            began = time.perf_counter()
            told = _run(running, requests, given.requests // _LOOKS, given.callers)
            held = f"{_memory(running):7.1f} {_files(running):7}"
            took = time.perf_counter() - began
            print(f"{sum(told.values()):8,} {took:9.0f} {held}   {dict(sorted(told.items()))}", flush=True)
        print(_broken(running))
        print(_silent(running))


def _run(running: Running, requests: Iterator[Request], count: int, callers: int) -> Counter[int]:
    """Statuses of the next so many requests."""
    turns, told, lock = itertools.islice(requests, count), Counter[int](), threading.Lock()

    def call() -> None:
        with httpx.Client(base_url=running.address, timeout=60) as client:
            while True:
                with lock:
                    request = next(turns, None)
                if request is None:
                    return
                status = _ask(client, request)
                with lock:
                    told[status] += 1

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _ask(client: httpx.Client, request: Request) -> int:
    """Its status; 0 where this client cannot send it, as some of the recorded ones, or gets none."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers]
    try:
        answer = client.request(request.method, request.path, content=request.body, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, h11.LocalProtocolError, ValueError):
        return 0
    return answer.status_code


def _broken(running: Running) -> str:
    """Uploads that end in the middle of their body."""
    before = _files(running), _memory(running)
    head = f"POST {_PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 1000000\r\n\r\n".encode()
    for _ in range(_ABORTED):
        with socket.create_connection(_address(running)) as connection:
            connection.sendall(head + bytes(100_000))
    return f"{_ABORTED} uploads broken off: {_after(running, before)}"


def _silent(running: Running) -> str:
    """Connections that say nothing, and a good client beside them."""
    before = _files(running), _memory(running)
    alone = statistics.median(_times(running))
    with contextlib.ExitStack() as open_ones:
        for _ in range(_IDLE):
            open_ones.enter_context(socket.create_connection(_address(running)))
        beside = statistics.median(_times(running))
    medians = f"{alone * 1e3:.2f} ms without, {beside * 1e3:.2f} ms with them"
    return f"{_IDLE} silent sockets: a good client's median {medians}; {_after(running, before)}"


def _times(running: Running) -> Iterator[float]:
    picture = encode_png(np.eye(28, dtype=np.uint8) * 255)
    with httpx.Client(base_url=running.address, timeout=30) as client:
        for _ in range(500):
            began = time.perf_counter()
            client.post(_PREDICT, content=picture).raise_for_status()
            yield time.perf_counter() - began


def _after(running: Running, before: tuple[int, float]) -> str:
    time.sleep(2)
    files, memory = before
    return f"{_files(running) - files:+} files, {_memory(running) - memory:+.1f} MB"


def _address(running: Running) -> tuple[str, int]:
    host, port = running.address.removeprefix("http://").split(":")
    return host, int(port)


def _memory(running: Running) -> float:
    """Resident, MB."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _files(running: Running) -> int:
    return len(list(Path(f"/proc/{running.process.pid}/fd").iterdir()))


if __name__ == "__main__":
    main()
