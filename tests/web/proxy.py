"""nginx in front of a service, as docs/proxies.md has it: under /digits/, and nothing beside it."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ci import ON_CI
from tests.ports import free_port

_CONFIGURATION = """
daemon off;
error_log {folder}/error.log;
pid {folder}/pid;
events {{}}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    {location}
  }}
}}
"""
# Takes the prefix off, and says so or not; the second leaves it on.
STRIPPED = "location /digits/ {{ proxy_pass {up}; {told} }}"
LEFT_ON = "location /digits {{ proxy_pass {up}; }}"
TOLD = "proxy_set_header X-Forwarded-Prefix /digits;"


def find_nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        reason = "no nginx on the PATH (Debian: apt-get install nginx-light)"
        if ON_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def proxied(location: str, folder: Path) -> Iterator[str]:
    """nginx with this location; gives the address of the prefix, with its slash. What was asked beside the prefix is
    in `access.log` with status 404."""
    nginx, port = find_nginx(), free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port, location=location))
    with subprocess.Popen([nginx, "-c", str(configuration), "-p", str(folder), "-e", str(folder / "error.log")]) as run:
        try:
            _wait(f"http://127.0.0.1:{port}/", run, folder)
            yield f"http://127.0.0.1:{port}/digits/"
        finally:
            run.terminate()
            run.wait(30)


def asked_beside(folder: Path) -> list[str]:
    """The requests outside the prefix, but for the one that waited for nginx."""
    lines = (folder / "access.log").read_text().splitlines()
    asked = [line.split('"')[1] for line in lines]
    return [line for line in asked if not line.split()[1].startswith("/digits") and line.split()[1] != "/"]


def _wait(address: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            urllib.request.urlopen(address, timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx does not answer")
