"""`train` and `export` as a person uses them: what they print, and what they say of mistakes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.imaging.codec.files import encode_png
from tests.training.cli.conftest import Run
from tests.training.limits import largest_file
from training.__main__ import main
from training.data.sets import Dataset
from training.fitting import loop


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


@pytest.fixture
def interrupted_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Ctrl-C once so many epochs are done."""
    epoch = loop._epoch

    def after(epochs: int) -> None:
        def train(run: Any, *rest: Any) -> Any:
            if len(run.history) == epochs:
                raise KeyboardInterrupt
            return epoch(run, *rest)

        monkeypatch.setattr(loop, "_epoch", train)

    return after


def test_ctrl_c_says_what_is_kept_and_how_to_go_on(
    run: Run, tmp_path: Path, interrupted_after: Callable[[int], None]
) -> None:
    arguments = ("train", "mnist_neuron", "--runs", tmp_path)
    checkpoint = tmp_path / "mnist_neuron" / "seed-0" / "checkpoint.pt"
    interrupted_after(0)
    for _ in range(2):  # an empty checkpoint is in nobody's way
        code, _, err = run(*arguments)
        assert code == 130
        assert err == "Stopped. No epoch was finished, so nothing is kept; the same command begins again.\n"
    interrupted_after(1)
    code, _, err = run(*arguments)
    assert code == 130
    assert err == f"Stopped. {checkpoint} holds 1 whole epoch; --resume continues from there.\n"
    interrupted_after(2)
    code, out, err = run(*arguments, "--resume")
    assert "Continues after epoch 1." in out
    assert "holds 2 whole epochs; --resume" in err


def test_a_checkpoint_is_never_overwritten_unasked(run: Run, tmp_path: Path) -> None:
    arguments = ("train", "mnist_neuron", "--epochs", 2, "--runs", tmp_path)
    folder = tmp_path / "mnist_neuron" / "seed-0"
    assert run(*arguments)[0] == 0
    before = (folder / "checkpoint.pt").read_bytes()
    code, _, err = run(*arguments)
    assert code == 2
    assert (
        f"{folder}/checkpoint.pt holds 2 whole epochs of this recipe and seed. --resume continues it; --restart" in err
    )
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {"checkpoint.pt": before}
    code, out, _ = run(*arguments, "--restart")
    assert code == 0
    assert f"is kept as {folder}/checkpoint-1.pt" in out
    assert (folder / "checkpoint-1.pt").read_bytes() == before
    assert run(*arguments, "--seed", 1)[0] == 0  # another run is not meant


def test_resume_without_a_checkpoint_says_so(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("train", "mnist_neuron", "--epochs", 1, "--runs", tmp_path, "--resume")
    assert code == 0
    assert "holds no checkpoint: the training begins with the first epoch." in out


@pytest.mark.parametrize("arguments", [["--resume", "--restart"], ["--seed", "-1"], ["--seed", "4294967296"]])
def test_what_cannot_be_meant_is_refused_with_the_usage(run: Run, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("train", "mnist_neuron", *arguments)
    assert stopped.value.code == 2


@pytest.mark.parametrize("size", [1000, 3000])
def test_a_full_disk_is_one_sentence_and_leaves_no_half_file(run: Run, tmp_path: Path, size: int) -> None:
    arguments = ("mnist_neuron", "--runs", tmp_path)
    folder = tmp_path / "mnist_neuron" / "seed-0"
    with largest_file(size):
        code, _, err = run("train", *arguments, "--epochs", 1)
    assert (code, err) == (1, f"error: {folder}/checkpoint.pt: File too large.\n")
    assert list(folder.iterdir()) == []
    assert run("train", *arguments, "--epochs", 1)[0] == 0
    for verb, name in (("export", "model.onnx"), ("evaluate", "model.onnx")):
        how = ("--run",) if verb == "evaluate" else ()
        with largest_file(size):
            code, _, err = run(verb, *arguments, *how)
        assert (code, err) == (1, f"error: {folder}/{name}: File too large.\n")
        assert [p.name for p in folder.iterdir()] == ["checkpoint.pt"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["train", "mnist_ccn"], 2, "There is no recipe 'mnist_ccn'. The recipes are: mnist_robust,"),
        (["train", "mnist_cnn", "--epochs", "0"], 2, "--epochs must be at least 1"),
        (["train", "mnist_cnn", "--threads", "0"], 2, "--threads must be at least 1"),
        (["export", "mnist_cnn", "--runs", "nowhere"], 2, "holds no checkpoint. Run `python -m training train"),
        (["evaluate", "mnist_ccn"], 2, "holds no package 'mnist_ccn'"),
        (["evaluate", "mnist_ccn", "--models", "nowhere"], 2, "It holds: none."),
        (["data", "cifar"], 2, "There is no data set 'cifar'. There are: mnist, fashion_mnist, pendigits,"),
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


def test_pictures_of_ones_own_are_trained_on(run: Run, tmp_path: Path, mnist: Dataset) -> None:
    """And a run that knew them is not continued without them."""
    exported = tmp_path / "exported"
    (exported / "7").mkdir(parents=True)
    (exported / "7" / "1.png").write_bytes(encode_png(mnist.test_images[0]))
    arguments = ("train", "mnist_neuron", "--epochs", 1, "--runs", tmp_path)
    code, out, _ = run(*arguments, "--pictures", exported)
    assert code == 0, out
    assert f"mnist_neuron: 1 picture of {exported} beside the data set" in out
    code, _, err = run(*arguments, "--resume")
    assert code == 2
    assert "data_sha256" in err
    code, out, _ = run("export", "mnist_neuron", "--runs", tmp_path, "--pictures", exported)
    assert code == 0
