"""A good client beside 200 slow ones: its times without and with them, and when the last of them was closed.

python -m benchmarks.slow_clients [--connections 200] [--seconds 20]

half heads, half bodies, answers not read, silence -> a server of its own -> milliseconds at p50 and p99, seconds
"""

import argparse
import contextlib
import socket
import tempfile
import threading
import time
from pathlib import Path

import httpx
import numpy as np

from service.imaging.codec.files import encode_png
from tests.integration.server import ROOT, serving

_PREDICT = "/api/v1/models/mnist_cnn/predict"
_STARTS = (
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    f"POST {_PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 100000\r\n\r\n".encode(),
    b"GET /vendor/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n" * 8,
    b"",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(ROOT / "models", Path(folder) / "log") as running:
        host, port = running.address.removeprefix("http://").split(":")
        _times(running.address, 2.0)
        quiet = _times(running.address, given.seconds / 2)
        closed: list[float] = []
        threads = [
            threading.Thread(target=_slow, args=((host, int(port)), _STARTS[i % 4], given.seconds, closed))
            for i in range(given.connections)
        ]
        for thread in threads:
            thread.start()
        beside = _times(running.address, given.seconds)
        for thread in threads:
            thread.join()
    for name, times in (("quiet", quiet), ("beside slow ones", beside)):
        p50, p99 = np.percentile(times, (50, 99)) * 1e3
        print(f"{name}: {len(times)} requests, p50 {p50:.2f} ms, p99 {p99:.2f} ms")
    last = f", the last after {max(closed):.1f} s" if closed else ""
    print(f"{len(closed)} of {given.connections} slow connections were closed{last}")


def _times(address: str, seconds: float) -> list[float]:
    """Of a client that sends one request after another."""
    picture, times = encode_png(np.eye(28, dtype=np.uint8) * 255), []
    with httpx.Client(base_url=address, timeout=30) as client:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            client.post(_PREDICT, files={"file": picture}).raise_for_status()
            times.append(time.perf_counter() - began)
    return times


def _slow(address: tuple[str, int], start: bytes, seconds: float, closed: list[float]) -> None:
    """Sends a byte a second, where it has begun a request, until it is closed; reads no answer but the last word."""
    began = time.monotonic()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(address)
        reads = not start.startswith(b"GET /vendor")
        with contextlib.suppress(ConnectionError):
            connection.sendall(start)
            connection.settimeout(1.0)
            while time.monotonic() - began < seconds:
                try:
                    if not reads:
                        time.sleep(1)
                        connection.sendall(b"\r\n")  # fails once the other side has given up
                    elif not connection.recv(1024):
                        break
                except TimeoutError:
                    if start:
                        connection.sendall(b"a")
            else:
                return
        closed.append(time.monotonic() - began)


if __name__ == "__main__":
    main()
