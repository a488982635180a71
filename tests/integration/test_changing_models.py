"""Many callers over every HTTP front while versions come and go: each gets exactly its rows, and none fails but those
who ask for a model that is not there."""

import json
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from service.imaging.codec.files import encode_png
from service.inference.runtime.session import Session
from tests.integration.server import Running, serving
from tests.packages import SIDE, write_package

REQUESTS = 1500
CALLERS = 16
PICTURES = 24
MOST_ROWS = 8
ADMIN = {"x-api-key": "the-key-of-these-tests"}
TOLERANCE = 1e-6
Rows = NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """Pictures as files and as tensors, with the rows that each gives alone."""

    files: list[bytes]
    tensors: Rows  # float32 [n, 1, 28, 28]
    of_files: Rows  # float32 [n, 10]
    of_tensors: Rows
    tops: list[list[tuple[int, float]]]  # what native predict says of each file


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("changing") / "models"
    write_package(folder)
    write_package(folder, "other")
    return folder


@pytest.fixture(scope="module")
def server(models: Path) -> Iterator[Running]:
    log = models.parent / "log"
    with serving(models, log, model_control="explicit", admin_key=ADMIN["x-api-key"]) as running:
        yield running


@pytest.fixture(scope="module")
def case(server: Running, models: Path) -> Case:
    """The rows of tensors are those of onnxruntime itself, those of files come from calls of one."""
    pixels = np.zeros((PICTURES, SIDE, SIDE), np.uint8)
    pixels[:, 3:25, 3:25] = np.random.default_rng(0).integers(0, 256, (PICTURES, 22, 22))
    tensors = pixels[:, None].astype(np.float32) / np.float32(255)
    files = [encode_png(picture) for picture in pixels]
    of_tensors = Session(models / "bands" / "1" / "model.onnx").run(tensors)
    with httpx.Client(base_url=server.address, timeout=60) as client:
        of_files = np.concatenate([rows(v2_files(client, "bands", [file])) for file in files])
        tops = [top for file in files for top in native_tops(native(client, "bands", [file]))]
    return Case(files, tensors, of_files, of_tensors, tops)


def v1(client: httpx.Client, name: str, tensors: Rows) -> httpx.Response:
    return client.post(f"/v1/models/{name}:predict", json={"instances": tensors[:, 0].tolist()})


def v2_json(client: httpx.Client, name: str, tensors: Rows) -> httpx.Response:
    given = {"name": "input", "datatype": "FP32", "shape": tensors.shape, "data": tensors.ravel().tolist()}
    return client.post(f"/v2/models/{name}/infer", json={"inputs": [given]})


def v2_binary(client: httpx.Client, name: str, tensors: Rows) -> httpx.Response:
    return _binary(client, name, "FP32", tensors.shape, tensors.tobytes())


def v2_files(client: httpx.Client, name: str, files: list[bytes]) -> httpx.Response:
    content = b"".join(struct.pack("<I", len(file)) + file for file in files)
    return _binary(client, name, "BYTES", (len(files),), content)


def native(client: httpx.Client, name: str, files: list[bytes]) -> httpx.Response:
    sent = [("file", (f"{i}.png", file, "image/png")) for i, file in enumerate(files)]
    return client.post(f"/api/v1/models/{name}/predict", files=sent)


def _binary(client: httpx.Client, name: str, datatype: str, shape: tuple[int, ...], content: bytes) -> httpx.Response:
    given = {"name": "input", "datatype": datatype, "shape": shape, "parameters": {"binary_data_size": len(content)}}
    head = json.dumps({"inputs": [given], "parameters": {"binary_data_output": True}}).encode()
    headers = {"Inference-Header-Content-Length": str(len(head))}
    return client.post(f"/v2/models/{name}/infer", content=head + content, headers=headers)


def rows(response: httpx.Response) -> Rows:
    """float32 [n, 10] of an answer in any of the protocols' forms."""
    length = response.headers.get("inference-header-content-length")
    if length is not None:
        return np.frombuffer(response.content[int(length) :], np.float32).reshape(-1, 10)
    document = response.json()
    numbers = document["predictions"] if "predictions" in document else document["outputs"][0]["data"]
    return np.array(numbers, np.float32).reshape(-1, 10)


def native_tops(response: httpx.Response) -> list[list[tuple[int, float]]]:
    return [[(t["index"], t["probability"]) for t in p["top"]] for p in response.json()["predictions"]]


class Caller:
    """Asks once in a random way, and says how that went: what came back, or what is wrong with it."""

    def __init__(self, client: httpx.Client, case: Case) -> None:
        self._client = client
        self._case = case

    def ask(self, seed: int) -> str:
        rng = np.random.default_rng(seed)
        name = "bands" if rng.random() < 0.8 else "other"
        chosen = rng.integers(0, PICTURES, rng.integers(1, MOST_ROWS + 1))
        front = (v1, v2_json, v2_binary, v2_files, native)[seed % 5]
        files = front in (v2_files, native)
        given: Any = [self._case.files[i] for i in chosen] if files else self._case.tensors[chosen]
        response = front(self._client, name, given)
        if name == "other" and response.status_code == 503 and "it was unloaded" in response.text:
            return "absent"
        if response.status_code != 200:
            return f"{front.__name__} of {name}: {response.status_code} {response.text[:200]}"
        return f"{name} answered" if self._right(front, response, chosen) else f"{front.__name__} of {name}: other rows"

    def _right(self, front: Callable[..., httpx.Response], response: httpx.Response, chosen: NDArray[np.int64]) -> bool:
        case = self._case
        if front is native:
            said, known = native_tops(response), [case.tops[i] for i in chosen]
            same = [[index for index, _ in top] for top in said] == [[index for index, _ in top] for top in known]
            return same and np.allclose(np.array(said)[..., 1], np.array(known)[..., 1], rtol=0, atol=2e-6)  # rounded
        expected = (case.of_files if front is v2_files else case.of_tensors)[chosen]
        found = rows(response)
        return found.shape == expected.shape and float(np.abs(found - expected).max()) <= TOLERANCE


def test_each_caller_gets_exactly_its_rows_while_models_come_and_go(server: Running, models: Path, case: Case) -> None:
    done = threading.Event()
    statuses: list[int] = []

    def change(client: httpx.Client) -> None:
        """A new version of `bands` each time round, and `other` away and back."""
        version = 1
        while not done.is_set():
            version += 1
            write_package(models, version=version)
            calls = ("bands/load", "other/unload", "bands/load", "other/load")
            statuses.extend(client.post(f"/v2/repository/models/{call}", headers=ADMIN).status_code for call in calls)

    limits = httpx.Limits(max_connections=CALLERS + 1)
    with (
        httpx.Client(base_url=server.address, timeout=120, limits=limits) as client,
        ThreadPoolExecutor(CALLERS + 1) as threads,
    ):
        changing = threads.submit(change, client)
        try:
            outcomes = Counter(threads.map(Caller(client, case).ask, range(REQUESTS)))
        finally:
            done.set()
        changing.result()
        newest = client.get("/v2/models/bands").json()["versions"]
    assert set(outcomes) <= {"bands answered", "other answered", "absent"}, outcomes
    assert sum(outcomes.values()) == REQUESTS
    assert outcomes["bands answered"] > REQUESTS / 2
    assert set(statuses) == {200}
    assert len(statuses) >= 12  # it did change, several times
    assert int(newest[0]) == 1 + len(statuses) // 4
