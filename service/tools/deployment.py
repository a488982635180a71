"""A running service to be measured: one that is there already, or one that is started for it.

url | settings, workers -> Deployment(address) -> the request that a model takes
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from service.errors import ConfigurationError, NotFound, Unavailable
from service.inference.runtime.tensors import DATATYPES
from service.tools.load import post

_SLOWEST_START_S = 120
_LONGEST_STOP_S = 30
_ANSWERS_S = 30
_BOUNDARY = "featuremap-bench"


def check_address(url: str) -> None:
    """Raises ConfigurationError where it is no address of HTTP."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ConfigurationError(f"--url {url} is no address: http://host:port is one")


@contextmanager
def started(options: Sequence[str], workers: int) -> Iterator[str]:
    """The address of a server of its own with these options of `serve`, until the block ends. Raises Unavailable with
    what it said where it does not start."""
    line = [sys.executable, "-m", "service", "serve", "--host", "127.0.0.1", "--port", "0", "--workers", str(workers)]
    with (
        tempfile.TemporaryDirectory() as folder,
        (log := Path(folder) / "log").open("wb") as file,
        subprocess.Popen([*line, "--log-format", "plain", *options], stderr=file) as process,
    ):
        try:
            yield _address(process, log)
        finally:
            process.terminate()
            try:
                process.wait(_LONGEST_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def tensor_request(address: str, model: str, version: str | None) -> bytes:
    """A request of the Open Inference Protocol with one row for each input: random floats, zeros, as bytes.

    Raises NotFound where the server has no such model, ConfigurationError where it takes text.
    """
    described = _inputs(address, path := _path(model, version))
    rng = np.random.default_rng(0)
    inputs, content = [], b""
    for each in described:
        datatype, shape = each["datatype"], [max(int(side), 1) for side in each["shape"]]
        if datatype not in DATATYPES or datatype == "BYTES":
            raise ConfigurationError(f"{model} takes {datatype}, which bench cannot make up")
        floats = datatype.startswith("FP")
        tensor = (rng.random(shape) if floats else np.zeros(shape)).astype(DATATYPES[datatype])
        size = {"binary_data_size": tensor.nbytes}
        inputs.append({"name": each["name"], "datatype": datatype, "shape": shape, "parameters": size})
        content += tensor.tobytes()
    head = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
    headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))}
    return post(f"{_base(address)}{path}/infer", _host(address), headers, head + content)


def picture_request(address: str, model: str, version: str | None, picture: Path) -> bytes:
    """An upload of the file. Raises ConfigurationError where it cannot be read."""
    try:
        content = picture.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{picture} cannot be read: {error.strerror}") from None
    head = 'Content-Disposition: form-data; name="file"; filename="picture"\r\nContent-Type: application/octet-stream'
    body = f"--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    path = f"{_base(address)}/api/v1{_path(model, version).removeprefix('/v2')}/predict"
    return post(path, _host(address), headers, body)


def _path(model: str, version: str | None) -> str:
    return f"/v2/models/{model}" + (f"/versions/{version}" if version else "")


def _base(address: str) -> str:
    return urlsplit(address).path.rstrip("/")


def _host(address: str) -> str:
    return urlsplit(address).netloc


def _inputs(address: str, path: str) -> list[dict[str, Any]]:
    try:
        with urllib.request.urlopen(address.rstrip("/") + path, timeout=_ANSWERS_S) as answer:
            described: list[dict[str, Any]] = json.load(answer)["inputs"]
            return described
    except urllib.error.HTTPError as error:
        raise NotFound(f"{address}{path} answers {error.code}: {error.read(300).decode(errors='replace')}") from None
    except OSError as error:
        raise Unavailable(f"{address} does not answer: {error}") from None
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{address}{path} does not describe a model of the Open Inference Protocol") from None


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Once it is ready."""
    until = time.monotonic() + _SLOWEST_START_S
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"listening on (http://\S+)", log.read_text()):
            try:
                urllib.request.urlopen(f"{found[1]}/v2/health/ready", timeout=_ANSWERS_S).close()
                return found[1]
            except OSError:
                pass
        time.sleep(0.05)
    raise Unavailable(f"the server did not start: {log.read_text()[-1000:].strip()}")
