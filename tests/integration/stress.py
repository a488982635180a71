"""Many callers over every front while versions are loaded and unloaded: each gets exactly its rows, and none fails but
those who ask for a model that is not there. `python -m benchmarks.changing_models` is the command.

    models `changing` (a version after another, even and odd ones of other weights), `leaving` (away and back)
    callers -> a random front, model and number of pictures -> rows beside those of a single call -> Counter of outcomes
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from service.imaging.codec.files import encode_png
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.runtime.session import Session
from tests.integration.fronts import Fronts, Rows, Told, Tops
from tests.integration.server import Running, serving
from tests.packages import SIDE, write_package
from tests.ports import free_port

FRONTS = ("v1", "v2_json", "v2_binary", "grpc", "v2_images", "native")
PATIENT = ModelConfig(default_timeout_us=120_000_000)  # a slow machine is no fault of the service
SHARPNESS = (9.0, 12.0)  # of even and of odd versions
TOLERANCE = 1e-6
_PICTURES = 48
_FEW, _MANY = 8, 48  # rows of a request: more than a batch holds where the front takes them as bytes
_ROUNDED = 2e-6  # native answers have six decimals
_ADMIN = {"x-api-key": "the-key-of-this-run"}
_ABSENT = "leaving version 1 is not ready: it was unloaded"


@dataclass(frozen=True)
class Known:
    """What each picture gives alone, by the weights of even and of odd versions."""

    of_tensors: tuple[Rows, Rows]  # onnxruntime's own
    of_files: tuple[Rows, Rows]  # of calls with one file
    tops: tuple[Tops, Tops]


@dataclass
class Outcome:
    """What a run came to. `wrong` has a line for each answer that should not have been."""

    requests: int
    rows: int = 0
    seconds: float = 0.0
    answered: Counter[str] = field(default_factory=Counter)  # by front
    versions: Counter[str] = field(default_factory=Counter)  # of `changing`
    absent: int = 0
    changes: Counter[int] = field(default_factory=Counter)  # loads and unloads, by status
    wrong: list[str] = field(default_factory=list)


@contextmanager
def stressed(folder: Path, workers: int) -> Iterator["Stress"]:
    """A server of these models for the time of the block."""
    models, port = folder / "models", free_port()
    write_package(models, "changing", sharpness=SHARPNESS[1], config=PATIENT)
    write_package(models, "leaving", sharpness=SHARPNESS[1], config=PATIENT)
    for parity, name in enumerate(("even", "odd")):
        write_package(models, name, sharpness=SHARPNESS[parity], config=PATIENT)
    settings = {
        "workers": str(workers),
        "model_control": "explicit",
        "admin_key": _ADMIN["x-api-key"],
        "deadline_ms": "120000",
        "queue_ms": "120000",
    }
    with serving(models, folder / "log", grpc_port=str(port), **settings) as running:
        stress = Stress(running, models, f"127.0.0.1:{port}")
        stress.wait_until_ready()
        yield stress


class Stress:
    """Runs requests against a server whose models change all the while."""

    def __init__(self, server: Running, models: Path, grpc: str) -> None:
        self._server = server
        self._models = models
        self._grpc = grpc
        pixels = np.zeros((_PICTURES, SIDE, SIDE), np.uint8)
        pixels[:, 3:25, 3:25] = np.random.default_rng(0).integers(0, 256, (_PICTURES, 22, 22))
        self._tensors: Rows = pixels[:, None].astype(np.float32) / np.float32(255)
        self._files = [encode_png(picture) for picture in pixels]

    def wait_until_ready(self) -> None:
        """Every worker takes calls once each connection finds all models."""
        deadline = time.monotonic() + 60
        good = 0
        while good < 20:
            assert time.monotonic() < deadline, self._server.log
            index = httpx.post(f"{self._server.address}/v2/repository/index", timeout=30).json()
            good = good + 1 if [each["state"] for each in index] == ["READY"] * 4 else 0

    def run(self, requests: int, callers: int) -> Outcome:
        """Blocks until all requests are answered."""
        outcome, done, known = Outcome(requests), threading.Event(), self._known()
        order, lock = itertools.count(), threading.Lock()
        began = time.perf_counter()
        with ThreadPoolExecutor(callers + 1) as threads:
            changing = threads.submit(self._change, outcome, done)
            tasks = [threads.submit(self._call, known, outcome, order, lock) for _ in range(callers)]
            try:
                for task in tasks:
                    task.result()
            finally:
                done.set()
            changing.result()
        outcome.seconds = time.perf_counter() - began
        return outcome

    def _known(self) -> Known:
        fronts = Fronts(self._server.address, self._grpc)
        names = ("even", "odd")
        graphs = (Session(self._models / name / "1" / "model.onnx") for name in names)
        of_tensors = [graph.run(self._tensors) for graph in graphs]
        of_files = [[_rows(fronts.v2_images(name, [file])) for file in self._files] for name in names]
        tops = [[(fronts.native(name, [file]).tops or [[]])[0] for file in self._files] for name in names]
        fronts.close()
        even, odd = (np.concatenate(rows) for rows in of_files)
        return Known((of_tensors[0], of_tensors[1]), (even, odd), (tops[0], tops[1]))

    def _change(self, outcome: Outcome, done: threading.Event) -> None:
        """A new version of `changing` each time round, loaded and loaded again, and `leaving` away and back."""
        with httpx.Client(base_url=self._server.address, timeout=120, headers=_ADMIN) as client:
            for version in itertools.count(2):
                write_package(self._models, "changing", version, sharpness=SHARPNESS[version % 2], config=PATIENT)
                for call in ("changing/load", "leaving/unload", "changing/load", "leaving/load"):
                    outcome.changes[client.post(f"/v2/repository/models/{call}").status_code] += 1
                if done.is_set():
                    return

    def _call(self, known: Known, outcome: Outcome, order: Iterator[int], lock: threading.Lock) -> None:
        """One caller: request after request, until there are no more."""
        fronts = Fronts(self._server.address, self._grpc)
        while (number := next(order)) < outcome.requests:
            random = np.random.default_rng(number)
            front = FRONTS[number % len(FRONTS)]
            name = "changing" if random.random() < 0.8 else "leaving"
            most = _MANY if front in ("v2_binary", "grpc") and random.random() < 0.2 else _FEW
            chosen = random.integers(0, _PICTURES, random.integers(1, most + 1))
            of_files = front in ("v2_images", "native")
            given: Any = [self._files[i] for i in chosen] if of_files else self._tensors[chosen]
            told: Told = getattr(fronts, front)(name, given)
            with lock:
                _count(outcome, known, front, name, chosen, told)
        fronts.close()


def _count(outcome: Outcome, known: Known, front: str, name: str, chosen: NDArray[np.int64], told: Told) -> None:
    if told.fault:
        if name == "leaving" and _ABSENT in told.fault:
            outcome.absent += 1
        else:
            outcome.wrong.append(f"{front} of {name}: {told.fault}")
        return
    if name == "leaving" or told.version is None:
        parities = [1] if name == "leaving" else [0, 1]  # V1 does not say which version it was
    else:
        parities = [int(told.version) % 2]
        outcome.versions[told.version] += 1
    if any(_same(known, parity, front, chosen, told) for parity in parities):
        outcome.answered[front] += 1
        outcome.rows += len(chosen)
    else:
        outcome.wrong.append(f"{front} of {name} version {told.version}: other rows for {len(chosen)} pictures")


def _same(known: Known, parity: int, front: str, chosen: NDArray[np.int64], told: Told) -> bool:
    if front == "native":
        said, tops = told.tops or [], [known.tops[parity][i] for i in chosen]
        classes = [[index for index, _ in top] for top in said] == [[index for index, _ in top] for top in tops]
        return classes and np.allclose(np.array(said)[..., 1], np.array(tops)[..., 1], rtol=0, atol=_ROUNDED)
    expected = (known.of_files if front == "v2_images" else known.of_tensors)[parity][chosen]
    found = _rows(told)
    return found.shape == expected.shape and float(np.abs(found - expected).max()) <= TOLERANCE


def _rows(told: Told) -> Rows:
    return told.rows if told.rows is not None else np.empty((0, 10), np.float32)
