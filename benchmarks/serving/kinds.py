"""Which servers stand beside each other, and how each was set up."""

import json
import shutil
import sys
from pathlib import Path

from benchmarks.serving import payloads
from benchmarks.serving.servers import ROOT, Kind, binary_of

MODELS = ROOT / "models"
FASHION = MODELS / "fashion_cnn" / "1" / "model.onnx"


def featuremap(name: str = "Featuremap", models: Path = MODELS, workers: int = 1, grpc: bool = False) -> Kind:
    """The service of this checkout."""

    def command(port: int, _folder: Path) -> list[str]:
        line = [sys.executable, "-m", "service", "serve", "--port", str(port), "--models", str(models)]
        return [*line, "--workers", str(workers), *(["--grpc-port", str(port + 1)] if grpc else [])]

    return Kind(name, command, payloads.ours, "featuremap", "all of `models/`, batches of 32 at most", variables=_OURS)


def _naive(port: int, _folder: Path) -> list[str]:
    return [binary_of("naive"), "-m", "uvicorn", "naive:app", "--port", str(port)]


def _litserve(_port: int, _folder: Path) -> list[str]:
    return [binary_of("litserve"), "-m", "litserve_app"]


def _bentoml(port: int, _folder: Path) -> list[str]:
    return [binary_of("bentoml"), "-m", "bentoml", "serve", "bento_app:Classifier", "--port", str(port)]


def _mosec(port: int, _folder: Path) -> list[str]:
    return [binary_of("mosec"), "-m", "mosec_app", "--port", str(port)]


def _mlserver(port: int, folder: Path) -> list[str]:
    settings = {"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2, "parallel_workers": 0}
    (folder / "settings.json").write_text(json.dumps({**settings, "host": "127.0.0.1", "debug": False}))
    model = {"name": "mnist_cnn", "implementation": "mlserver_app.Classifier"}
    (folder / "model-settings.json").write_text(json.dumps(model))
    return [str(Path(binary_of("mlserver")).with_name("mlserver")), "start", str(folder)]


_OURS = {"PYTHONPATH": str(ROOT)}
PEERS = (
    Kind("naive FastAPI", _naive, payloads.naive, "fastapi", "`def` routes on uvicorn, no batches", "naive"),
    Kind(
        "LitServe", _litserve, payloads.litserve, "litserve", "one worker, batches of 32 at most, 5 ms", "litserve"
    ),
    Kind(
        "BentoML", _bentoml, payloads.bentoml, "bentoml", "one worker, adaptive batches of 32 at most", "bentoml",
        {"BENTOML_DO_NOT_TRACK": "True"},
    ),
    Kind("MLServer", _mlserver, payloads.mlserver, "mlserver", "`parallel_workers` 0, its cheapest", "mlserver"),
    Kind("Mosec", _mosec, payloads.mosec, "mosec", "a worker a route, batches of 32 at most, 1 ms", "mosec"),
)  # fmt: skip
HELLO = Kind(
    "uvicorn, a bare answer",
    lambda port, _folder: [
        binary_of("limit"), "-m", "uvicorn", "hello:app", "--port", str(port), "--no-access-log", "--log-level", "error"
    ],
    payloads.naive,
    "uvicorn",
    environment="limit",
    classifies=False,
)  # fmt: skip


def one_model() -> Path:
    """A models folder with the digit network alone, as the peers have it."""
    folder = ROOT / "build" / "one_model"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "mnist_cnn").exists():
        shutil.copytree(MODELS / "mnist_cnn", folder / "mnist_cnn")
    return folder
