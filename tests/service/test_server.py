"""The sockets: who connects is not refused, and no two services have one port."""

import socket
import threading

import pytest

from service.errors import ConfigurationError
from service.server import listen


def test_who_connects_before_the_server_runs_waits() -> None:
    (listener,) = listen("127.0.0.1", 0)
    with listener, socket.create_connection(listener.getsockname()[:2], timeout=10) as caller:
        assert caller.getpeername() == listener.getsockname()


def test_a_port_that_is_listened_on_is_refused() -> None:
    (listener,) = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    with listener:
        for host in ("127.0.0.1", "0.0.0.0"):
            with pytest.raises(ConfigurationError, match=f"port {port} on {host} is in use by another program"):
                listen(host, port)
    (again,) = listen("127.0.0.1", port)  # at once, also while old connections linger
    again.close()


def test_of_many_that_start_together_one_gets_the_port() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start, outcomes = threading.Barrier(8), list[socket.socket | str]()

    def begin() -> None:
        start.wait()
        try:
            outcomes.extend(listen("127.0.0.1", port))
        except ConfigurationError as error:
            outcomes.append(error.message)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = (outcome for outcome in outcomes if isinstance(outcome, socket.socket))
    winner.close()
    told = {outcome for outcome in outcomes if isinstance(outcome, str)}
    assert told == {f"port {port} on 127.0.0.1 is in use by another program; choose another with --port"}
