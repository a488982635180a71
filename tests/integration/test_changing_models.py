"""Many callers over every HTTP front while versions come and go: each gets exactly its rows, and none fails but those
who ask for a model that is not there."""

import contextlib
import gc
import json
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray

from service.imaging.codec.files import encode_png
from service.inference.runtime.session import Session
from tests.integration.server import Running, serving
from tests.packages import SIDE, write_package
from tests.service.api.conftest import make_client, models  # noqa: F401  # fixtures

REQUESTS = 1500
CALLERS = 16
MOST_ROWS = 8
ADMIN = {"x-api-key": "the-key-of-these-tests"}
Rows = NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """Pictures as a file and as a tensor, with the rows that a call of its own gives for each."""

    files: list[bytes]
    tensors: Rows  # float32 [n, 1, 28, 28]
    of_files: Rows
    of_tensors: Rows


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("changing")
    write_package(folder / "models")
    write_package(folder / "models", "other")
    with serving(
        folder / "models", folder / "log", model_control="explicit", admin_key=ADMIN["x-api-key"]
    ) as running:
        yield running


@pytest.fixture(scope="module")
def case(server: Running) -> Case:
    """The rows of tensors are those of onnxruntime itself, those of files of a single call."""
    rng = np.random.default_rng(0)
    pixels = np.zeros((24, SIDE, SIDE), np.uint8)
    pixels[:, 3:25, 3:25] = rng.integers(0, 256, (24, 22, 22))
    tensors = pixels[:, None].astype(np.float32) / np.float32(255)
    files = [encode_png(picture) for picture in pixels]
    session = Session(server.log_file.parent / "models" / "bands" / "1" / "model.onnx")
    with httpx.Client(base_url=server.address, timeout=60) as client:
        of_files = np.concatenate([predict_files(client, "bands", [file])[1] for file in files])
    return Case(files, tensors, of_files, session.run(tensors))


def predict_files(client: httpx.Client, name: str, files: list[bytes]) -> tuple[httpx.Response, Rows]:
    sent = [("file", (f"{i}.png", file, "image/png")) for i, file in enumerate(files)]
    response = client.post(f"/api/v1/models/{name}/predict", files=sent, params={"top_k": 10})
    if response.status_code != 200:
        return response, np.empty(0, np.float32)
    rows = [[c["probability"] for c in sorted(p["top"], key=lambda c: int(c["index"]))] for p in _predictions(response)]
    return response, np.array(rows, np.float32)


def _predictions(response: httpx.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = response.json()["predictions"]
    return found
