"""The training command line as a person uses it: what it prints, and what it says of mistakes."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from service.inference.package.manifest import read_manifest
from training import commands, publish
from training.__main__ import main
from training.data import Dataset
from training.recipes import RECIPES

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], mnist: Dataset, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the sample in place of the full sets, whose checksums it cannot have."""
    monkeypatch.setattr(commands.data, "load", lambda *_, **__: mnist)
    threads = torch.get_num_threads()

    def command(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(False)
        torch.set_flush_denormal(False)
        out, err = capfd.readouterr()
        return code, out, err

    return command


def test_train_then_resume_then_export(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("train", "mnist_neuron", "--epochs", 1, "--seed", 5, "--runs", tmp_path)
    assert code == 0
    assert "mnist_neuron seed 5: 785 parameters, 1 epochs" in out
    code, out, _ = run("train", "mnist_neuron", "--epochs", 3, "--seed", 5, "--runs", tmp_path, "--resume")
    assert code == 0
    assert "Continues after epoch 1." in out
    assert "3 epochs" in out
    code, out, _ = run("export", "mnist_neuron", "--seed", 5, "--runs", tmp_path)
    assert code == 0
    assert "largest difference of a probability" in out
    assert (tmp_path / "mnist_neuron" / "seed-5" / "features.onnx").is_file()


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands.train, "_epoch", interrupt)
    code, _, err = run("train", "mnist_neuron", "--runs", tmp_path)
    assert code == 130
    assert "--resume" in err
    assert (tmp_path / "mnist_neuron" / "seed-0" / "checkpoint.pt").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["train", "mnist_ccn"], 2, "There is no recipe 'mnist_ccn'. The recipes are: mnist_robust,"),
        (["train", "mnist_cnn", "--epochs", "0"], 2, "--epochs must be at least 1"),
        (["train", "mnist_cnn", "--threads", "0"], 2, "--threads must be at least 1"),
        (["export", "mnist_cnn", "--runs", "nowhere"], 2, "holds no checkpoint. Run `python -m training train"),
        (["evaluate", "mnist_ccn"], 2, "holds no package 'mnist_ccn'"),
        (["evaluate", "mnist_ccn", "--models", "nowhere"], 2, "It holds: none."),
        (["data", "cifar"], 2, "There is no data set 'cifar'. There are: mnist, fashion_mnist."),
    ],
)
def test_mistakes_get_a_sentence(run: Run, arguments: list[str], code: int, says: str) -> None:
    assert run(*arguments)[0] == code
    assert says in run(*arguments)[2]


def test_missing_data_names_the_file_and_the_way_to_get_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "mnist_cnn", "--data", str(tmp_path), "--runs", str(tmp_path)]) == 1
    message = capfd.readouterr().err
    assert "train-images-idx3-ubyte.gz is missing." in message
    assert "python -m training data" in message


def test_publish_and_report(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("publish", "mnist_neuron", "--epochs", 1, "--runs", tmp_path / "r", "--models", tmp_path / "m")
    assert code == 0
    row = next(line for line in out.splitlines() if line.startswith("| `mnist_neuron` |"))
    assert [cell.strip() for cell in row.split("|")][2:4] == ["785", "3"]
    assert "Hardware: " in out


@pytest.fixture(scope="module")
def models(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published single neuron: poor enough to have failures of every kind."""
    place = tmp_path_factory.mktemp("models")
    options = publish.Settings(place / "runs", place / "models", torch.device("cpu"), (0,), 2)
    publish.publish(RECIPES["mnist_neuron"], mnist, options, lambda _, __: None)
    return place / "models"


def test_the_lectures_sample(run: Run, models: Path, tmp_path: Path) -> None:
    picture = tmp_path / "4444.png"
    code, out, _ = run("evaluate", "mnist_neuron", "--models", models, "--sample", 4444, "--picture", picture)
    assert code == 0
    assert re.match(r"sample 4444 of mnist: predicted (odd|even) \(\d\d\.\d\d% sure\), it is: 9\n", out)
    with Image.open(picture) as image:
        assert image.width >= 280
    assert run("evaluate", "mnist_neuron", "--models", models, "--sample", 10_000)[0] == 2


def test_failures_by_class(run: Run, models: Path, tmp_path: Path) -> None:
    code, out, _ = run("evaluate", "mnist_neuron", "--models", models, "--failures", "--max", 3)
    assert code == 0
    assert len(out.splitlines()) == 4
    _, out, _ = run("evaluate", "mnist_neuron", "--models", models, "--predicted", "odd", "--max", 1000)
    assert {line.split()[1] for line in out.splitlines()[1:]} == {"odd"}
    sheet = tmp_path / "sheet.png"
    _, out, _ = run(
        "evaluate", "mnist_neuron", "--models", models, "--true", "odd", "--predicted", "odd", "--picture", sheet
    )
    assert out.startswith("0 failures")
    with Image.open(sheet) as image:
        image.load()
    code, _, err = run("evaluate", "mnist_neuron", "--models", models, "--true", "7")
    assert code == 1
    assert "The classes are: 0 even, 1 odd." in err


def test_scores_are_recomputed_by_the_serving_code(run: Run, models: Path) -> None:
    code, out, _ = run("evaluate", "mnist_neuron", "--models", models)
    assert code == 0
    loss, accuracy = (float(line.split()[1].rstrip("%")) for line in out.splitlines()[:2])
    assert 0 < loss < 1
    assert 60 < accuracy < 100
    assert out.splitlines()[2].split() == ["class", "precision", "recall", "pictures"]
    assert read_manifest(models / "mnist_neuron" / "1").labels == ("even", "odd")


@pytest.mark.full_data
def test_the_data_command_on_the_full_sets(capfd: pytest.CaptureFixture[str]) -> None:
    if not os.environ.get("FEATUREMAP_DATA"):
        pytest.skip("FEATUREMAP_DATA does not name the full data sets")
    assert main(["data"]) == 0
    assert capfd.readouterr().out.count("checksums right") == 2
