"""KServe's `InferenceGRPCClient`, in its own environment, against a server process."""

import json
from pathlib import Path

import pytest

from tests.integration.kserve_environment import kserve_python, run
from tests.integration.server import serving
from tests.packages import band_picture, write_package
from tests.ports import free_port

pytestmark = [pytest.mark.install, pytest.mark.timeout(600)]
__all__ = ["kserve_python"]
CALLS = Path(__file__).with_name("kserve_grpc_calls.py").read_text()


def test_every_call(kserve_python: Path, tmp_path: Path) -> None:
    write_package(tmp_path / "models")
    (tmp_path / "models" / "broken").mkdir()
    pixels, target = json.dumps((band_picture(7) / 255).tolist()), f"127.0.0.1:{(port := free_port())}"
    with serving(tmp_path / "models", tmp_path / "log", "--grpc-port", str(port)):
        told = json.loads(run(kserve_python, CALLS, target, pixels))
    assert told == {
        "live": True,
        "ready": True,
        "model_ready": [True, False, False],
        "infer": [["mine", "bands", [1, 10], 7]] * 2,
        "unknown": ["NOT_FOUND", "There is no such model. Known models: bands, broken."],
    }
