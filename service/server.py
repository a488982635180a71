"""Runs the app on uvicorn, in this process or in several.

    Settings -> listening sockets -> uvicorn (uvloop where it is, `protocol.py`) -> SIGTERM: requests end, exit code 0

The sockets listen before anything is loaded, so that a port in use is told at once and in words, and that who
connects while models are being loaded waits for them.
"""

import contextlib
import functools
import logging
import os
import signal
import socket
from pathlib import Path
from types import FrameType

from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from service import extras
from service.app import build
from service.closing import end_listening
from service.errors import ConfigurationError
from service.inference.package.layout import package_names
from service.inference.package.signature import trust_in
from service.inference.runtime.providers import choose_provider
from service.inference.shared_state import SharedState, shared_state
from service.logging import configure_logging
from service.metrics import forget_process, shared_between_processes
from service.protocol import ServiceProtocol
from service.settings import Settings, service_links
from service.sockets import BACKLOG, listen, open_files, shown_address, unix_socket

_OTHER_FILES = 1024  # asked for beside those of the connections
_WORKER_START_S = 60  # a process that imports and answers no ping within this is replaced
_log = logging.getLogger(__name__)


def serve(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT. Raises ConfigurationError where it cannot start."""
    configure_logging(settings.log_level, settings.log_format)
    for name, link in service_links().items():
        _log.warning("%s=%s is ignored: Kubernetes sets it for a service of this name (enableServiceLinks)", name, link)
    package_names(settings.models)  # raises where there is no such folder
    if settings.execution_provider not in ("auto", "cpu"):
        choose_provider(settings.execution_provider)
    settings.read_admin_key()  # raises where one is needed and there is none
    settings.read_api_keys()
    trust_in(settings.model_public_key)
    if settings.workers > 1 and os.name == "nt":
        raise ConfigurationError(
            "--workers above 1 needs Linux or macOS; on Windows start several services, or use WSL"
        )
    extras.check(settings)
    open_files(settings.max_connections + _OTHER_FILES)
    run = _serve_here if settings.workers == 1 else _serve_in_processes
    with _listening(settings) as sockets:
        if settings.grpc_port:
            _check_grpc(settings)
        return run(settings, sockets)


def _listening(settings: Settings) -> contextlib.AbstractContextManager[list[socket.socket]]:
    if settings.unix_socket:
        return unix_socket(Path(settings.unix_socket))
    return contextlib.nullcontext(listen(settings.host, settings.port))


def _check_grpc(settings: Settings) -> None:
    """Raises ConfigurationError where the processes could not bind gRPC's port, which they do themselves."""
    for tried in listen(settings.host, settings.grpc_port, "--grpc-port"):
        tried.close()
    _log.info("gRPC is served on port %s too", settings.grpc_port)


def _serve_here(settings: Settings, sockets: list[socket.socket]) -> int:
    server = _Server(_config(settings), sockets)
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


class _Server(Server):
    """uvicorn's, which stops listening in the way of `closing.py`."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        super().__init__(config)
        self._sockets = sockets

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            end_listening(self._sockets)
        super().handle_exit(sig, frame)


class _Supervisor(Multiprocess):
    """uvicorn's, which starts a worker anew where one died. What a worker that ended said of itself is forgotten,
    however it came to its end."""

    def __init__(self, config: Config, sockets: list[socket.socket], shared: SharedState) -> None:
        super().__init__(config, sockets)
        self._shared = shared
        self._known: set[int] = set()

    def terminate_all(self) -> None:
        """The workers still take whom the kernel has let in."""
        end_listening(self.sockets)
        for listener in self.sockets:
            listener.close()
        super().terminate_all()

    def init_processes(self) -> None:
        super().init_processes()
        self._let_go()

    def keep_subprocess_alive(self) -> None:
        """Called twice a second, after signals were obeyed, which may have added or ended workers too."""
        before = self._known | self._pids()
        super().keep_subprocess_alive()
        self._let_go()
        self._known = self._pids()
        for pid in before - self._known:
            forget_process(pid)
            self._shared.forget(pid)

    def _let_go(self) -> None:
        """Of the workers' ends of the pipes: where one dies while its answer is awaited, its pipe ends at once. Else
        nobody would be replaced, nor a signal be obeyed, for as long as an answer may take."""
        for process in self.processes:
            process.child_conn.close()

    def _pids(self) -> set[int]:
        return {process.pid for process in self.processes if process.pid is not None}


def _announce(sockets: list[socket.socket]) -> None:
    for listener in sockets:
        _log.info("listening on %s", shown_address(listener))


def _config(settings: Settings, shared: SharedState | None = None) -> Config:
    return Config(
        functools.partial(build, settings, shared),
        factory=True,
        workers=settings.workers,
        backlog=BACKLOG,
        loop="auto",
        http=ServiceProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the app reads them itself, and knows who is to be believed
        timeout_graceful_shutdown=settings.shutdown_grace_s,
        timeout_worker_healthcheck=_WORKER_START_S,
    )
