"""How long the gallery of reports takes, with few reports and with 10,000; writes `reports.md`.

    10,000 reports of MNIST's test pictures -> a server with the folder -> one client asks each page, again and again
    the same with 100 reports, in rounds that take turns, so that both see the same load of the machine

    python -m benchmarks.reports --reports 10000 --rounds 5 --requests 100

Reports come in meanwhile, four a second, as they would. It needs the test dependencies.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import httpx
import numpy as np

from service.datasets import LABELS, read_test_set
from service.feedback.picture import Kept
from service.feedback.reports import Report, digest
from service.feedback.store import Limits, Store
from service.imaging.codec.files import encode_png
from service.inference.runtime.cpus import available_cpus
from tests.integration.server import serving
from tests.paths import MODELS

MODEL = "mnist_cnn"
_RESULT = Path(__file__).with_suffix(".md")
_FEW = 100
_REPORTED = "source=reported"
PAGES = {
    "a page of 24, most sure first": f"failures?{_REPORTED}&limit=24&order=confidence",
    "a page of 24, oldest first": f"failures?{_REPORTED}&limit=24",
    "a cell: 4 read as 9": f"failures?{_REPORTED}&limit=24&true_class=4&predicted_class=9",
    "the last page": f"failures?{_REPORTED}&limit=24&order=confidence&offset=1000000",
    "a picture of a tile": f"failures/{{id}}.png?{_REPORTED}",
    "confusion matrix": f"confusion?{_REPORTED}",
    "counts by day and class, drift": "feedback",
}


class Times(NamedTuple):
    """Percentiles of some requests, in ms: from the client's side, and of the CPU time that the server's process took
    meanwhile, which compares on a machine that does other things too."""

    p50: float
    p99: float
    cpu_p50: float
    cpu_p99: float


def fill(folder: Path, count: int) -> None:
    """So many reports, over 90 days: test pictures with the class that they are, and what might have been said. The
    disk is not waited for: nobody needs them afterwards."""
    images, classes = read_test_set("mnist")
    random = np.random.default_rng(0)
    now = time.time()
    moments = np.linspace(now - 89 * 86_400, now, count).tolist()
    done = 0
    store = Store(folder, Limits(2**30, 90), lambda: moments[done])
    store._database._writer.execute("PRAGMA synchronous = OFF")
    labels = LABELS["mnist"]
    for done in range(count):
        i = done % len(images)
        probabilities = random.dirichlet(np.full(10, 0.3)).round(6)
        said, truth = int(probabilities.argmax()), int(classes[i])
        picture = encode_png(images[i])
        report = Report(
            MODEL, "1", digest(labels), truth, labels[truth], said, True, float(probabilities[said]), 0.13,
            tuple(probabilities.tolist()),
        )  # fmt: skip
        store.add(report, Kept(picture, picture))
    store.close()


@contextmanager
def reporting(address: str) -> Iterator[None]:
    """Somebody reports, four times a second, until the end of the block."""
    done = threading.Event()
    picture = encode_png(read_test_set("mnist")[0][0])

    def report() -> None:
        with httpx.Client(base_url=address, timeout=30) as client:
            while not done.wait(0.25):
                client.post(f"/api/v1/models/{MODEL}/feedback", files={"file": picture}, data={"label": "none"})

    thread = threading.Thread(target=report)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def asked(client: httpx.Client, pid: int, path: str, requests: int) -> list[tuple[float, float]]:
    """Seconds of each request, and of the server's CPU time."""
    clock = (~pid << 3) | 2  # the process's own, as clock_getcpuclockid(3) names it
    seconds = []
    for i in range(requests):
        begun, before = time.perf_counter(), time.clock_gettime(clock)
        answer = client.get(f"/api/v1/models/{MODEL}/{path.format(id=1 + i % _FEW)}")
        seconds.append((time.perf_counter() - begun, time.clock_gettime(clock) - before))
        answer.raise_for_status()
    return seconds


def measure(count: int, rounds: int, requests: int) -> dict[str, tuple[Times, Times]]:
    """Of each page: with few reports, with `count`."""
    seconds: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        clients = {}
        for reports in (_FEW, count):
            folder = Path(name) / str(reports)
            with patch("os.fsync"):
                fill(folder, reports)
            server = stack.enter_context(serving(MODELS, Path(name) / f"{reports}.log", feedback=str(folder)))
            stack.enter_context(reporting(server.address))
            client = stack.enter_context(httpx.Client(base_url=server.address, timeout=60))
            clients[reports] = (client, server.process.pid)
        for _ in range(rounds):
            for page, path in PAGES.items():
                for reports, (client, pid) in clients.items():
                    seconds[page, reports] += asked(client, pid, path, requests)
    return {page: (_times(seconds[page, _FEW]), _times(seconds[page, count])) for page in PAGES}


def _times(seconds: list[tuple[float, float]]) -> Times:
    wall, cpu = (statistics.quantiles(column, n=100) for column in zip(*seconds, strict=True))
    return Times(wall[49] * 1e3, wall[98] * 1e3, cpu[49] * 1e3, cpu[98] * 1e3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=100, help="of each page in a round")
    options = parser.parse_args()
    measured = measure(options.reports, options.rounds, options.requests)
    text = report(measured, options.reports, options.rounds, options.requests)
    print(text)
    _RESULT.write_text(text)


def report(measured: dict[str, tuple[Times, Times]], count: int, rounds: int, requests: int) -> str:
    """The published page."""
    load = os.getloadavg()[1]  # of five minutes
    rows = "\n".join(
        f"| {page} | {few.p50:.1f} | {few.p99:.1f} | {many.p50:.1f} | {many.p99:.1f} "
        f"| {few.cpu_p50:.1f} | {many.cpu_p50:.1f} | {many.cpu_p99:.1f} |"
        for page, (few, many) in measured.items()
    )
    return f"""\
# The gallery of {count:,} reports

`python -m benchmarks.reports --reports {count} --rounds {rounds} --requests {requests}`,
{available_cpus()} CPUs shared by two services, the client that asks, and two that report four times a second.
Milliseconds of a whole request over HTTP, one after the other, {rounds * requests:,} of each; the two services take
turns, so that both see the same load of the machine: {load:.0f} on average, other work included. CPU: of the server's
process while a request was on its way, those who report included.

| page | {_FEW} reports: p50 | p99 | {count:,} reports: p50 | p99 | CPU, {_FEW}: p50 | {count:,}: p50 | p99 |
|---|---:|---:|---:|---:|---:|---:|---:|
{rows}
"""


if __name__ == "__main__":
    main()
