"""A round of wrk against a server, pinned to its own core.

payload -> wrk's script -> wrk -> requests, seconds, percentiles
"""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


class Payload(NamedTuple):
    """A request: its path, headers and body, always POST."""

    path: str
    headers: dict[str, str]
    body: bytes


class Load(NamedTuple):
    """What wrk counted: good answers, the others (a full queue's 503), the seconds, and latencies in ms of both."""

    requests: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float


def load(address: str, payload: Payload, connections: int, seconds: int, core: int | None) -> Load:
    """Sends the payload over so many connections, one request at a time on each. `core` None pins nowhere.

    Raises RuntimeError where there was no good answer, or a connection broke.
    """
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    with tempfile.TemporaryDirectory() as folder:
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "20s"]
        line = [*pinned, "wrk", *options, "-s", str(_script(payload, Path(folder))), address]
        told = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    if re.search(r"Socket errors: connect \d*[1-9]|read [1-9]|write [1-9]", told):
        raise RuntimeError(told)
    ((count, took),) = re.findall(r"(\d+) requests in ([\d.]+)s", told)
    refused = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", told)))
    if int(count) == refused:
        raise RuntimeError(f"not one good answer in {seconds} s")
    middle, last = (_milliseconds(told, percent) for percent in (50, 99))
    return Load(int(count) - refused, refused, float(took), middle, last)


def _milliseconds(told: str, percent: int) -> float:
    ((value, unit),) = re.findall(rf"{percent}%\s+([\d.]+)(us|ms|s|m)", told)
    return float(value) * _UNITS[unit]


def _script(payload: Payload, folder: Path) -> Path:
    body, lua = folder / "body", folder / "payload.lua"
    body.write_bytes(payload.body)
    headers = "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in payload.headers.items())
    lua.write_text(
        f'wrk.method = "POST"\nwrk.path = "{payload.path}"\n{headers}'
        f'local file = io.open("{body}", "rb")\nwrk.body = file:read("*a")\nfile:close()\n'
    )
    return lua
