"""The service where a machine lacks what Linux has (affinity, fcntl, uvloop), and a clone by Git for Windows."""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from service.imaging.codec.files import encode_png
from tests.integration.server import ROOT, command, serving
from tests.packages import band_picture, write_package

# Read by Python at its start, before anything else is imported.
LACKING = {
    "macos": """
import os, sys
del os.sched_getaffinity, os.sched_setaffinity
""",
    "windows": """
import os, sys
del os.sched_getaffinity, os.sched_setaffinity, os.O_NONBLOCK, os.O_CLOEXEC
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "uvloop", "resource", "pwd", "grp"):
            raise ImportError(f"no module named {name}")
sys.meta_path.insert(0, Missing())
for name in ("fcntl", "pwd", "grp"):
    sys.modules.pop(name, None)
""",
}


@pytest.fixture(params=sorted(LACKING))
def lacking(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(LACKING[request.param])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    return str(request.param)


def test_what_is_said_to_be_missing_is(lacking: str) -> None:
    code = (
        "import os, importlib.util as u; print(hasattr(os, 'sched_getaffinity'), 'fcntl' in str(u.find_spec('fcntl')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if lacking == "macos":
        assert done.stdout.split() == ["False", "True"]
    else:
        assert "no module named fcntl" in done.stderr


@pytest.mark.usefixtures("lacking")
def test_the_service_serves_there(tmp_path: Path) -> None:
    write_package(tmp_path / "models")
    with serving(tmp_path / "models", tmp_path / "log") as running:
        answer = httpx.post(f"{running.address}/api/v1/models/bands/predict", content=encode_png(band_picture(6)))
        assert answer.json()["predictions"][0]["index"] == 6
        page = httpx.get(f"{running.address}/js/main.js")
        assert page.headers["content-type"].startswith("text/javascript")
        assert running.stop() == 0
        assert "Traceback" not in running.log
    assert "mnist_cnn/1: good" in command("check").stdout


def test_several_workers_without_affinity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(LACKING["macos"])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    write_package(tmp_path / "models")
    with serving(tmp_path / "models", tmp_path / "log", "--workers", "2") as running:
        assert httpx.get(f"{running.address}/health/ready", timeout=60).status_code == 200
        assert running.stop() == 0


def test_a_clone_by_git_for_windows_has_every_byte(tmp_path: Path) -> None:
    """Its default turns the ends of lines into CRLF, and every checksum would break."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "-c", "core.autocrlf=true", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    staged = subprocess.run(["git", "ls-files", "--stage"], cwd=clone, capture_output=True, text=True, check=True)
    committed = {name: head.split()[1] for head, name in (line.split("\t") for line in staged.stdout.splitlines())}
    assert len(committed) > 500
    hashed = subprocess.run(
        ["git", "hash-object", "--no-filters", "--stdin-paths"],
        cwd=clone, input="\n".join(committed), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [n for n, h in zip(committed, hashed.stdout.split(), strict=True) if committed[n] != h] == []
    said = command("check", "--models", str(clone / "models"))
    assert said.returncode == 0, said.stderr


def test_every_name_can_be_one_on_windows_and_macos() -> None:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    reserved = re.compile(r'(?i)[:*?"<>|\\]|(^|/)(con|prn|aux|nul|com\d|lpt\d)(\.[^/]*)?(/|$)|[ .](/|$)')
    assert [name for name in names if reserved.search(name)] == []
    assert len({name.casefold() for name in names}) == len(names)
    assert max(map(len, names)) < 150  # of the 260 that a path may have there


def test_a_service_that_gives_its_name_to_kubernetes_starts(tmp_path: Path) -> None:
    """And says so: an operator who named a port so would wonder."""
    write_package(tmp_path / "models")
    with serving(tmp_path / "models", tmp_path / "log", port="tcp://10.43.0.1:8000", workers="") as running:
        assert httpx.get(f"{running.address}/health/live").status_code == 200
        (line,) = (json.loads(line) for line in running.log.splitlines() if "ignored" in line)
    assert line["level"] == "warning"
    assert "FEATUREMAP_PORT=tcp://10.43.0.1:8000" in line["message"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_unix_socket(tmp_path: Path, workers: str) -> None:
    write_package(tmp_path / "models")
    path, log = tmp_path / "s", tmp_path / "log"
    line = [sys.executable, "-m", "service", "serve", "--unix-socket", str(path), "--workers", workers]
    with (
        log.open("wb") as output,
        subprocess.Popen([*line, "--models", str(tmp_path / "models")], cwd=ROOT, stderr=output) as process,
    ):
        while b"listening" not in log.read_bytes():
            assert process.poll() is None, log.read_text()
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, base_url="http://featuremap", timeout=60) as client:
            answer = client.post("/api/v1/models/bands/predict", content=encode_png(band_picture(6)))
            assert answer.json()["predictions"][0]["index"] == 6
            forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Prefix": "/digits"}
            assert client.get("/openapi.json", headers=forwarded).json()["servers"] == [{"url": "/digits"}]
        process.terminate()
        assert process.wait(30) == 0
    assert f"listening on unix:{path}" in log.read_text()
    assert '"client": "203.0.113.9"' in log.read_text()
    assert not path.exists()
