"""The sockets: who connects is not refused, and no two services have one port."""

import socket
import threading
from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.sockets import listen, shown_address, unix_socket


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


def test_every_address_is_that_of_both_families() -> None:
    sockets = listen("::", 0)
    port = sockets[0].getsockname()[1]
    try:
        for host in ("127.0.0.1", "::1") if len(sockets) == 2 else ("127.0.0.1",):  # a machine may have no IPv6
            with socket.create_connection((host, port), timeout=10) as caller:
                assert caller.getpeername()[1] == port
        families = {listener.family for listener in sockets}
        assert socket.AF_INET in families
        assert (socket.AF_INET6 in families) == _has_ipv6()
    finally:
        for listener in sockets:
            listener.close()


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as tried:
            tried.bind(("::", 0))
    except OSError:
        return False
    return True


def test_a_port_taken_in_one_family_is_refused_in_both() -> None:
    (taken,) = listen("0.0.0.0", 0)
    port = taken.getsockname()[1]
    with taken, pytest.raises(ConfigurationError, match="in use by another program"):
        listen("::", port)


def test_a_unix_socket_comes_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "featuremap.sock"
    with unix_socket(path) as (listener,), socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(path))
        assert shown_address(listener) == f"unix:{path}"
        with pytest.raises(ConfigurationError, match="in use by another program"), unix_socket(path):
            pass
        assert path.stat().st_mode & 0o777 == 0o666
    assert not path.exists()


def test_what_a_killed_service_left_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    path, file = tmp_path / "left.sock", tmp_path / "notes.txt"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with unix_socket(path), socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(path))
    file.write_text("precious")
    with pytest.raises(ConfigurationError, match="another kind of file"), unix_socket(file):
        pass
    assert file.read_text() == "precious"
    with pytest.raises(ConfigurationError, match="cannot be had: No such file"), unix_socket(tmp_path / "no" / "x"):
        pass
    with pytest.raises(ConfigurationError, match="too long"), unix_socket(tmp_path / ("x" * 120)):
        pass
