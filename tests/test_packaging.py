"""What is shipped: the wheel, and the environment that the service declares for itself.

    hatchling -> wheel -> a virtual environment with nothing but the declared dependencies -> the service in it

Nothing is downloaded: that environment links to the distributions that are installed here.
"""

import json
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packages import write_package

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
CUDA = re.compile("nvidia-|cuda-|triton$")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def closure(requirements: list[str]) -> dict[str, metadata.Distribution]:
    """The distributions that pip would install for these on this machine, by name."""
    found: dict[str, metadata.Distribution] = {}
    waiting, seen = [Requirement(text) for text in requirements], set()
    while waiting:
        requirement = waiting.pop()
        for extra in ("", *requirement.extras):
            key = (canonicalize_name(requirement.name), extra)
            if key in seen:
                continue
            seen.add(key)
            found[key[0]] = distribution = metadata.distribution(requirement.name)
            waiting += [need for need in map(Requirement, distribution.requires or []) if _applies(need, extra)]
    return found


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def extras(*names: str) -> list[str]:
    return [*PROJECT["dependencies"], *(line for name in names for line in PROJECT["optional-dependencies"][name])]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.iterdir()
    with zipfile.ZipFile(path) as opened:
        yield opened


def _entry(parts: tuple[str, ...]) -> str:
    """What of a distribution's file is linked: its folder, or within a namespace that others share what is its own."""
    return "/".join(parts[:2]) if parts[0] == "opentelemetry" and len(parts) > 1 else parts[0]


@pytest.fixture(scope="module")
def bare_python(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel, its dependencies and those of `cpu`, and no more."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    wheel.extractall(site)
    for distribution in closure(extras("cpu")).values():
        for name in {_entry(file.parts) for file in distribution.files or []} - {"..", "__pycache__"}:
            (site / name).parent.mkdir(exist_ok=True)
            (site / name).symlink_to(str(distribution.locate_file(name)))
    return folder / "bin" / "python"


def test_the_wheel_holds_the_two_packages_and_no_other_folder(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"service", "training"}


@pytest.mark.parametrize("folder", ["service/web", "service/datasets", "service", "training"])
def test_the_wheel_holds_every_file_of(folder: str, wheel: zipfile.ZipFile) -> None:
    files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert files
    assert {str(path.relative_to(ROOT)) for path in files} <= set(wheel.namelist())


def test_the_wheel_holds_every_published_file(wheel: zipfile.ZipFile) -> None:
    for path in (path for path in MODELS.rglob("*") if path.is_file()):
        assert wheel.read(f"service/models/{path.relative_to(MODELS).as_posix()}") == path.read_bytes()


def test_the_service_runs_with_its_declared_dependencies_alone(bare_python: Path, tmp_path: Path) -> None:
    code = "import sys, service.app, service.server; print(service.__file__, *{'torch', 'training'} & {*sys.modules})"
    (path,) = _run(bare_python, tmp_path, "-c", code).split()
    assert Path(path).is_relative_to(bare_python.parents[1]), "the wheel's own, not the checkout's"


@pytest.mark.parametrize(
    ("option", "value", "extra"),
    [("--grpc-port", "8001", "grpc"), ("--otlp-endpoint", "http://127.0.0.1:9", "tracing")],
)
def test_an_extra_is_asked_for_by_name_where_it_is_missing(
    bare_python: Path, tmp_path: Path, option: str, value: str, extra: str
) -> None:
    line = ["-m", "service", "serve", "--port", "0", option, value, "--models", str(ROOT / "models")]
    done = subprocess.run(
        [bare_python, *line], cwd=tmp_path, env={"HOME": str(tmp_path)}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr == f'featuremap: {option} needs the {extra} extra: pip install "featuremap[{extra}]"\n'


def test_extras_are_not_imported_where_they_are_off(tmp_path: Path) -> None:
    """They are installed here, and starting an app that does not serve them leaves them alone."""
    code = """
import asyncio, importlib.util, sys
from pathlib import Path
from service.app import create_app
from service.settings import Settings

app = create_app(Settings(_env_file=None, models=Path(sys.argv[1]), execution_provider="cpu"))

async def start():
    async with app.router.lifespan_context(app):
        mine = {"grpc", "google.protobuf", "service.rpc", "opentelemetry.sdk", "service.api.tracing"}
        return mine & {*sys.modules}

print(all(map(importlib.util.find_spec, ("grpc", "opentelemetry.sdk"))), *asyncio.run(start()))
"""
    (tmp_path / "none").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "none"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["True"]


def test_a_wheel_serves_its_own_models_where_there_is_no_folder(bare_python: Path, tmp_path: Path) -> None:
    """As `uvx` and `pipx run` start it, in whatever folder their caller stands."""
    said = _run(bare_python, tmp_path, "-m", "service", "check")
    assert set(re.findall(r"^(\w+)/1: good", said, re.MULTILINE)) >= {"mnist_cnn", "fashion_cnn"}
    write_package(tmp_path / "models")
    assert _run(bare_python, tmp_path, "-m", "service", "check").split() == ["bands/1:", "good"]


def test_an_editable_install_copies_nothing(tmp_path: Path) -> None:
    """Else each environment of a clone would hold the models once more, and old ones in the end."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel:editable", "--directory"]
    subprocess.run([*command, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (path,) = tmp_path.iterdir()
    with zipfile.ZipFile(path) as opened:
        assert {name.split("/")[0] for name in opened.namelist()} == {"_featuremap.pth", f"{path.name[:16]}.dist-info"}


def test_the_versions_of_python_are_those_that_are_tested() -> None:
    told = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: Python :: 3\.", line)]
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    matrix = workflow["jobs"]["platforms"]["strategy"]["matrix"]
    assert matrix["python"] == told
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert PROJECT["requires-python"] == f">={told[0]}"


def test_the_published_models_load_there_and_nothing_is_written_home(bare_python: Path, tmp_path: Path) -> None:
    """onnxruntime's usage reports would leave an identifier and a queue of events in the home folder."""
    home = tmp_path / "home"
    home.mkdir()
    said = _run(bare_python, home, "-m", "service", "check", "--models", str(ROOT / "models"))
    assert "mnist_cnn/1: good" in said
    assert list(home.rglob("*")) == []


def test_torch_is_missing_there(bare_python: Path, tmp_path: Path) -> None:
    """Otherwise the tests above would prove nothing."""
    code = "import importlib.util as u; print(u.find_spec('torch'), u.find_spec('pip'), u.find_spec('fastapi') is None)"
    assert _run(bare_python, tmp_path, "-c", code).split() == ["None", "None", "False"]


def _run(python: Path, home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [python, *arguments], cwd=home, env={"HOME": str(home)}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_constraints_pin_what_the_extras_install_and_no_more() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    installed = {
        name: distribution.version
        for name, distribution in closure(extras("cpu", "grpc", "tracing", "train", "test")).items()
    }
    # torch's build for the CPU alone has a local version, such as 2.13.0+cpu; it satisfies the pin. The build of the
    # package index pins the CUDA libraries that it brings by itself.
    versions = {name: version.split("+")[0] for name, version in installed.items() if not CUDA.match(name)}
    assert versions == pins


def test_the_scripts_checks_are_pinned_and_the_lockfile_names_no_registry() -> None:
    asked = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert locked.pop("")["devDependencies"] == asked
    assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked, "exact versions, and no ranges"
    assert [name for name, package in locked.items() if "resolved" in package or "integrity" not in package] == []


def test_the_version_is_the_changelogs_newest() -> None:
    import service

    newest = next(line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## "))
    assert newest.split()[1] == service.__version__


@pytest.mark.parametrize("package", ["service.inference", "training", "tests"])
def test_usage_reports_of_onnxruntime_are_off(package: str, tmp_path: Path) -> None:
    """It reads the variable when it is imported, so each package sets it before one of its modules can do that."""
    code = f"import sys, os, {package}; print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "False"]
