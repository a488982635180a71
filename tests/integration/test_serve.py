"""A real server: from its start over real calls to its end."""

import asyncio
import concurrent.futures
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from service.imaging.codec.files import encode_png
from tests.ci import sampled
from tests.integration.server import ROOT, Running, command, listening, serving, wait_until
from tests.packages import band_picture, write_package

PREDICT = "/api/v1/models/bands/predict"
BY_THE_APP = f"{PREDICT}?top_k=1"


@pytest.fixture(scope="module")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(models, tmp_path_factory.mktemp("log") / "log") as running:
        yield running


def photograph(side: int) -> bytes:
    """A PNG that takes long to decode and compresses badly."""
    return encode_png(np.random.default_rng(0).integers(0, 16, (side, side), np.uint8) * 17)


def test_the_first_prediction_needs_no_patience(models: Path, tmp_path: Path) -> None:
    started = time.monotonic()
    with serving(models, tmp_path / "log") as running:
        response = httpx.post(running.address + PREDICT, files={"file": encode_png(band_picture(7))})
        took = time.monotonic() - started
        assert response.status_code == 200  # ready as soon as the port is open
        assert response.json()["predictions"][0]["index"] == 7
        assert took < 20


def test_a_start_tells_what_is_served_and_on_what(server: Running) -> None:
    lines = [json.loads(line) for line in server.log.splitlines()]
    (listening,) = (line for line in lines if line["message"].startswith("listening"))
    assert server.address in listening["message"]
    (ready,) = (line for line in lines if line["message"] == "model bands is ready")
    assert ready["execution_provider"]
    assert ready["why"]
    assert ready["threads"] >= 1


def test_bad_input_is_answered_and_the_next_request_is_served(server: Running) -> None:
    huge = bytearray(encode_png(band_picture(1)))
    huge[16:24] = (20_000).to_bytes(4, "big") * 2
    rows = (band_picture(1) / 255).tolist()
    json_type = {"content-type": "application/json"}
    nan = json.dumps({"instances": [rows]}).replace("1.0", "NaN", 1).encode()
    with httpx.Client(base_url=server.address) as client:
        for content, headers, status in (
            (b"", {}, 400),
            (b"just text", {"content-type": "image/png"}, 415),
            (photograph(300)[:5000], {}, 422),
            (bytes(huge), {}, 413),
            (b'{"instances": [[[1, 2], [3, 4]]]}', json_type, 422),
            (nan, json_type, 422),
        ):
            response = client.post(PREDICT, content=content, headers=headers)
            assert response.status_code == status, response.text
            assert response.headers["content-type"] == "application/problem+json"
            assert len(response.json()["detail"]) > 20
            assert client.post(PREDICT, content=encode_png(band_picture(1))).status_code == 200
        assert client.post("/api/v1/models/nope/predict", content=b"x").status_code == 404
    assert "Traceback" not in server.log


def test_the_log_has_a_line_for_a_request_with_its_id(server: Running) -> None:
    httpx.post(server.address + PREDICT, content=b"x", headers={"x-request-id": "find-me"})
    deadline = time.monotonic() + 5
    while "find-me" not in server.log:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (line,) = (json.loads(text) for text in server.log.splitlines() if "find-me" in text)
    assert line["message"] == f"POST {PREDICT}"
    assert line["status"] == 415


def test_small_requests_are_answered_while_photographs_are_decoded(server: Running) -> None:
    """With the decoding in the event loop each small request would wait for whole photographs."""
    large, small = photograph(4000), encode_png(band_picture(3))

    async def test() -> tuple[list[float], list[float]]:
        async with httpx.AsyncClient(base_url=server.address, timeout=60) as client:

            async def ask(content: bytes) -> float:
                started = time.perf_counter()
                response = await client.post(PREDICT, content=content)
                assert response.status_code == 200
                return time.perf_counter() - started

            photographs = [asyncio.create_task(ask(large)) for _ in range(6)]
            waits = []
            while not all(task.done() for task in photographs):
                waits.append(await ask(small))
                await asyncio.sleep(0.005)
            return waits, [task.result() for task in photographs]

    waits, photographs = asyncio.run(test())
    assert len(waits) > 5
    assert sorted(waits)[len(waits) // 2] < min(photographs) / 2


def test_an_answer_leaves_in_one_piece(server: Running) -> None:
    """What is worked on in a thread too: a service that is killed has then sent all of an answer, or nothing of it."""
    picture = encode_png(band_picture(4))
    head = (
        f"POST {BY_THE_APP} HTTP/1.1\r\nhost: here\r\ncontent-type: image/png\r\ncontent-length: {len(picture)}\r\n\r\n"
    )
    url = httpx.URL(server.address)
    pieces = []
    with socket.create_connection((url.host, url.port or 80), timeout=30) as client:
        for _ in range(100):
            client.sendall(head.encode() + picture)
            answer = client.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200 ")
            pieces.append(1)
            while not answer.endswith(b"}"):
                answer += client.recv(65_536)
                pieces[-1] += 1
    assert max(pieces) == 1


def test_many_callers_at_once_get_their_own_answers(server: Running) -> None:
    pictures = [encode_png(band_picture(k)) for k in range(10)]
    with httpx.Client(base_url=server.address) as client, concurrent.futures.ThreadPoolExecutor(16) as callers:
        answers = callers.map(lambda k: client.post(PREDICT, content=pictures[k % 10]).json(), range(200))
        assert [answer["predictions"][0]["index"] for answer in answers] == [k % 10 for k in range(200)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_with_success(models: Path, tmp_path: Path, number: int) -> None:
    with serving(models, tmp_path / "log") as running:
        assert running.stop(number) == 0
        assert "Traceback" not in running.log


def test_a_request_that_runs_is_answered_before_the_end(models: Path, tmp_path: Path) -> None:
    with serving(models, tmp_path / "log") as running, concurrent.futures.ThreadPoolExecutor(1) as caller:
        body = photograph(4000)
        asked = caller.submit(httpx.post, running.address + PREDICT, content=body, timeout=60)
        time.sleep(0.3)
        running.process.send_signal(signal.SIGTERM)
        assert asked.result().status_code == 200
        assert running.process.wait(30) == 0


# The short way, and the app's.
@pytest.mark.parametrize(
    ("workers", "path"), sampled([("1", PREDICT), ("1", BY_THE_APP), ("2", BY_THE_APP), ("2", PREDICT)], 2)
)
def test_a_request_on_its_way_at_the_end_is_answered_as_the_last(
    models: Path, tmp_path: Path, workers: str, path: str
) -> None:
    with (
        serving(models, tmp_path / "log", workers=workers) as running,
        httpx.Client(base_url=running.address) as client,
    ):
        picture = encode_png(band_picture(3))
        assert "connection" not in client.post(path, content=picture).headers
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: _refuses(running.address))
        last = client.post(path, content=picture)
        assert (last.status_code, last.headers["connection"]) == (200, "close")
        assert running.process.wait(30) == 0


def _refuses(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=0.05).close()
    except (ConnectionRefusedError, TimeoutError):
        return True
    return False


def test_a_signal_before_the_server_is_up_ends_it_with_success(models: Path, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "service", "serve", "--port", "0", "--models", str(models)]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(line, stderr=log) as process:
        while b"listening" not in (tmp_path / "log").read_bytes():
            time.sleep(0.005)
        process.terminate()
        assert process.wait(30) == 0


def test_a_signal_while_models_are_loaded_ends_it_with_success(tmp_path: Path) -> None:
    for number in range(60):
        write_package(tmp_path / "models", f"bands{number}")
    with listening(tmp_path / "models", tmp_path / "log") as running:
        while "is ready" not in running.log:
            time.sleep(0.01)
        assert running.stop() == 0
        assert "model bands59 is ready" not in running.log


def test_what_does_not_end_is_given_up() -> None:
    """A process whose main thread does not come back."""
    script = (
        "import signal, threading, time\n"
        "from service.ending import end_in_time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "end_in_time(threading.Event(), 0.5)\n"
        "print('up', flush=True)\n"
        "while True: time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@pytest.mark.parametrize(("seconds", "kept"), [("1", False), ("75", True)])
def test_a_connection_is_kept_as_long_as_is_said(models: Path, tmp_path: Path, seconds: str, kept: bool) -> None:
    with serving(models, tmp_path / "log", keep_alive_s=seconds) as running:
        host, port = running.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=8) as caller:  # longer than uvicorn's own 5 s
            caller.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b'{"live":true}'):
                answer += caller.recv(4096)
            try:
                assert (caller.recv(4096) == b"") != kept
            except TimeoutError:
                assert kept


def test_a_listener_on_every_address_of_a_name(models: Path, tmp_path: Path) -> None:
    with serving(models, tmp_path / "log", "--host", "localhost") as running:
        port = int(running.address.rpartition(":")[2])
        for family, *_, address in dict.fromkeys(socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM)):
            with socket.socket(family) as caller:
                caller.connect(address)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_connects_once_the_address_is_told_is_not_refused(models: Path, workers: str) -> None:
    line = [sys.executable, "-m", "service", "serve", "--port", "0", "--models", str(models), "--workers", workers]
    with subprocess.Popen(line, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stderr is not None
        told = re.search(rb"listening on (http://[^\"]+)", process.stderr.readline())
        assert told
        answer = httpx.get(f"{told[1].decode()}/health/ready", timeout=60)  # the first try
        process.terminate()
        process.communicate(timeout=30)
    assert answer.status_code == 200


def test_of_two_services_on_one_port_the_second_ends_with_a_sentence(server: Running, models: Path) -> None:
    port = server.address.rpartition(":")[2]
    done = command("serve", "--port", port, "--models", str(models))
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use by another program" in done.stderr
    assert httpx.get(f"{server.address}/health/live").status_code == 200
