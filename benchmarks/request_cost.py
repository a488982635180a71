"""What a request costs a running service: CPU microseconds of the server's process, user and system, for each payload.

    trees (each a checkout) -> a server of each on core 0 -> wrk on core 1, rounds interleaved -> medians

CPU time over requests is the one figure that compares on a machine with other work on it. Needs wrk (Debian: package
`wrk`), taskset and two cores.

    python -m benchmarks.request_cost . ../before --payloads P1 P3 --connections 64 1 --rounds 5
"""

import argparse
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

from benchmarks.serving.load import Payload, load
from benchmarks.serving.payloads import ours

MODEL = "mnist_cnn"


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
    """Those of `benchmarks.serving`, as P1 a form with a 28 x 28 PNG, P2 V2 as JSON, P3 V2 with its tensor as bytes;
    `-app`: the same by the app."""
    known = ours()
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


def measure(server: Server, payload: Payload, connections: int, seconds: int) -> Cost:
    """One round of wrk."""
    before = server.cpu_seconds()
    done = load(server.address, payload, connections, seconds, core=1)
    spent = server.cpu_seconds() - before
    return Cost(spent / done.requests * 1e6, done.requests / done.seconds, done.p50_ms)


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
            for name in chosen.payloads:
                measure(server, known[name], 4, 1)
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
