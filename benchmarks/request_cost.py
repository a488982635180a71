"""What a request costs a running service: CPU microseconds of the server's process, user and system, for each payload.

    trees (each a checkout) -> a server of each on core 0 -> wrk on core 1, rounds interleaved -> medians

CPU time over requests is the one figure that compares on a machine with other work on it. Needs wrk (Debian: package
`wrk`), taskset and two cores.

    python -m benchmarks.request_cost . ../before --payloads P1 P3 --connections 64 1 --rounds 5
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np

from service.datasets import read_sample
from service.imaging.codec.files import encode_png

MODEL = "mnist_cnn"
_BOUNDARY = "------------------------d74496d66958873e"


class Payload(NamedTuple):
    """A request: its path, headers and body."""

    path: str
    headers: dict[str, str]
    body: bytes


class Cost(NamedTuple):
    """Of a round: CPU us and requests a second, and the median latency in ms."""

    cpu_us: float
    rate: float
    p50_ms: float


@dataclass
class Server:
    """A server of the checkout `tree`."""

    tree: Path
    pid: int
    address: str

    def cpu_seconds(self) -> float:
        """Of all threads, user and system."""
        return time.clock_gettime((~self.pid << 3) | 2)  # the process's own clock, as clock_getcpuclockid(3) names it

    def peak_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def payloads() -> dict[str, Payload]:
    """P1 a form with a 28 x 28 PNG, P2 V2 as JSON, P3 V2 with its tensor as bytes; `-app`: the same by the app."""
    picture, _ = read_sample("mnist", 0)
    file = encode_png(picture)
    head = 'Content-Disposition: form-data; name="file"; filename="seven.png"\r\nContent-Type: image/png'
    form = f"--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + file + f"\r\n--{_BOUNDARY}--\r\n".encode()
    tensor = (picture.astype(np.float32) / 255).reshape(1, 1, 28, 28)
    described = {"name": "input", "datatype": "FP32", "shape": [1, 1, 28, 28]}
    listed = {"inputs": [{**described, "data": tensor.ravel().round(6).tolist()}]}
    sized = {
        "inputs": [{**described, "parameters": {"binary_data_size": tensor.nbytes}}],
        "parameters": {"binary_data_output": True},
    }
    text = json.dumps(sized).encode()
    predict, infer = f"/api/v1/models/{MODEL}/predict", f"/v2/models/{MODEL}/infer"
    known = {
        "P1": Payload(predict, {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}, form),
        "P2": Payload(infer, {"Content-Type": "application/json"}, json.dumps(listed).encode()),
        "P3": Payload(
            infer,
            {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(text))},
            text + tensor.tobytes(),
        ),
    }
    # A header that the short way does not know sends a request to the app.
    app = {f"{name}-app": each._replace(headers={**each.headers, "TE": "trailers"}) for name, each in known.items()}
    return known | app


@contextmanager
def serving(tree: Path, log: Path, options: list[str]) -> Iterator[Server]:
    """A server of the checkout on a free port, pinned to core 0."""
    line = ["taskset", "-c", "0", sys.executable, "-m", "service", "serve", "--port", "0", "--models", "models"]
    with log.open("wb") as stderr, subprocess.Popen([*line, *options], cwd=tree, stderr=stderr) as process:
        try:
            while not (found := re.search(r"listening on (http://[^\"\s]+)", log.read_text())):
                if process.poll() is not None:
                    raise RuntimeError(log.read_text())
                time.sleep(0.05)
            httpx.get(f"{found[1]}/health/live", timeout=60)
            yield Server(tree, process.pid, found[1])
        finally:
            process.terminate()
            process.wait(30)


def script(payload: Payload, folder: Path) -> Path:
    """wrk's script that sends the payload."""
    body, lua = folder / "body", folder / "payload.lua"
    body.write_bytes(payload.body)
    headers = "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in payload.headers.items())
    lua.write_text(
        f'wrk.method = "POST"\nwrk.path = "{payload.path}"\n{headers}'
        f'local file = io.open("{body}", "rb")\nwrk.body = file:read("*a")\nfile:close()\n'
    )
    return lua


def measure(server: Server, payload: Payload, connections: int, seconds: int) -> Cost:
    """One round of wrk."""
    with tempfile.TemporaryDirectory() as folder:
        line = [
            "taskset",
            "-c",
            "1",
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "--latency",
            "--timeout",
            "20s",
        ]
        before = server.cpu_seconds()
        told = subprocess.run(
            [*line, "-s", str(script(payload, Path(folder))), server.address],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        spent = server.cpu_seconds() - before
    if "Non-2xx" in told or re.search(r"Socket errors: connect \d+, read [1-9]", told):
        raise RuntimeError(told)
    ((count, took),) = re.findall(r"(\d+) requests in ([\d.]+)s", told)
    ((middle, unit),) = re.findall(r"50%\s+([\d.]+)(us|ms|s)", told)
    scale = {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit]
    if not int(count):
        raise RuntimeError("not one answer in this round: the machine is too busy")
    return Cost(spent / int(count) * 1e6, int(count) / float(took), float(middle) * scale)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path, help="checkouts, a server of each")
    parser.add_argument("--payloads", nargs="+", default=["P1", "P2", "P3"])
    parser.add_argument("--connections", nargs="+", type=int, default=[64])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of a round")
    parser.add_argument("--serve", default="", help="more options of `serve`, separated by spaces")
    chosen = parser.parse_args()
    known = payloads()
    found: dict[tuple[str, int, Path], list[Cost]] = defaultdict(list)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        options = chosen.serve.split()
        servers = [stack.enter_context(serving(tree, folder / str(i), options)) for i, tree in enumerate(chosen.trees)]
        for server in servers:  # what is loaded at the first request is not part of the cost
            for payload in known.values():
                measure(server, payload, 4, 1)
        for _ in range(chosen.rounds):
            for name in chosen.payloads:
                for connections in chosen.connections:
                    for server in servers:
                        cost = measure(server, known[name], connections, chosen.seconds)
                        found[name, connections, server.tree].append(cost)
        for (name, connections, tree), costs in found.items():
            middle = Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))
            spread = f"{min(c.cpu_us for c in costs):.0f}-{max(c.cpu_us for c in costs):.0f}"
            print(f"{name} {connections:4} {tree!s:24} {middle.cpu_us:6.0f} us ({spread}) "
                  f"{middle.rate:7.0f}/s p50 {middle.p50_ms:.2f} ms")  # fmt: skip
        for server in servers:
            print(f"peak memory {server.tree}: {server.peak_mb():.0f} MB")


if __name__ == "__main__":
    main()
