"""Runs the app on uvicorn, in this process or in several.

    Settings -> listening sockets -> uvicorn (uvloop, `protocol.py`) -> SIGTERM: requests end, exit code 0

The sockets listen before anything is loaded, so that a port in use is told at once and in words, and that who
connects while models are being loaded waits for them.
"""

import errno
import functools
import importlib.util
import logging
import signal
import socket

from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from service.app import build
from service.errors import ConfigurationError
from service.inference.package.layout import package_names
from service.inference.runtime.providers import choose_provider
from service.inference.shared_state import SharedState, shared_state
from service.logging import configure_logging
from service.metrics import forget_process, shared_between_processes
from service.protocol import ServiceProtocol
from service.settings import Settings

_BACKLOG = 2048  # connections that wait to be accepted; the kernel's own bound (somaxconn) holds too
_GRPC = ("grpc", "grpc_health", "grpc_reflection")  # what the grpc extra brings
_WORKER_START_S = 60  # a process that imports and answers no ping within this is replaced
_log = logging.getLogger(__name__)


def serve(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT. Raises ConfigurationError where it cannot start."""
    configure_logging(settings.log_level, settings.log_format)
    package_names(settings.models)  # raises where there is no such folder
    if settings.execution_provider not in ("auto", "cpu"):
        choose_provider(settings.execution_provider)
    settings.read_admin_key()  # raises where one is needed and there is none
    sockets = listen(settings.host, settings.port)
    if settings.grpc_port:
        _check_grpc(settings)
    run = _serve_here if settings.workers == 1 else _serve_in_processes
    return run(settings, sockets)


def _check_grpc(settings: Settings) -> None:
    """Raises ConfigurationError where the processes could not serve gRPC. They bind its port themselves."""
    missing = [name for name in _GRPC if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigurationError('--grpc-port needs the grpc extra: pip install "featuremap[grpc]"')
    for tried in listen(settings.host, settings.grpc_port, "--grpc-port"):
        tried.close()
    _log.info("gRPC is served on port %s too", settings.grpc_port)


def _serve_here(settings: Settings, sockets: list[socket.socket]) -> int:
    server = Server(_config(settings))
    # uvicorn raises the signal that ended it once more, for whoever was there before: nobody but itself.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    _announce(sockets)
    server.run(sockets)
    return 0 if server.started else 1


def _serve_in_processes(settings: Settings, sockets: list[socket.socket]) -> int:
    with shared_between_processes(), shared_state() as shared:
        supervisor = _Supervisor(_config(settings, shared), sockets, shared)
        _announce(sockets)
        supervisor.run()
    return int(any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes))


class _Supervisor(Multiprocess):
    """uvicorn's, which starts a worker anew where one died. What a worker that ended said of itself is forgotten,
    however it came to its end."""

    def __init__(self, config: Config, sockets: list[socket.socket], shared: SharedState) -> None:
        super().__init__(config, sockets)
        self._shared = shared
        self._known: set[int] = set()

    def keep_subprocess_alive(self) -> None:
        """Called twice a second, after signals were obeyed, which may have added or ended workers too."""
        before = self._known | self._pids()
        super().keep_subprocess_alive()
        self._known = self._pids()
        for pid in before - self._known:
            forget_process(pid)
            self._shared.forget(pid)

    def _pids(self) -> set[int]:
        return {process.pid for process in self.processes if process.pid is not None}


def _announce(sockets: list[socket.socket]) -> None:
    host, port = sockets[0].getsockname()[:2]
    _log.info("listening on http://%s:%s", f"[{host}]" if ":" in host else host, port)


def listen(host: str, port: int, option: str = "--port") -> list[socket.socket]:
    """A listening socket for each address of `host` that this machine has; all take the same port, which `option`
    chooses.

    Raises ConfigurationError where there is none or the port cannot be had.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise ConfigurationError(f"--host {host} is no address of this machine") from None
    sockets: list[socket.socket] = []
    for family, _, _, _, address in dict.fromkeys(found):
        try:
            sockets.append(_bind(family, (address[0], port, *address[2:])))
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise ConfigurationError(_cannot_listen(host, port, option, error)) from None
            continue
        port = sockets[0].getsockname()[1]
    if not sockets:
        raise ConfigurationError(f"--host {host} is no address of this machine")
    return sockets


def _bind(family: int, address: tuple[object, ...]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        # From here on who connects waits, and a second service on this port is refused. Bound alone it would not be.
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _cannot_listen(host: str, port: int, option: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use by another program; choose another with {option}"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has; choose one above 1023 with {option}"
    return f"cannot listen on {host} port {port}: {error.strerror}"


def _config(settings: Settings, shared: SharedState | None = None) -> Config:
    return Config(
        functools.partial(build, settings, shared),
        factory=True,
        workers=settings.workers,
        backlog=_BACKLOG,
        loop="uvloop",
        http=ServiceProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_grace_s,
        timeout_worker_healthcheck=_WORKER_START_S,
    )
