"""The service as a process of its own, on a free port."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
_START_S = 60.0


@contextmanager
def serving(models: Path, log: Path, port: int | None = None, **settings: str) -> Iterator[str]:
    """Runs `python -m service serve`; gives its address. `settings` as in FEATUREMAP_<NAME>."""
    port = port or free_port()
    command = [sys.executable, "-m", "service", "serve", "--port", str(port), "--models", str(models)]
    environment = {**os.environ, **{f"FEATUREMAP_{name.upper()}": value for name, value in settings.items()}}
    with (
        log.open("ab") as output,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/", process, log)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended at its start:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}health/live", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"The server was not up after {_START_S:g} s:\n{log.read_text()}")
