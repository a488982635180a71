"""KServe's `InferenceRESTClient`, V2 and V1, in its own environment, against a server process."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.imaging.codec.files import encode_png
from tests.integration.kserve_environment import kserve_python, run
from tests.integration.server import serving
from tests.packages import band_picture, write_package

pytestmark = [pytest.mark.install, pytest.mark.timeout(600)]
__all__ = ["kserve_python"]
CALLS = Path(__file__).with_name("kserve_calls.py").read_text()


@pytest.fixture(scope="module")
def found(kserve_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("kserve")
    write_package(folder / "models")
    (folder / "models" / "broken").mkdir()
    (folder / "five.png").write_bytes(encode_png(band_picture(5)))
    pixels = json.dumps((band_picture(7) / 255).tolist())
    with serving(folder / "models", folder / "log") as running:
        told = json.loads(run(kserve_python, CALLS, running.address, str(folder / "five.png"), pixels))
        assert '"status": 5' not in running.log.replace('"status": 503', "")
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("protocol", ["v2", "v1"])
def test_health_and_readiness(found: dict[str, Any], protocol: str) -> None:
    told = found[protocol]
    assert (told["live"], told["model_ready"], told["broken_ready"]) == (True, True, False)
    assert found["v2"]["ready"] is True
    assert found["v2"]["nope_ready"] is False


def test_infer_with_json_and_bytes_in_every_mix(found: dict[str, Any]) -> None:
    assert found["v2"]["infer"] == [["mine", "bands", [1, 10], 7]] * 6


def test_predictions_of_numbers_and_a_picture(found: dict[str, Any]) -> None:
    assert found["v1"]["predictions"] == [7, 5]


@pytest.mark.parametrize("protocol", ["v2", "v1"])
def test_errors_arrive_as_our_sentences(found: dict[str, Any], protocol: str) -> None:
    assert found[protocol]["unknown"].startswith(
        "There is no such model. Known models: bands, broken., '404 Not Found'"
    )
    assert "at least one" in found[protocol]["wrong"]
    assert "'400 Bad Request'" in found[protocol]["wrong"]
