"""Ray Serve beside one uvicorn process, both with the same app: the same answers, what a request costs, who is lost.

one server at a time: `python -m service serve`, then Ray with two replicas, behind its own proxy and behind HAProxy
-> answers compared -> rounds of wrk -> with Ray, behind deploy/ray/nginx.conf: a replica killed under load
-> benchmarks/ray_serve.md

Ray gets an environment of its own under .venv-bench. Needs wrk and nginx (Debian: packages `wrk` and `nginx-light`).
CPU time is that of a server's whole process tree over answered requests; beside other work it is what compares.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import httpx

from benchmarks.proxy import nginx
from benchmarks.serving.load import load
from benchmarks.serving.payloads import ours
from benchmarks.serving.processes import be_nice, memory, share_alike, tree, tree_cpu_seconds
from benchmarks.serving.report import hardware
from benchmarks.serving.servers import binary_of, install
from tests.ports import free_port

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks" / "ray_serve.md"
CASES = (("P1", 1), ("P1", 16), ("P3", 1), ("P3", 16), ("P5", 4))
CALLERS, KILLED_AFTER_S, LOAD_S = 8, 3.0, 10.0
HAPROXY = {"RAY_SERVE_ENABLE_HA_PROXY": "1"}
_START_S = 120.0
_READY = "/api/v1/models/mnist_cnn"
_VARYING = re.compile(r'"(timing_ms|uptime_s|started|request_id|instance)":(\{[^}]*\}|[^,}]*),?')


class Server(NamedTuple):
    """A server that is up: the root of its process tree."""

    name: str
    address: str
    pid: int


@contextmanager
def running(name: str, line: list[str], port: int, environment: Mapping[str, str]) -> Iterator[Server]:
    """The server once it answers; it and all that it started are gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        log = (Path(folder) / "log").open("wb+")
        process = subprocess.Popen(line, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log)
        server = Server(name, f"http://127.0.0.1:{port}", process.pid)
        try:
            _await(server, process, Path(log.name))
            yield server
        finally:
            for pid in reversed(tree(process.pid)):  # Ray's own daemons outlive a mere signal to the first
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
            log.close()


def _await(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        with suppress(httpx.HTTPError):
            if httpx.get(server.address + _READY, timeout=5).status_code == 200:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{server.name} did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.2)


def plain() -> AbstractContextManager[Server]:
    """One uvicorn process, as `python -m service serve` starts it."""
    port = free_port()
    line = [binary_of("ray"), "-m", "service", "serve", "--port", str(port)]
    return running("uvicorn, one process", line, port, {"FEATUREMAP_LOG_LEVEL": "warning"})


@contextmanager
def ray(name: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """deploy/ray/serve.yaml on a free port, with two replicas for good."""
    port = free_port()
    text = (ROOT / "deploy" / "ray" / "serve.yaml").read_text()
    text = text.replace("port: 8000", f"port: {port}").replace("max_replicas: 8", "max_replicas: 2")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "serve.yaml"
        config.write_text(text)
        line = [str(Path(binary_of("ray")).with_name("serve")), "run", str(config)]
        own = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": folder, **environment}
        with running(name, line, port, own) as server:
            while len(replicas(server)) < 2:
                time.sleep(0.2)
            time.sleep(5)  # the proxy hears of the second one
            yield server


def replicas(server: Server) -> list[int]:
    """The processes of Ray's replicas."""
    return [pid for pid in tree(server.pid) if "ServeReplica" in Path(f"/proc/{pid}/cmdline").read_text()]


def answers(server: Server) -> dict[str, str]:
    """What it says, by request, without what differs from one time to the next."""
    told = {}
    with httpx.Client(base_url=server.address, timeout=30) as client:
        for name, payload in ours().items():
            answer = client.post(payload.path, content=payload.body, headers=payload.headers)
            told[name] = f"{answer.status_code} {_VARYING.sub('', answer.text)}"
        for path in ("/api/v1/models", "/v2/models/mnist_cnn", "/api/v1/limits", "/api/v1/nowhere", "/", "/docs"):
            answer = client.get(path)
            told[path] = f"{answer.status_code} {_VARYING.sub('', answer.text)}"
    return told


def costs(server: Server, rounds: int, seconds: int) -> dict[str, dict[str, float]]:
    """Medians of the rounds, by case."""
    share_alike(server.pid)
    sent, found = ours(), {}
    for name, connections in CASES:
        samples = []
        for number in range(rounds + 1):
            before = tree_cpu_seconds(server.pid)
            counted = load(server.address, sent[name], connections, seconds, None)
            spent = tree_cpu_seconds(server.pid) - before
            if number:
                samples.append((spent / counted.requests * 1e6, counted.requests / counted.seconds, counted.p50_ms))
        columns = [statistics.median(column) for column in zip(*samples, strict=True)]
        found[f"{name}, {connections}"] = dict(zip(("us", "rate", "p50"), columns, strict=True))
        print(f"{server.name}: {name}, {connections}: {found[f'{name}, {connections}']}", flush=True)
    return found


def killed(server: Server, address: str) -> Counter[str]:
    """What callers were told at `address` while one of two replicas was killed: statuses, or the client's error."""
    payload = ours()["P1"]
    end = time.monotonic() + LOAD_S

    def ask() -> Counter[str]:
        told: Counter[str] = Counter()
        with httpx.Client(base_url=address, timeout=30) as client:
            while time.monotonic() < end:
                try:
                    answer = client.post(payload.path, content=payload.body, headers=payload.headers)
                    told[str(answer.status_code)] += 1
                except httpx.HTTPError as error:
                    told[type(error).__name__] += 1
        return told

    victim = replicas(server)[0]
    timer = threading.Timer(KILLED_AFTER_S, os.kill, (victim, signal.SIGKILL))
    timer.start()
    with ThreadPoolExecutor(CALLERS) as callers:
        told = [callers.submit(ask) for _ in range(CALLERS)]
    timer.join()
    return sum((one.result() for one in told), Counter[str]())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--nice", type=int, default=0, help="of servers and load; below 0 for a busy machine, as root")
    options = parser.parse_args()
    install("ray")
    be_nice(options.nice)
    with plain() as server:
        expected = answers(server)
        table = {server.name: costs(server, options.rounds, options.seconds)}
        used = {server.name: (memory(server.pid).now, len(tree(server.pid)))}
    lines = []
    for name, environment in (("Ray Serve, two replicas", {}), ("the same with HAProxy", HAPROXY)):
        with ray(name, environment) as server:
            found = answers(server)
            different = [request for request, told in expected.items() if found[request] != told]
            table[name] = costs(server, options.rounds, options.seconds)
            used[name] = (memory(server.pid).now, len(tree(server.pid)))
            alone = killed(server, server.address)
            while len(replicas(server)) < 2:
                time.sleep(0.2)
            time.sleep(5)
            where = {"127.0.0.1:8000": server.address.removeprefix("http://")}
            with nginx("deploy/ray/nginx.conf", "127.0.0.1:8080", where) as proxy:
                behind = killed(server, proxy.address)
        same = f"{len(expected) - len(different)} of {len(expected)}"
        lines.append(f"| {name} | {same} | {_counts(alone)} | {_counts(behind)} |")
        print(lines[-1], different, flush=True)
    RESULT.write_text(_report(table, used, lines, options))


def _counts(told: Counter[str]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in sorted(told.items()))


def _report(
    table: dict[str, dict[str, dict[str, float]]],
    used: dict[str, tuple[float, int]],
    lines: list[str],
    options: argparse.Namespace,
) -> str:
    names = list(table)
    head = f"| payload, connections | {' | '.join(names)} |\n|{' --- |' * (len(names) + 1)}"
    rows = [
        f"| {case} | "
        + " | ".join(f"{t[case]['us']:,.0f}; {t[case]['rate']:,.0f}; {t[case]['p50']:.1f}" for t in table.values())
        + " |"
        for case in table[names[0]]
    ]
    sizes = " | ".join(f"{size:,.0f} in {count} processes" for size, count in used.values())
    return f"""# Ray Serve beside one uvicorn process

`python -m benchmarks.ray_serve` writes this page. The same app and models everywhere; P1, P3 and P5 are those of
[serving.md](serving.md). Medians of {options.rounds} rounds of {options.seconds} s, wrk on the same
cores. {hardware()}; {time.strftime("%Y-%m-%d")}.

## CPU us a request; requests a second; p50 in ms

{head}
{chr(10).join(rows)}
| memory, MB | {sizes} |

## The same answers, and one of two replicas killed under load

{CALLERS} callers ask for {LOAD_S:g} s; after {KILLED_AFTER_S:g} s a replica gets SIGKILL. By status, or the
client's error.

| server | same answers | straight | behind deploy/ray/nginx.conf |
| --- | --- | --- | --- |
{chr(10).join(lines)}
"""


if __name__ == "__main__":
    main()
