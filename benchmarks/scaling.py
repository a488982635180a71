"""How many cores so many requests a second need: from what a request costs, measured, and a queue, simulated.

benchmarks/serving.md (CPU us a request, onnxruntime by batch) + nginx in front of a service, measured here
-> `queueing.py` -> benchmarks/scaling.md

    python -m benchmarks.scaling --core-hour 0.04

Needs wrk and nginx (Debian: packages `wrk` and `nginx-light`) for what a proxy costs.
"""

import argparse
import re
import statistics
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from benchmarks.proxy import Proxy, nginx
from benchmarks.queueing import Waiting, doubled, replicas, waiting
from benchmarks.serving import kinds
from benchmarks.serving.load import load
from benchmarks.serving.payloads import ours
from benchmarks.serving.processes import be_nice, share_alike, tree_cpu_seconds
from benchmarks.serving.report import hardware
from benchmarks.serving.servers import ROOT, running

SOURCE, RESULT = ROOT / "benchmarks" / "serving.md", ROOT / "benchmarks" / "scaling.md"
RATES = (1_000, 100_000, 10_000_000)
SHARES = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
PLANNED = 0.7  # of capacity, as deploy/kubernetes/base/autoscaler.yaml has it
SERVERS = ("Featuremap", "Mosec", "naive FastAPI")
CASES = ("P1, 64", "P2, 64", "P3, 64", "P5, 4")
HOURS_A_MONTH = 730
MACHINE_CORES = 64
READY_S = (20.0, 45.0, 120.0)  # until new replicas answer: cores are free, the autoscaler is slow, a machine is started


class Measured(NamedTuple):
    """CPU us a request by case and server, an image's by batch, MB a replica, and on what and when it was measured."""

    us: dict[str, dict[str, float]]
    image_us: dict[int, float]
    memory_mb: dict[str, float]
    conditions: str


def read() -> Measured:
    """What benchmarks/serving.md has."""
    text = SOURCE.read_text()
    costs = _table(text, "## CPU us a request")
    us = {case: {name: _number(costs[case][name]) for name in SERVERS if costs[case][name] != "-"} for case in CASES}
    batches = next(iter(_table(text, "onnxruntime alone").values()))
    memory = _table(text, "## Cold start and memory")
    named = {"Featuremap": "Featuremap, 11 models", "Mosec": "Mosec", "naive FastAPI": "naive FastAPI"}
    conditions = re.search(r"^## CPU us a request\n\n(.*?) After the comma", text, re.MULTILINE)
    return Measured(
        us=us,
        image_us={int(size): float(value) for size, value in batches.items() if int(size) <= 32},
        memory_mb={name: _number(memory[row]["now, MB"]) for name, row in named.items()},
        conditions=conditions[1] if conditions else "",
    )


def _table(text: str, title: str) -> dict[str, dict[str, str]]:
    """The first table after a title: its rows by their first cell, each by column."""
    lines = text[text.index(title) :].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    head, body = rows[0], rows[2:]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in body}


def _number(cell: str) -> float:
    return float(cell.split()[0].replace(",", ""))


class Proxied(NamedTuple):
    """CPU us that nginx takes for a request of P1. `anew`: a connection to the service for each, as docker/nginx.conf
    has it for the sake of replicas that come and go; `kept`: connections that last, as deploy/ray/nginx.conf has it."""

    anew: float
    kept: float


def proxied(rounds: int, seconds: int) -> Proxied:
    """Medians of the rounds, with 64 connections."""
    with tempfile.TemporaryDirectory() as folder, running(kinds.featuremap(), Path(folder), None) as server:
        share_alike(server.pid)
        here = server.address.removeprefix("http://")
        anew = nginx("docker/nginx.conf", "8080", {"replica:8000": here})
        kept = nginx("deploy/ray/nginx.conf", "127.0.0.1:8080", {"127.0.0.1:8000": here})
        return Proxied(_proxy_us(anew, rounds, seconds), _proxy_us(kept, rounds, seconds))


def _proxy_us(proxy: AbstractContextManager[Proxy], rounds: int, seconds: int) -> float:
    samples = []
    with proxy as (address, pid):
        for _ in range(rounds):
            before = tree_cpu_seconds(pid)
            counted = load(address, ours()["P1"], 64, seconds, None)
            samples.append((tree_cpu_seconds(pid) - before) / (counted.requests + counted.refused) * 1e6)
    return statistics.median(samples)


def report(measured: Measured, proxy: Proxied, core_hour: float) -> str:
    """The page."""
    best = measured.image_us[max(measured.image_us)]
    own = measured.us["P1, 64"]["Featuremap"] - best
    memory = ", ".join(f"{name} {size:,.0f} MB" for name, size in measured.memory_mb.items())
    curve = [waiting(own, measured.image_us, share) for share in SHARES]
    return f"""# How far it goes

`python -m benchmarks.scaling` writes this page from [serving.md](serving.md), and measures only what a proxy costs.

{hardware()}; {time.strftime("%Y-%m-%d")}. CPU us a request as serving.md has them:
{measured.conditions}

## A replica

One process on one core, P1, requests at random moments (Poisson), simulated by `queueing.py`: {own:,.0f} us of work a
request, and the model's by batch. `waiting` is what the autoscaler of deploy/kubernetes is told.

{_waiting_table(curve)}

## Cores and replicas

A replica has one core and is used to {PLANNED:.0%}; one more than needed, so that one may be away.
Memory of a replica: {memory}. A core-hour at ${core_hour:g}, a month of {HOURS_A_MONTH} hours.
nginx in front takes {proxy.kept:,.0f} us a request where it keeps its connections to the replicas, {proxy.anew:,.0f}
where it makes one for each request.

{_cost_table(measured, proxy, core_hour)}

## When the load doubles

Replicas that were used to {PLANNED:.0%} get twice as much at once, and twice as many are there after so many seconds. A
queue holds a second's work (`FEATUREMAP_QUEUE_MS`); more is refused with 503 and `Retry-After`.

{_step_table()}
"""


def _waiting_table(curve: list[Waiting]) -> str:
    lines = ["| share of capacity | p50, ms | p99, ms | waiting | images a batch |", "| --- | --- | --- | --- | --- |"]
    for each in curve:
        cells = f"{each.p50_ms:.2f} | {each.p99_ms:.2f} | {each.waiting:.1f} | {each.batch:.1f}"
        lines.append(f"| {each.share:.0%} | {cells} |")
    return "\n".join(lines)


def _cost_table(measured: Measured, proxy: Proxied, core_hour: float) -> str:
    head = (
        "| payload | requests a second | server | CPU us | cores and replicas | memory, GB | $ a month | nginx, cores |"
    )
    lines = [head, "|" + " --- |" * 8]
    for case in CASES:
        for rate in RATES:
            for name in SERVERS:
                if (us := measured.us[case].get(name)) is None:
                    continue
                count = replicas(rate, us, PLANNED)
                memory = count * measured.memory_mb[name] / 1024
                money = count * core_hour * HOURS_A_MONTH
                before = rate * proxy.kept / 1e6 / PLANNED
                lines.append(
                    f"| {case.split(',')[0]} | {rate:,} | {name} | {us:,.0f} | {count:,} | {memory:,.1f} "
                    f"| {money:,.0f} | {before:,.1f} |"
                )
    return "\n".join(lines)


def _step_table() -> str:
    lines = ["| new replicas after, s | refused until then | over after, s |", "| --- | --- | --- |"]
    for ready in READY_S:
        step = doubled(PLANNED, ready)
        lines.append(f"| {ready:g} | {step.refused:.1%} | {step.seconds:.0f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core-hour", type=float, default=0.04, help="dollars for an hour of a core")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--nice", type=int, default=0, help="of servers and load; below 0 for a busy machine, as root")
    options = parser.parse_args()
    be_nice(options.nice)
    proxy = proxied(options.rounds, options.seconds)
    RESULT.write_text(report(read(), proxy, options.core_hour))


if __name__ == "__main__":
    main()
