"""How requests are sent: over one connection where it holds, and again where it does not."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.recorded.recorder import record
from tests.recorded.request import Request


@pytest.fixture
def closing() -> Iterator[str]:
    """A server that says it keeps its connections, and closes each after one answer, whatever has been read by then."""

    def serve() -> None:
        for number in range(3):
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Type: application/json\r\n\r\n%d" % number
                )

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, daemon=True)
        server.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.join(20)


def test_a_connection_that_was_closed_while_idle_is_made_anew(closing: str) -> None:
    requests = [Request(f"request {number}", "GET", "/") for number in range(3)]
    assert [line["body"]["json"] for line in record(closing, requests)] == [0, 1, 2]
