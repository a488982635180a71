"""The sockets that the service listens on: of an address, of both families, or a Unix socket.

    host, port -> each address that this machine has for it -> sockets that listen, all on one port
    path       -> a socket file                             -> a socket that listens

They listen before anything is loaded, so that a port in use is told at once and in words.
"""

import contextlib
import errno
import importlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.errors import ConfigurationError

_resource: Any
try:
    _resource = importlib.import_module("resource")
except ImportError:  # Windows has none
    _resource = None

BACKLOG = 2048  # connections that wait to be accepted; the kernel's own bound (somaxconn) holds too
_EVERY_ADDRESS = "::"
_MANY_FILES = 2**16
_ANYBODY = 0o666  # may connect: who gets as far as the file is for the rights of its folder to say


def listen(host: str, port: int, option: str = "--port") -> list[socket.socket]:
    """A listening socket for each address of `host` that this machine has, `::` being every one of both families; all
    take the same port, which `option` chooses.

    Raises ConfigurationError where there is none or the port cannot be had.
    """
    try:
        found = [
            info
            for name in ((host, "0.0.0.0") if host == _EVERY_ADDRESS else (host,))
            for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        ]
    except (socket.gaierror, UnicodeError):
        raise ConfigurationError(f"--host {host} is no address of this machine") from None
    sockets: list[socket.socket] = []
    for family, _, _, _, address in dict.fromkeys(found):
        try:
            sockets.append(_bind(family, (address[0], port, *address[2:])))
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                for bound in sockets:
                    bound.close()
                raise ConfigurationError(_cannot_listen(host, port, option, error)) from None
            continue
        port = sockets[0].getsockname()[1]
    if not sockets:
        raise ConfigurationError(f"--host {host} is no address of this machine")
    return sockets


@contextlib.contextmanager
def unix_socket(path: Path) -> Iterator[list[socket.socket]]:
    """A listening socket under this path, whose file goes at the end of the block. What a service that was killed has
    left there is replaced.

    Raises ConfigurationError where another service listens there, where something else lies there, or where this
    machine has no such sockets.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise ConfigurationError("--unix-socket needs Linux or macOS")
    try:
        _clear(path)
        listener = _bind(socket.AF_UNIX, str(path))
        path.chmod(_ANYBODY)
        own = path.stat().st_ino
    except OSError as error:
        raise ConfigurationError(f"--unix-socket {path} cannot be had: {error.strerror or error}") from None
    try:
        yield [listener]
    finally:
        listener.close()
        with contextlib.suppress(OSError):
            if path.stat().st_ino == own:  # else a later service's
                path.unlink()


def _clear(path: Path) -> None:
    """Removes the file of a socket that nobody listens on."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigurationError(f"--unix-socket {path} is another kind of file; name one that is not there yet")
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise ConfigurationError(f"--unix-socket {path} is in use by another program; name another")


def _bind(family: int, address: tuple[object, ...] | str) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family != getattr(socket, "AF_UNIX", None):
            _keep_apart(listener, family)
        listener.bind(address)
        # From here on who connects waits, and a second service on this port is refused. Bound alone it would not be.
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _keep_apart(listener: socket.socket, family: int) -> None:
    if os.name == "nt":  # where SO_REUSEADDR would let a second service take the port away
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)


def shown_address(listener: socket.socket) -> str:
    """Where it listens, as people read it."""
    name = listener.getsockname()
    if isinstance(name, str):
        return f"unix:{name}"
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _cannot_listen(host: str, port: int, option: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use by another program; choose another with {option}"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has; choose one above 1023 with {option}"
    return f"cannot listen on {host} port {port}: {error.strerror}"


def open_files(wanted: int = 0) -> int:
    """How many files and sockets this process may have open at a time. Where that is less than `wanted`, the process
    asks for as many as the system lets it have."""
    if _resource is None:
        return _MANY_FILES
    soft, hard = _resource.getrlimit(_resource.RLIMIT_NOFILE)
    most = wanted if hard == _resource.RLIM_INFINITY else min(wanted, hard)
    if soft != _resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):  # macOS says infinity and means less
            _resource.setrlimit(_resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return _MANY_FILES if soft == _resource.RLIM_INFINITY else soft
