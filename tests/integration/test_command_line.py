"""The commands, and what they say when they cannot do what they were asked."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import onnxruntime as ort
import pytest

from service.imaging.codec.files import encode_png
from tests.integration.server import ROOT, command, serving
from tests.packages import band_picture, write_package


@pytest.fixture
def models(tmp_path: Path) -> Path:
    write_package(tmp_path / "models", metrics={"test_accuracy": 0.98765})
    return tmp_path / "models"


def one_sentence(text: str) -> str:
    """What was said on stderr: one line, no traceback."""
    (line,) = text.splitlines()
    assert line.startswith("featuremap: ")
    return line


def test_models_prints_a_table(models: Path) -> None:
    (models / "broken").mkdir()
    done = command("models", "--models", str(models))
    assert (done.returncode, done.stderr) == (0, "")
    head, good, bad = (line.split() for line in done.stdout.splitlines())
    assert head[:5] == ["model", "version", "state", "accuracy", "parameters"]
    assert good == ["bands", "1", "READY", "0.9877", "7,840", "Bands"]
    assert bad[:5] == ["broken", "-", "UNAVAILABLE", "-", "-"]
    assert done.stdout.splitlines()[2].endswith("config.pbtxt is missing")


def test_check_is_content_with_good_packages(models: Path) -> None:
    done = command("check", "--models", str(models))
    assert (done.returncode, done.stdout, done.stderr) == (0, "bands/1: good\n", "")


def test_check_finds_a_single_changed_byte(models: Path) -> None:
    weights = models / "bands" / "1" / "model.onnx"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    done = command("check", "--models", str(models))
    assert done.returncode == 1
    assert done.stdout == "bands/1: model.onnx does not match its checksum in model.json\n"


def test_check_tells_of_every_package_whatever_is_wrong_with_it(models: Path) -> None:
    for name in ("deep", "file", "loop", "pipe", "stats"):
        write_package(models, name)
    (models / "deep" / "config.pbtxt").write_text("a {" * 10_000)
    shutil.rmtree(models / "file" / "1")
    (models / "file" / "1").touch()
    shutil.rmtree(models / "loop" / "1")
    (models / "loop" / "1").symlink_to("1")
    (models / "pipe" / "1" / "model.json").unlink()
    os.mkfifo(models / "pipe" / "1" / "model.json")
    done = command("check", "--models", str(models))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        "bands/1: good",
        "deep: config.pbtxt: line 1: messages may be nested 64 deep and no deeper",
        "file: it has no version that its version_policy serves: a folder named 1, 2, ...",
        "loop/1: model.json cannot be read: Too many levels of symbolic links",
        "pipe/1: model.json is no regular file",
        "stats: no model can be named stats, which is an address of the Open Inference Protocol",
    ]
    assert len(command("models", "--models", str(models)).stdout.splitlines()) == 7


def test_check_of_an_empty_folder_fails(tmp_path: Path) -> None:
    done = command("check", "--models", str(tmp_path))
    assert done.returncode == 2
    assert "holds no package" in one_sentence(done.stderr)


@pytest.mark.parametrize("name", ["serve", "models", "check"])
def test_a_missing_models_folder_is_told(tmp_path: Path, name: str) -> None:
    done = command(name, "--models", str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "models folder" in one_sentence(done.stderr)
    assert "missing" in done.stderr


def test_a_wrong_option_and_a_wrong_variable_are_told(models: Path) -> None:
    done = command("serve", "--models", str(models), "--port", "http")
    assert done.returncode == 2
    assert "--port (FEATUREMAP_PORT) cannot be 'http'" in one_sentence(done.stderr)
    done = command("serve", "--models", str(models), max_pixels="-5")
    assert done.returncode == 2
    assert "--max-pixels (FEATUREMAP_MAX_PIXELS) cannot be '-5'" in one_sentence(done.stderr)


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["serve", "--port", "http"]])
def test_help_and_a_wrong_option_do_not_wait_for_what_serving_needs(arguments: list[str]) -> None:
    """Half of a second and not two, most of which are other libraries'."""
    asked = f"""
import atexit, sys
from service.__main__ import main
heavy = ["onnxruntime", "fastapi", "numpy", "PIL", "prometheus_client"]
atexit.register(lambda: print([name for name in heavy if name in sys.modules]))
main({arguments!r})
"""
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_port_in_use_is_told(models: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command("serve", "--models", str(models), "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use" in one_sentence(done.stderr)


def test_a_host_that_is_not_ours_is_told(models: Path) -> None:
    for host in ("no.such.host.invalid", "192.0.2.1"):
        done = command("serve", "--models", str(models), "--host", host)
        assert done.returncode == 2
        assert f"--host {host} is no address of this machine" in one_sentence(done.stderr)


@pytest.mark.skipif("CUDAExecutionProvider" in ort.get_available_providers(), reason="there is GPU support")
@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
def test_a_gpu_that_is_not_there_ends_the_start_with_what_to_install(models: Path, provider: str) -> None:
    done = command("serve", "--models", str(models), "--execution-provider", provider)
    assert done.returncode == 2
    sentence = one_sentence(done.stderr)
    assert f"execution provider {provider} cannot be used" in sentence
    assert "pip install 'featuremap[gpu]'" in sentence


def test_help_names_every_setting() -> None:
    from service.settings import Settings

    done = command("serve", "--help")
    assert done.returncode == 0
    for name in Settings.model_fields:
        assert f"--{name.replace('_', '-')}" in done.stdout


def test_predict_answers_as_http_does(models: Path, tmp_path: Path) -> None:
    files = []
    for band in range(10):
        files.append(tmp_path / f"{band}.png")
        files[-1].write_bytes(encode_png(band_picture(band)))
    with serving(models, tmp_path / "log") as running:
        sent = [("file", (file.name, file.read_bytes(), "image/png")) for file in files]
        answer = httpx.post(f"{running.address}/api/v1/models/bands/predict?top_k=10", files=sent).json()
    done = command("predict", "bands", *map(str, files), "--models", str(models), "--format", "json", "--top-k", "10")
    assert (done.returncode, done.stderr) == (0, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["file"] for line in told] == list(map(str, files))
    assert [line["prediction"] for line in told] == answer["predictions"]


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_predict_tells_of_a_bad_file_and_goes_on(models: Path, tmp_path: Path, form: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"no picture")
    (tmp_path / "in" / "b.png").write_bytes(encode_png(band_picture(4)))
    done = command("predict", "bands", str(tmp_path / "in"), str(tmp_path / "gone.png"), "--models", str(models),
                   "--format", form)  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    bad, good, gone = done.stdout.splitlines()[0 if form == "json" else 1 :]
    assert "none of the served picture formats" in bad
    assert "4" in good
    assert "cannot be read: No such file or directory" in gone


def test_evaluate_judges_and_tells(models: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    for band in range(10):
        (pictures / str(band)).mkdir(parents=True)
        for shift in range(4):
            told = band if shift else (band + 1) % 10  # one of four lies in the wrong folder
            (pictures / str(band) / f"{shift}.png").write_bytes(encode_png(band_picture(told)))
    (pictures / "3" / "bad.png").write_bytes(b"no picture")
    done = command("evaluate", "bands", str(pictures), "--models", str(models))
    assert done.returncode == 0
    assert "3/bad.png is left out" in one_sentence(done.stderr)
    assert f"{models / 'bands' / '2'}: judged on 40 pictures" in done.stdout
    assert "0.7500, 10 wrong" in done.stdout
    assert "10 failures are kept with their pictures" in done.stdout
    assert command("check", "--models", str(models)).stdout == "bands/2: good\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("package", "gone.onnx", "--name", "mine"), "gone.onnx is no file"),
        (("package", "pyproject.toml", "--name", "mine"), "pyproject.toml is no ONNX file, or a damaged one"),
        (("predict", "nope", "README.md"), "There is no such model. Known models: none."),
        (("evaluate", "bands", "README.md"), "README.md is a file"),
        (("evaluate", "bands", "service"), "is named after no class"),
        (("predict", "bands", "README.md", "--top-k", "0"), "--top-k must be at least 1"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(models: Path, arguments: tuple[str, ...], said: str) -> None:
    done = command(*arguments, "--models", str(models))
    assert done.returncode in (1, 2)
    assert said in one_sentence(done.stderr)
    assert sorted(child.name for child in models.iterdir()) == ["bands"]
