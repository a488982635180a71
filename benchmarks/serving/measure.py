"""The parts of the benchmark, each a dictionary that the report reads.

servers, all up at a time -> rounds: each case to each server in turn -> samples -> medians and spread
"""

import base64
import json
import os
import statistics
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.serving import kinds, payloads
from benchmarks.serving.load import Load, Payload, load
from benchmarks.serving.processes import memory, share_alike, tree, tree_cpu_seconds
from benchmarks.serving.servers import MODEL, ROOT, Kind, Running, binary_of, check, install, running

SERVER_CORE, CLIENT_CORE = "0", 1
CASES = (
    ("P1", 64), ("P2", 64), ("P3", 64), ("P1", 1), ("P3", 1), ("P4", 4), ("P5", 4), ("P5 none", 4), ("Fashion P3", 32),
)  # fmt: skip
_LIMIT_CASES = ("P1", "P2", "P3")
Part = dict[str, Any]
Send = Callable[[str, Payload, int, int, int | None], Load]
Known = Callable[[Kind], payloads.Payloads]


class Plan(NamedTuple):
    """How long to measure."""

    rounds: int
    seconds: int


class Case(NamedTuple):
    """A row: what is sent over how many connections."""

    label: str
    payload: str
    connections: int


def usable(wanted: Sequence[Kind]) -> tuple[list[Kind], dict[str, str]]:
    """Those whose environment could be made, and why the others could not."""
    good, failed = [], {}
    for kind in wanted:
        try:
            if kind.environment:
                install(kind.environment)
            good.append(kind)
        except subprocess.CalledProcessError as error:
            failed[kind.name] = f"cannot be installed: {error}"
    return good, failed


@contextmanager
def _servers(wanted: Sequence[Kind], cores: str | None, known: Known) -> Iterator[tuple[list[Running], dict[str, str]]]:
    """All of them, up, each of its payloads answered rightly; and why others are not."""
    good, failed = usable(wanted)
    with ExitStack() as stack:
        up = []
        for kind in good:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            try:
                server = stack.enter_context(running(kind, folder, cores))
                share_alike(server.pid)
                for name, payload in known(kind).items():
                    check(server, name, payload)
                up.append(server)
            except (RuntimeError, AssertionError) as error:
                failed[kind.name] = str(error)[:300]
                print(f"{kind.name} is left out: {error}")
        yield up, failed


def compare(
    wanted: Sequence[Kind],
    cases: Sequence[Case],
    plan: Plan,
    known: Known = lambda kind: kind.payloads(),
    cores: str | None = SERVER_CORE,
    each_round: Callable[[], None] = lambda: None,
    send: Send = load,
) -> Part:
    """Samples of each case and server, in interleaved rounds after one that is not counted."""
    samples: dict[str, dict[str, list[Part]]] = defaultdict(lambda: defaultdict(list))
    loads = []
    with _servers(wanted, cores, known) as (up, failed):
        sent = {server.kind.name: known(server.kind) for server in up}
        for number in range(plan.rounds + 1):
            for case in cases:
                for server in up:
                    payload = sent[server.kind.name].get(case.payload)
                    if payload is None or f"{server.kind.name}, {case.label}" in failed:
                        continue
                    try:
                        sample = _round(server, payload, case.connections, plan.seconds if number else 1, send)
                    except RuntimeError as error:
                        if number:
                            failed[f"{server.kind.name}, {case.label}"] = str(error)[:300]
                        continue
                    if number:
                        samples[case.label][server.kind.name].append(sample)
            if number:
                each_round()
                loads.append(os.getloadavg()[0])
                print(f"round {number} of {plan.rounds}, load average {loads[-1]:.1f}", flush=True)
        used = {server.kind.name: {**memory(server.pid)._asdict(), "processes": len(tree(server.pid))} for server in up}
        versions = {server.kind.name: [server.kind.package, server.kind.version(), server.kind.note] for server in up}
    return {
        "samples": samples, "failed": failed, "load": [min(loads), max(loads)], "memory": used, "versions": versions,
        **plan._asdict(),
    }  # fmt: skip


def _round(server: Running, payload: Payload, connections: int, seconds: int, send: Send) -> Part:
    before = tree_cpu_seconds(server.pid)
    counted = send(server.address, payload, connections, seconds, CLIENT_CORE)
    spent = tree_cpu_seconds(server.pid) - before
    return {
        "us": spent / counted.requests * 1e6, "rate": counted.requests / counted.seconds,
        "p50": counted.p50_ms, "p99": counted.p99_ms,
        "refused": counted.refused / (counted.requests + counted.refused),
    }  # fmt: skip


def side_by_side(plan: Plan) -> Part:
    """The table: every server, every payload class, and the limit in the same rounds."""
    bare: list[Part] = []
    cases = [Case(f"{name}, {connections}", name, connections) for name, connections in CASES]
    wanted = [kinds.featuremap(), *kinds.PEERS, kinds.HELLO]
    return {**compare(wanted, cases, plan, with_bare, each_round=lambda: bare.append(limit_parts())), "limit": bare}


def with_bare(kind: Kind) -> payloads.Payloads:
    """The bare answer is asked what the limit is made of: each of our bodies, to any path."""
    if kind is kinds.HELLO:
        return {name: payloads.ours()[name] for name in _LIMIT_CASES}
    return kind.payloads()


def limit_parts() -> Part:
    bodies = {name: base64.b64encode(sent.body).decode() for name, sent in payloads.ours().items()}
    line = ["taskset", "-c", SERVER_CORE, binary_of("limit"), "-m", "benchmarks.serving.limit", str(MODEL)]
    told = subprocess.run(
        [*line, str(kinds.FASHION)], input=json.dumps(bodies), capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    parts: Part = json.loads(told)
    return parts


def by_connections(plan: Plan) -> Part:
    """P1 and P3 from 1 connection to 1,024."""
    cases = [Case(f"{name}, {count}", name, count) for name in ("P1", "P3") for count in (1, 4, 16, 64, 256, 1024)]
    return compare([kinds.featuremap(), peer("naive FastAPI"), peer("Mosec")], cases, plan)


def by_batch(plan: Plan) -> Part:
    """Tensors as bytes, of 1 to 128 images a request."""
    sizes = (1, 8, 32, 64, 128)

    def known(kind: Kind) -> payloads.Payloads:
        raw = kind.payloads()["P3"]
        if kind.environment:
            return {str(size): raw._replace(body=payloads.tensors(size).tobytes()) for size in sizes}
        return {str(size): payloads.binary(size) for size in sizes}

    wanted = [kinds.featuremap(), peer("naive FastAPI"), peer("Mosec")]
    return compare(
        wanted, [Case(f"{size} image{'s' if size > 1 else ''}", str(size), 4) for size in sizes], plan, known
    )


def by_picture(plan: Plan) -> Part:
    """JPEG uploads from 256 x 192 to 12 megapixels; `none`: ours, without what it does to a photograph."""
    sizes = ((256, 192), (1024, 768), (2048, 1536), (4000, 3000))
    files = {f"{width} x {height}": payloads.photograph((width, height)) for width, height in sizes}

    def known(kind: Kind) -> payloads.Payloads:
        first = kind.payloads()["P5"]
        bodies = {}
        for name, file in files.items():
            headers, body = payloads.form(file, kind="image/jpeg")
            bodies[name] = first._replace(body=file) if kind.name == "Mosec" else first._replace(body=body)
            if not kind.environment:
                bodies[f"{name}, none"] = Payload(f"{first.path}?preprocess=none", headers, body)
        return bodies

    wanted = [kinds.featuremap(), peer("naive FastAPI"), peer("Mosec")]
    cases = [Case(name + more, name + more, 4) for name in files for more in ("", ", none")]
    return compare(wanted, cases, plan, known)


def by_workers(plan: Plan) -> Part:
    """One worker and two, on both cores, which wrk shares with them."""
    wanted = [kinds.featuremap("1 worker"), kinds.featuremap("2 workers", workers=2)]
    return compare(wanted, [Case(f"{name}, 64", name, 64) for name in ("P1", "P3")], plan, cores="0-1")


def cold(plan: Plan) -> Part:
    """From the start of each server to its first right answer, and its memory after every payload, one at a time."""
    one = kinds.one_model()
    wanted, failed = usable(
        [kinds.featuremap("Featuremap, 11 models"), kinds.featuremap("Featuremap, 1 model", one), *kinds.PEERS]
    )
    starts: dict[str, list[float]] = defaultdict(list)
    used: dict[str, list[Part]] = defaultdict(list)
    for number in range(plan.rounds):
        for kind in wanted:
            with tempfile.TemporaryDirectory() as folder, running(kind, Path(folder), SERVER_CORE) as server:
                starts[kind.name].append(server.started_s)
                if number:
                    continue
                for name, payload in kind.payloads().items():
                    if kind.name != "Featuremap, 1 model" or "Fashion" not in name:
                        load(server.address, payload, 64 if name in _LIMIT_CASES else 4, plan.seconds, CLIENT_CORE)
                used[kind.name].append({**memory(server.pid)._asdict(), "processes": len(tree(server.pid))})
    return {"starts": starts, "memory": used, "failed": failed, "load": [os.getloadavg()[0]] * 2, **plan._asdict()}


def peer(name: str) -> Kind:
    return next(kind for kind in kinds.PEERS if kind.name == name)


def median(samples: Sequence[Part], field: str) -> float:
    """Of the rounds."""
    return float(statistics.median(sample[field] for sample in samples))
