"""benchmarks/serving.md of what was measured.

parts -> medians and spread -> tables, each with its rounds and load average; targets, met or missed
"""

import os
import platform
import re
from pathlib import Path
from typing import Any

from benchmarks.serving.measure import Part, median
from benchmarks.serving.servers import ROOT
from benchmarks.serving.targets import targets

_OURS = "Featuremap"
_BARE = "uvicorn, a bare answer"
_LIMIT_CASES = ("P1, 64", "P2, 64", "P3, 64", "P1, 1", "P3, 1", "Fashion P3, 32")
_TITLES = {
    "connections": "By connections (a queue of Featuremap holds 512 requests, and refuses more)",
    "batch": "By images in a request (V2 with tensors as bytes; peers: the bytes alone), 4 connections",
    "picture": "By size of a JPEG upload, 4 connections",
    "workers": "By workers, both cores, shared with wrk",
}


def write(parts: dict[str, Part]) -> None:
    """Writes the file."""
    pieces = [_head()]
    if "table" in parts:
        pieces += [_costs(parts["table"]), _rates(parts["table"]), _limit(parts["table"])]
        pieces.append(_servers(parts["table"]))
    if "table" in parts and "cold" in parts:
        pieces.append(_targets(parts))
    if "cold" in parts:
        pieces.append(_cold(parts["cold"]))
    pieces += [_growth(title, parts[name]) for name, title in _TITLES.items() if name in parts]
    if "grpc" in parts:
        pieces.append(_growth("gRPC: `ModelInfer` with a tensor as bytes, called by `grpc.aio`", parts["grpc"]))
    (ROOT / "benchmarks" / "serving.md").write_text("\n\n".join(pieces) + "\n")


def _head() -> str:
    return f"""\
# Serving, side by side

`python -m benchmarks.serving` writes this page. The network is the MNIST CNN on onnxruntime, everywhere with one
thread; the servers are up together, each on core 0, wrk on core 1, and each case goes to each of them in turn, round
after round. Figures are medians of the rounds, with least and greatest in brackets.

**CPU us**: user and system time of the server's whole process tree over answered requests. It is what compares on a
machine with other work; requests a second and latencies also hold what that work took.

| payload | what is sent |
|---|---|
| P1 | upload of a 28 x 28 PNG: a form; V2 with base64 (MLServer); the file alone (Mosec) |
| P2 | the tensor [1, 1, 28, 28] as JSON: V2 (Featuremap, MLServer) or nested lists |
| P3 | the tensor as bytes: V2's binary extension (Featuremap), the bytes alone (FastAPI, Mosec) |
| P4 | 64 tensors as bytes |
| P5 | upload of a 1,024 x 768 JPEG; peers decode, make it grey and resize, as Featuremap does with `preprocess=none` |

Hardware: {hardware()},
Python {platform.python_version()}. A dash: its documentation names no such form."""


def _conditions(part: Part) -> str:
    low, high = part["load"]
    nice = f", server and wrk at nice {part['nice']}" if part.get("nice") else ""
    rounds = f"n = {part['rounds']} rounds of {part['seconds']} s, {part['date']}"
    return f"{rounds}; load average {low:.1f} to {high:.1f}{nice}."


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _columns(part: Part) -> list[str]:
    names: list[str] = []
    for by_server in part["samples"].values():
        names += [name for name in by_server if name not in names and name != _BARE]
    return names


def _cell(samples: list[Part] | None, field: str = "us", digits: int = 0) -> str:
    if not samples:
        return "-"
    values = [each[field] for each in samples]
    return f"{median(samples, field):,.{digits}f} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


def _costs(part: Part) -> str:
    names = _columns(part)
    rows = []
    for label, by_server in part["samples"].items():
        rows.append([label, *(_cell(by_server.get(name)) for name in names)])
    text = f"## CPU us a request\n\n{_conditions(part)} After the comma: connections.\n\n"
    return text + _table(["payload, connections", *names], rows) + _left_out(part)


def _left_out(part: Part) -> str:
    lines = [f"\n{name} is left out: {reason.splitlines()[0]}" for name, reason in part["failed"].items()]
    return "\n" + "\n".join(lines) if lines else ""


def _rates(part: Part) -> str:
    names, rows = _columns(part), []
    for label, by_server in part["samples"].items():
        cells = []
        for name in names:
            samples = by_server.get(name)
            cells.append(
                f"{median(samples, 'rate'):,.0f}; {median(samples, 'p50'):.2f}; {median(samples, 'p99'):.2f}"
                if samples
                else "-"
            )
        rows.append([label, *cells])
    return "## Requests a second; p50; p99 in ms\n\n" + _table(["payload, connections", *names], rows)


def limit_us(part: Part, case: str) -> float:
    """The least a request of the case can cost here: bare answer + decoding + onnxruntime at its best batch, us; at one
    connection in a batch of one, as no other request comes."""
    payload, connections = case.rsplit(", ", 1)
    fashion = payload.startswith("Fashion")
    name = payload.removeprefix("Fashion ")
    pieces = part["limit"]
    batches = ["1"] if connections == "1" else pieces[0]["fashion" if fashion else "mnist"]
    model = min(median([each["fashion" if fashion else "mnist"] for each in pieces], size) for size in batches)
    bare = part["samples"].get(case, {}).get(_BARE) or part["samples"][f"{name}, 64"][_BARE]
    return median(bare, "us") + median([each["decode"] for each in pieces], name) + model


def _limit(part: Part) -> str:
    pieces = part["limit"]
    sizes = list(pieces[0]["mnist"])
    rows = [
        [model, *(f"{median([each[key] for each in pieces], size):.1f}" for size in sizes)]
        for model, key in (("MNIST CNN", "mnist"), ("Fashion CNN", "fashion"))
    ]
    decode = ", ".join(
        f"{name} {median([each['decode'] for each in pieces], name):,.1f}" for name in pieces[0]["decode"]
    )
    sums = []
    for case, by_server in part["samples"].items():
        if case in _LIMIT_CASES and _OURS in by_server:
            least, cost = limit_us(part, case), median(by_server[_OURS], "us")
            bare = by_server.get(_BARE) or part["samples"]["P3, 64"][_BARE]
            sums.append([case, f"{median(bare, 'us'):.0f}", f"{least:.0f}", f"{cost:.0f}", f"{cost / least:.2f}"])
    return (
        "## The limit, in the same rounds\n\nonnxruntime alone, CPU us an image by batch:\n\n"
        + _table(["model", *sizes], rows)
        + "\n\nDecoding alone, CPU us (`bytes.find` and Pillow's decoder; orjson and `struct`; `numpy.frombuffer`; "
        f"Pillow with `draft`): {decode}.\nThe limit is the bare answer of a uvicorn (uvloop, httptools) to the same "
        "request, decoding, and an image at the best batch, or, at one connection, in a batch of one.\n\n"
        + _table(["case", "bare answer", "limit", "Featuremap", "Featuremap / limit"], sums)
    )


def _servers(part: Part) -> str:
    rows = [
        [name, f"{package} {version}", note]
        for name, (package, version, note) in part["versions"].items()
        if name != _BARE
    ]
    used = "All with onnxruntime 1.32.0 and Pillow 13.0.0; `benchmarks/serving/apps/` has what each runs."
    return f"## The servers\n\n{used}\n\n" + _table(["server", "version", "set up"], rows)


def _targets(parts: dict[str, Part]) -> str:
    rows = [
        [
            each.sentence,
            f"{each.most:g}",
            f"{each.found:.2f}",
            "met" if each.found <= each.most else f"missed, {each.found / each.most:.3g} times",
        ]
        for each in targets(parts["table"], parts["cold"], parts.get("workers"), limit_us)
    ]
    return "## What was aimed at\n\n" + _table(["ratio or figure", "at most", "found", ""], rows)


def _cold(part: Part) -> str:
    rows = []
    for name, starts in part["starts"].items():
        used = part["memory"][name]
        begun = [{"s": start} for start in starts]
        rows.append([
            name, _cell(begun, "s", 2), f"{median(used, 'peak'):,.0f}", f"{median(used, 'now'):,.0f}",
            f"{median(used, 'processes'):.0f}",
        ])  # fmt: skip
    text = (
        f"## Cold start and memory\n\n{_conditions(part)} One server at a time: from its start to the first right "
        "answer to P1; then every payload, and what the processes held at their peak (largest resident sizes, added "
        "up) and hold (proportional set size).\n\n"
    )
    return text + _table(["server", "cold start, s", "peak, MB", "now, MB", "processes"], rows) + _left_out(part)


def _growth(title: str, part: Part) -> str:
    names, rows = _columns(part), []
    for label, by_server in part["samples"].items():
        cells = []
        for name in names:
            samples = by_server.get(name)
            if not samples:
                cells.append("-")
                continue
            refused = median([{"refused": 0, **each} for each in samples], "refused")
            told = f"; {refused:.0%} refused" if refused else ""
            cells.append(f"{_cell(samples)}; {median(samples, 'rate'):,.0f}; {median(samples, 'p99'):.1f}{told}")
        rows.append([label, *cells])
    text = f"## {title}\n\n{_conditions(part)} CPU us a request; requests a second; p99 in ms.\n\n"
    return text + _table(["", *names], rows) + _left_out(part)


def hardware() -> str:
    """Of this machine, for a page."""
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{os.cpu_count()} cores of {_cpu()}, {_memory()} GB; {system}"


def _cpu() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _memory() -> int:
    total: Any = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return round(int(total[1]) / 2**20)
