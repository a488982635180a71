"""What a release is made of: one version, locked packages, vendored scripts, labels, a bill of materials."""

import hashlib
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

import service
from tests.paths import ROOT
from tests.test_packaging import CUDA, closure, extras

VENDOR = ROOT / "service" / "web" / "vendor"
VENDORED = json.loads((ROOT / "service" / "web" / "vendored.json").read_text())
WORKFLOWS = ROOT / ".github" / "workflows"


def script(name: str) -> ModuleType:
    """A script of docker/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docker" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REQUIREMENTS, SBOM = script("requirements"), script("sbom")
LOCKED = REQUIREMENTS.locked((ROOT / "requirements.lock").read_text())


def pins(name: str) -> set[str]:
    """The versions that the lock has of it: several, where they differ by system."""
    found = (re.match(r"[^ ]+==([^ ;]+)", line) for line in LOCKED[name].lines)
    return {match[1] for match in found if match}


def test_the_lock_has_the_constraints_versions_each_with_hashes() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    constraints = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    assert {name: pins(name) for name in constraints} == {name: {version} for name, version in constraints.items()}
    assert [name for name, entry in LOCKED.items() if not any("--hash=sha256:" in line for line in entry.lines)] == []


@pytest.mark.parametrize("wanted", [["cpu"], ["cpu", "grpc"], ["cpu", "tracing"], ["cpu", "train"]])
def test_an_image_gets_what_pip_would_install(wanted: list[str]) -> None:
    """On this system; the lock has what others need too."""
    project = REQUIREMENTS.tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = set(REQUIREMENTS.closure(REQUIREMENTS.direct(project, wanted), LOCKED))
    installed = {name for name in closure(extras(*wanted)) if not CUDA.match(name)}
    elsewhere = {"colorama", "triton"} | {name for name in named if CUDA.match(name)}
    assert installed <= named
    assert named - installed - elsewhere == set()


def test_what_is_there_already_is_left_out() -> None:
    line = [sys.executable, "docker/requirements.py", "--without", "torch|triton|nvidia-.*|cuda-.*", "cpu", "train"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    named = re.findall(r"^([\w.-]+)==", done.stdout, re.MULTILINE)
    assert {"sympy", "onnx"} <= set(named)
    assert [name for name in named if CUDA.match(name) or name == "torch"] == []


def test_vendored_files_are_those_that_were_published() -> None:
    """`integrity` is npm's own, of the package that the files come from: checked when they were taken."""
    files = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    listed = {
        f"{package['folder']}/{name}": sha256 for package in VENDORED for name, sha256 in package["files"].items()
    }
    assert set(listed) == files
    assert {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in files} == listed
    for package in VENDORED:
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
        assert package["integrity"].startswith("sha512-")
        texts = [(VENDOR / package["folder"] / name).read_text() for name in package["files"] if name.endswith(".js")]
        assert any(package["version"] in text for text in texts), "the scripts say so themselves"


def test_the_bill_of_materials_has_the_scripts_and_the_version() -> None:
    packages: dict[str, Any] = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {"name": "featuremap"}},
        "components": [{"name": "pillow", "version": "13.0.0"}, {"name": "featuremap", "version": "0"}],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "docker/sbom.py"],
        cwd=ROOT,
        input=json.dumps(packages),
        capture_output=True,
        text=True,
        check=True,
    )
    bill = json.loads(done.stdout)
    assert bill["metadata"]["component"]["version"] == service.__version__
    assert [part["name"] for part in bill["components"]] == ["pillow", "swagger-ui-dist", "uplot"]
    assert bill["components"][2]["purl"] == "pkg:npm/uplot@1.6.32"
    assert bill["components"][2]["components"][0]["hashes"][0]["alg"] == "SHA-256"


def test_the_version_stands_in_one_place() -> None:
    assert SBOM.version() == service.__version__
    deployed = [str(path.relative_to(ROOT)) for path in (ROOT / "deploy").rglob("*") if path.suffix in (".py", ".yaml")]
    others = ["pyproject.toml", "Makefile", "docker-compose.yml", "docker/Dockerfile", ".github/workflows/release.yml"]
    assert deployed
    assert [name for name in (*others, *deployed) if service.__version__ in (ROOT / name).read_text()] == []


def test_images_are_labelled_with_what_the_release_and_make_say() -> None:
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', dockerfile))
    told = {name: value for name, value in labels.items() if value.startswith("$")}
    assert told == {"version": "${VERSION}", "revision": "${REVISION}", "source": "${SOURCE}"}
    for place in (WORKFLOWS / "release.yml", ROOT / "Makefile"):
        given = set(re.findall(r"--build-arg (\w+)=", place.read_text()))
        assert given == {"VERSION", "REVISION", "SOURCE"}, place


def test_a_tag_publishes_only_what_ci_has_checked() -> None:
    release = yaml.safe_load((WORKFLOWS / "release.yml").read_text())
    checks = yaml.safe_load((WORKFLOWS / "ci.yml").read_text())
    # YAML 1.1 reads `on` as true.
    assert release[True] == {"push": {"tags": ["v*"]}}
    assert "workflow_call" in checks[True]
    assert release["jobs"]["check"]["uses"] == "./.github/workflows/ci.yml"
    assert any(step.get("run") == ".ci/run" for step in checks["jobs"]["everything"]["steps"])
    for name in ("images", "package"):
        assert set(release["jobs"][name]["needs"]) == {"check", "version"}
    targets = set(re.findall(r"^FROM \S+ AS (cpu|gpu|training)$", (ROOT / "docker" / "Dockerfile").read_text(), re.M))
    assert {each["target"] for each in release["jobs"]["images"]["strategy"]["matrix"]["include"]} == targets


def test_the_release_says_what_the_changelog_says(tmp_path: Path) -> None:
    """The command of the workflow, on a changelog of two versions."""
    steps = yaml.safe_load((WORKFLOWS / "release.yml").read_text())["jobs"]["package"]["steps"]
    (line,) = [line for step in steps for line in step.get("run", "").splitlines() if line.startswith("sed")]
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## 1.1.0 (2027-01-02)\n\n- New.\n\n## 1.0.0 (2026-01-02)\n\n- Old.\n"
    )
    subprocess.run(["bash", "-c", line], cwd=tmp_path, env={"VERSION": "1.1.0", "PATH": "/usr/bin:/bin"}, check=True)
    assert (tmp_path / "notes.md").read_text().strip() == "- New."
