"""`bench`: a load on a server of its own and on one that is there, and what it writes."""

from pathlib import Path

import pytest

from service.imaging.codec.files import encode_png
from service.inference.package.layout import read_config
from tests.integration.server import command, serving
from tests.packages import band_picture, write_package


@pytest.fixture
def models(tmp_path: Path) -> Path:
    write_package(tmp_path / "models")
    return tmp_path / "models"


def numbers(line: str) -> list[float]:
    return [float(cell.replace(",", "")) for cell in line.split()]


def test_a_server_of_its_own_is_measured_and_the_package_tuned(models: Path) -> None:
    config = models / "bands" / "config.pbtxt"
    config.write_text("# kept\n" + config.read_text())
    before = config.read_text()
    done = command("bench", "bands", "--models", str(models), "--connections", "1", "4", "--seconds", "0.3", "--tune")
    assert done.returncode == 0, done.stderr
    title, sizes, costs, *rest = done.stdout.splitlines()
    assert title == "bands, version 1: onnxruntime alone, CPU us an image by batch"
    assert len(numbers(sizes)) == len(numbers(costs)) == 8
    assert min(numbers(costs)) > 0
    rows = [numbers(line) for line in rest if line.split()[:1] in (["1"], ["4"])]
    assert [row[0] for row in rows[:2]] == [1, 4]
    for _, rate, p50, p90, p99, refused, cpu, _over in rows:
        assert rate > 0
        assert p50 <= p90 <= p99
        assert refused == 0
        assert cpu > 0
    assert f"written to {config}" in rest[-1]
    said = next(line for line in rest if line.startswith("recommended: max_batch_size "))
    cap, workers = int(said.split()[2]), int(said.split("--workers ")[1].split()[0])
    assert read_config(models / "bands").max_batch_size == cap
    assert config.read_text() == before.replace("max_batch_size: 32", f"max_batch_size: {cap}").replace(
        "count: 1 kind", f"count: {workers} kind"
    )
    assert command("check", "--models", str(models)).stdout.startswith("bands/1: good\n")


def test_a_running_service_is_measured_with_a_picture(models: Path, tmp_path: Path) -> None:
    picture = tmp_path / "3.png"
    picture.write_bytes(encode_png(band_picture(3)))
    with serving(models, tmp_path / "log") as running:
        done = command(
            "bench", "bands", "--url", running.address, "--picture", str(picture),
            "--connections", "2", "--seconds", "0.3",
        )  # fmt: skip
        log = running.log
    assert done.returncode == 0, done.stderr
    assert "/api/v1/models/bands/predict" in log
    _, rate, *_ = numbers(done.stdout.splitlines()[-1])
    assert rate > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--url", "http://127.0.0.1:9", "--tune"), "leave out --url"),
        (("--url", "http://127.0.0.1:9"), "http://127.0.0.1:9 does not answer"),
        (("--url", "127.0.0.1:9"), "--url 127.0.0.1:9 is no address"),
        (("--url", "http://host:port"), "--url http://host:port is no address"),
    ],
)
def test_what_cannot_be_measured_is_told(models: Path, arguments: tuple[str, ...], said: str) -> None:
    done = command("bench", "bands", "--models", str(models), *arguments)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_that_is_not_there_is_told(models: Path, tmp_path: Path) -> None:
    with serving(models, tmp_path / "log") as running:
        done = command("bench", "nope", "--url", running.address)
    assert done.returncode == 1
    assert "answers 404" in done.stderr
