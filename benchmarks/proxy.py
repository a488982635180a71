"""nginx in front of a server, with one of the project's own configurations.

docker/nginx.conf, deploy/ray/nginx.conf -> the addresses of this run -> nginx in a folder of its own
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.serving.processes import share_alike
from benchmarks.serving.servers import ROOT
from tests.ports import free_port

_START_S = 1.0


class Proxy(NamedTuple):
    """One that answers: its address, and its first process."""

    address: str
    pid: int


@contextmanager
def nginx(configuration: str, listens: str, replaced: Mapping[str, str]) -> Iterator[Proxy]:
    """nginx with the file `configuration` of this repository, on a free port in place of `listens`, and with what else
    of it is to be `replaced`. Raises SystemExit where there is no nginx."""
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if binary is None:
        raise SystemExit("nginx is not there; Debian: apt-get install nginx-light")
    port = free_port()
    text = (ROOT / configuration).read_text().replace(f"listen {listens};", f"listen 127.0.0.1:{port};")
    for old, new in replaced.items():
        text = text.replace(old, new)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "nginx.conf"
        file.write_text(text.replace("/tmp/", f"{folder}/"))
        line = [binary, "-p", folder, "-c", str(file)]
        process = subprocess.Popen(line if "daemon off;" in text else [*line, "-g", "daemon off;"])
        try:
            time.sleep(_START_S)
            share_alike(process.pid)
            yield Proxy(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()
            process.wait()
