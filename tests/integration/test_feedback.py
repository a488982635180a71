"""Reports under load, with several workers, on a disk that is full, and where the service is killed."""

import concurrent.futures
import resource
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from service.imaging.codec.files import encode_png
from tests.integration.server import serving
from tests.packages import band_picture, write_package

BANDS = "/api/v1/models/bands"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    write_package(tmp_path / "models")
    return tmp_path / "models"


def tell(client: httpx.Client, band: int) -> httpx.Response:
    return client.post(f"{BANDS}/feedback", files={"file": encode_png(band_picture(band))}, data={"label": "0"})


def gallery(client: httpx.Client) -> list[int]:
    query = "source=reported&limit=1000"
    return [failure["index"] for failure in client.get(f"{BANDS}/failures", params=query).json()["failures"]]


def test_two_workers_write_side_by_side(models: Path, tmp_path: Path) -> None:
    """And each shows, counts and deletes what the other took."""
    with (
        serving(models, tmp_path / "log", "--workers", "2", feedback=str(tmp_path / "reports")) as running,
        concurrent.futures.ThreadPoolExecutor(8) as people,
        httpx.Client(base_url=running.address, timeout=30) as client,
    ):
        answers = list(people.map(lambda i: tell(client, 1 + i % 9), range(120)))
        assert {answer.status_code for answer in answers} == {201}
        ids = [answer.json()["id"] for answer in answers]
        assert sorted(ids) == list(range(1, 121))
        for _ in range(8):  # of whichever worker answers
            with httpx.Client(base_url=running.address) as other:
                assert gallery(other) == sorted(ids)
        gone = list(people.map(lambda i: client.delete(f"{BANDS}/feedback/{i}").status_code, ids[:60]))
        assert set(gone) == {204}
        assert gallery(client) == sorted(ids[60:])
        assert len(list((tmp_path / "reports" / "pictures").iterdir())) == 60
        assert "Traceback" not in running.log


def test_a_service_that_is_killed_has_lost_nothing_that_it_acknowledged(models: Path, tmp_path: Path) -> None:
    acknowledged: list[int] = []
    settings = {"feedback": str(tmp_path / "reports")}
    with serving(models, tmp_path / "log", **settings) as running, concurrent.futures.ThreadPoolExecutor(4) as people:

        def go_on(band: int) -> None:
            with httpx.Client(base_url=running.address, timeout=30) as client:
                while True:
                    try:
                        acknowledged.append(tell(client, band).json()["id"])
                    except httpx.TransportError:
                        return

        telling = [people.submit(go_on, band) for band in range(1, 5)]
        while len(acknowledged) < 100:
            time.sleep(0.01)
        running.process.kill()
        for future in telling:
            future.result()
    with serving(models, tmp_path / "log", **settings) as running, httpx.Client(base_url=running.address) as client:
        assert set(acknowledged) <= set(gallery(client))
        for each in acknowledged:
            assert client.get(f"{BANDS}/feedback/{each}.png").status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
def test_a_full_disk_is_a_sentence_and_prediction_goes_on(models: Path, tmp_path: Path) -> None:
    """The system refuses every write beyond a size, as it does on a full disk; then there is room again."""
    noise = encode_png(np.random.default_rng(0).integers(0, 256, (400, 400), np.uint8))
    with (
        serving(models, tmp_path / "log", feedback=str(tmp_path / "reports")) as running,
        httpx.Client(base_url=running.address, timeout=30) as client,
    ):
        first = tell(client, 1).json()["id"]
        before = resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE)
        for room in (len(noise) // 2, 4096):  # the picture does not fit; nor does the row of a small one
            resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (room, before[1]))
            sent = noise if room > 4096 else encode_png(band_picture(2))
            full = client.post(f"{BANDS}/feedback", files={"file": sent}, data={"label": "0"})
            assert full.status_code == 507
            assert full.headers["content-type"] == "application/problem+json"
            assert full.json()["detail"].startswith("The service cannot keep or read reports now: ")
            said = client.post(f"{BANDS}/predict", content=encode_png(band_picture(3))).json()
            assert said["predictions"][0]["label"] == "3"
            assert gallery(client) == [first]
        assert len(list((tmp_path / "reports" / "pictures").iterdir())) == 1
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, before)
        assert tell(client, 2).status_code == 201
        assert "Traceback" not in running.log
