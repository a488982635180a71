"""`python -m service` as its operator runs it: a process of its own, spoken to over a socket."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import httpx

from service.cli.main import run
from tests.logs import logging_kept

ROOT = Path(__file__).parents[2]


@dataclass
class Running:
    """A server that answers. `log` is what it has written to stderr so far."""

    process: subprocess.Popen[bytes]
    address: str
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends the signal; gives the exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)


def command(verb: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What `python -m service VERB ...` does until its end; `settings` as in FEATUREMAP_<NAME>. It runs in this
    process, where the coverage sees it, but for `serve`, which is not made to leave a process as it was."""
    line, environment = [verb, *arguments], _environment(settings)
    if verb == "serve":
        whole = [sys.executable, "-m", "service", *line]
        return subprocess.run(whole, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    out, error = io.StringIO(), io.StringIO()
    here = patch.dict(os.environ, environment, clear=True)
    with here, chdir(ROOT), logging_kept(), redirect_stdout(out), redirect_stderr(error):
        code = run(line)
    return subprocess.CompletedProcess(line, code, out.getvalue(), error.getvalue())


@contextmanager
def serving(models: Path, log_file: Path, *arguments: str, **settings: str) -> Iterator[Running]:
    """A server on a free port, from when it is ready until the end of the block."""
    with listening(models, log_file, *arguments, **settings) as running:
        _wait_until_live(running)
        yield running


@contextmanager
def listening(models: Path, log_file: Path, *arguments: str, **settings: str) -> Iterator[Running]:
    """The same from when its port is open, and models are still being loaded."""
    line = [sys.executable, "-m", "service", "serve", "--port", "0", "--models", str(models), *arguments]
    with (
        log_file.open("wb") as log,
        subprocess.Popen(line, cwd=ROOT, env=_environment(settings), stderr=log) as process,
    ):
        try:
            yield Running(process, _address(process, log_file), log_file)
        finally:
            if process.poll() is None:
                process.terminate()  # a killed one would leave its workers behind
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()


def wait_until(holds: Callable[[], bool]) -> None:
    """For what another process does when it comes to it."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FEATUREMAP_")}
    return {**inherited, **{f"FEATUREMAP_{name.upper()}": value for name, value in settings.items()}}


def _address(process: subprocess.Popen[bytes], log_file: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"listening on (http://[^\"\s]+)", log_file.read_text()):
            return found[1]
        time.sleep(0.02)
    raise RuntimeError(f"the server did not start:\n{log_file.read_text()}")


def _wait_until_live(running: Running) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.process.poll() is None:
        try:
            httpx.get(f"{running.address}/health/live", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.02)
    raise RuntimeError(f"the server does not answer:\n{running.log}")
