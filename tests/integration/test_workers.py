"""Several worker processes: what they share, and what becomes of one that is killed."""

import os
import re
import signal
import time
from pathlib import Path

import httpx

from service.imaging.codec.files import encode_png
from tests.integration.server import Running, serving
from tests.packages import band_picture

PREDICT = "/api/v1/models/bands/predict"


def test_several_workers_share_the_port_and_the_metrics(models: Path, tmp_path: Path) -> None:
    with serving(models, tmp_path / "log", "--workers", "2") as running:
        for _ in range(40):
            response = httpx.post(running.address + PREDICT, content=encode_png(band_picture(2)))
            assert response.json()["predictions"][0]["index"] == 2
        deadline = time.monotonic() + 20
        route = PREDICT.replace("bands", "{model}")
        counted = f'featuremap_requests_total{{method="POST",route="{route}",status="200"}} 40.0'
        while counted not in (text := httpx.get(running.address + "/metrics").text):
            assert time.monotonic() < deadline, text
            time.sleep(0.1)
        while running.log.count("model bands is ready") < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert running.stop() == 0
        assert "Traceback" not in running.log


def test_a_worker_that_is_killed_is_replaced_and_its_gauges_vanish(models: Path, tmp_path: Path) -> None:
    with serving(models, tmp_path / "log", "--workers", "2") as running:
        first = _workers(running, 2)
        killed = min(first)
        os.kill(killed, signal.SIGKILL)
        second = _workers(running, 2, without=killed)
        assert len(first & second) == 1
        assert running.stop() == 0


def test_a_worker_that_is_killed_while_its_answer_is_awaited_is_replaced_at_once(models: Path, tmp_path: Path) -> None:
    with serving(models, tmp_path / "log", "--workers", "2") as running:
        first = _workers(running, 2)
        killed = min(first)
        os.kill(killed, signal.SIGSTOP)
        time.sleep(1.5)  # the supervisor asks twice a second, and would wait for a minute
        os.kill(killed, signal.SIGKILL)
        began = time.monotonic()
        assert len(first & _workers(running, 2, without=killed)) == 1
        assert time.monotonic() - began < 40
        assert running.stop() == 0


def _workers(running: Running, count: int, without: int | None = None) -> set[int]:
    """The workers that the metrics tell of, once there are so many and not that one."""
    deadline = time.monotonic() + 120
    while True:
        text = httpx.get(running.address + "/metrics", timeout=30).text
        pids = {int(pid) for pid in re.findall(r'^process_resident_memory_bytes\{pid="(\d+)"\}', text, re.MULTILINE)}
        if len(pids) == count and without not in pids:
            assert 'featuremap_model_ready{model="bands",version="1"} 1.0' in text
            return pids
        assert time.monotonic() < deadline, text
        time.sleep(0.1)
