"""`evaluate`: scores, single samples and failures, of a package and of a run."""

import json
import re
from pathlib import Path

from PIL import Image

from service.inference.package.manifest import read_manifest
from tests.training.cli.conftest import Run


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


def test_a_run_is_evaluated_before_it_is_published(run: Run, models: Path, tmp_path: Path) -> None:
    """What `train` made, and not the package of the same name that was there before."""
    arguments = ("evaluate", "mnist_neuron", "--models", models, "--run", "--runs", tmp_path, "--seed", 3)
    code, _, err = run(*arguments)
    assert code == 2
    assert "holds no checkpoint. Run `python -m training train mnist_neuron --seed 3` first." in err
    assert run("train", "mnist_neuron", "--runs", tmp_path, "--seed", 3, "--epochs", 3)[0] == 0
    code, out, _ = run(*arguments)
    assert code == 0
    accuracy = float(out.splitlines()[1].split()[1].rstrip("%"))
    published = json.loads((models / "mnist_neuron" / "1" / "metrics.json").read_text())
    assert accuracy / 100 != published["test_accuracy"]
    wrong = run(*arguments, "--failures", "--max", 0)[1]
    assert wrong == f"{round(10_000 - 100 * accuracy)} failures of mnist_neuron seed 3; predicted (true):\n"
    _, out, _ = run(*arguments, "--true", "odd", "--predicted", "even", "--max", 1000)
    assert {line.split()[1:3] == ["even", "(odd)"] for line in out.splitlines()[1:]} == {True}
    code, out, _ = run(*arguments, "--sample", 4444)
    assert out.startswith("sample 4444 of mnist: predicted ")
    assert run(*arguments, "--true", "7")[0] == 1


def test_a_run_that_went_on_is_evaluated_as_it_is_now(run: Run, tmp_path: Path) -> None:
    arguments = ("mnist_neuron", "--runs", tmp_path)
    told = []
    for epochs in (1, 4):
        assert run("train", *arguments, "--epochs", epochs, "--resume")[0] == 0
        told.append(run("evaluate", *arguments, "--run", "--sample", 4444)[1])
    assert told[0] != told[1]
