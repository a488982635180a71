"""The end of listening: nobody who was let in goes without an answer."""

import socket
import time
from collections.abc import Iterator

import pytest

from service.closing import end_listening


@pytest.fixture(params=["tcp", "unix"])
def listener(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[socket.socket]:
    unix = request.param == "unix"
    made = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
    made.bind(str(tmp_path_factory.mktemp("s") / "s") if unix else ("127.0.0.1", 0))
    made.listen(16)
    yield made
    made.close()


def _caller(listener: socket.socket) -> socket.socket:
    caller = socket.socket(listener.family)
    caller.settimeout(5)
    caller.connect(listener.getsockname())
    return caller


def test_who_waits_is_told_that_the_service_ends(listener: socket.socket) -> None:
    with _caller(listener) as first, _caller(listener) as second, _caller(listener) as silent:
        end_listening([listener])
        listener.close()  # as its owner does
        for caller in (first, second):
            caller.sendall(b"POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = caller.makefile("rb").read()
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"connection: close\r\n" in answer
            assert answer.endswith(b'{"error":"The service is shutting down."}')
        assert silent.recv(1) == b""


def test_nobody_is_let_in_afterwards(listener: socket.socket) -> None:
    address = listener.getsockname()
    end_listening([listener])
    listener.close()
    refused = False
    for _ in range(200):
        with socket.socket(listener.family) as caller:
            caller.settimeout(0.05)
            try:
                caller.connect(address)
            except (ConnectionRefusedError, FileNotFoundError):
                refused = True
                break
            except (TimeoutError, BlockingIOError):
                pass
            time.sleep(0.02)
    assert refused
