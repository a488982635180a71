"""gRPC of a server process as its operator runs it: several processes on a port, and what it refuses to start with."""

import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
import tritonclient.grpc as triton

from tests.integration.server import Running, command, serving, wait_until
from tests.packages import band_picture
from tests.ports import free_port

PIXELS = np.stack([band_picture(band) for band in range(10)])[:, None].astype(np.float32) / 255


@pytest.fixture
def two(models: Path, tmp_path: Path) -> Iterator[tuple[Running, str]]:
    """Two processes, and where they serve gRPC."""
    port = free_port()
    with serving(models, tmp_path / "log", "--workers", "2", "--grpc-port", str(port)) as running:
        yield running, f"127.0.0.1:{port}"


def ask(target: str, band: int) -> int:
    """Over a connection of its own, so that the kernel chooses a process."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    with triton.InferenceServerClient(target, channel_args=options) as client:
        given = triton.InferInput("input", [1, 1, 28, 28], "FP32")
        given.set_data_from_numpy(PIXELS[band : band + 1])
        return int(client.infer("bands", [given]).as_numpy("probabilities").argmax())


def test_two_processes_share_the_port_and_end_cleanly(two: tuple[Running, str]) -> None:
    running, target = two
    bands = [i % 10 for i in range(60)]
    with ThreadPoolExecutor(8) as callers:
        assert list(callers.map(lambda band: ask(target, band), bands)) == bands
    asked = 'featuremap_requests_total{method="POST",route="/inference.GRPCInferenceService/ModelInfer",status="200"}'
    wait_until(lambda: f"{asked} 60.0" in httpx.get(f"{running.address}/metrics").text.splitlines())
    assert running.stop(signal.SIGTERM) == 0
    assert not [line for line in running.log.splitlines() if '"level": "error"' in line]
    assert "Traceback" not in running.log


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_in_use_is_told_at_once(models: Path, workers: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = ("--port", "0", "--models", str(models), "--workers", workers, "--grpc-port", str(port))
        done = command("serve", *line)
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use by another program; choose another with --grpc-port" in done.stderr


def test_both_fronts_cannot_have_one_port(models: Path) -> None:
    port = str(free_port())
    done = command("serve", "--port", port, "--grpc-port", port, "--models", str(models))
    assert done.returncode == 2
    assert "--grpc-port" in done.stderr
