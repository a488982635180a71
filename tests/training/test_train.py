"""The training loop: it learns, repeats itself, resumes to the same weights, and refuses foreign checkpoints."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from service.errors import ConfigurationError
from training import train
from training.data import Dataset
from training.recipes import RECIPES, find_recipe

CPU = torch.device("cpu")


def weights(run: train.Run) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in run.network.parameters()])


def fresh(name: str, dataset: Dataset, seed: int = 0) -> train.Run:
    return train.start(RECIPES[name], dataset, seed, CPU)


@pytest.mark.parametrize("name", ["mnist_cnn", "mnist_gru", "mnist_deep"])
def test_it_learns(name: str, mnist: Dataset, tmp_path: Path) -> None:
    run = train.fit(fresh(name, mnist), mnist, 8, tmp_path)
    assert [row.epoch for row in run.history] == list(range(1, 9))
    assert run.history[-1].loss < 0.9 * run.history[0].loss
    guess = 0.5 if name == "mnist_deep" else 0.1
    assert run.history[-1].val_accuracy > guess + 0.15


def test_the_fashion_split_keeps_validation_apart(fashion: Dataset) -> None:
    training, validation = train.samples(RECIPES["fashion_cnn"], fashion, CPU)
    assert (len(training), len(validation)) == (480, 120)


def test_same_seed_same_weights_other_seed_other_weights(mnist: Dataset, tmp_path: Path) -> None:
    first, again, other = (
        weights(train.fit(fresh("mnist_cnn", mnist, seed), mnist, 1, tmp_path / str(i)))
        for i, seed in enumerate((3, 3, 4))
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


class _StopError(KeyboardInterrupt):
    pass


def test_ctrl_c_in_an_epoch_then_resume_gives_the_same_weights(mnist: Dataset, tmp_path: Path) -> None:
    whole = train.fit(fresh("mnist_cnn", mnist), mnist, 3, tmp_path / "whole")

    def stop(progress: train.Progress) -> None:
        if progress.epoch == 2 and not progress.finished:
            raise _StopError

    with pytest.raises(KeyboardInterrupt):
        train.fit(fresh("mnist_cnn", mnist), mnist, 3, tmp_path / "cut", stop)
    resumed = fresh("mnist_cnn", mnist)
    assert train.load_checkpoint(resumed, tmp_path / "cut")
    assert len(resumed.history) == 1
    train.fit(resumed, mnist, 3, tmp_path / "cut")
    assert torch.equal(weights(resumed), weights(whole))
    assert [(r.loss, r.val_loss) for r in resumed.history] == [(r.loss, r.val_loss) for r in whole.history]


def test_there_is_a_checkpoint_before_the_first_epoch_ends(mnist: Dataset, tmp_path: Path) -> None:
    def stop(_: train.Progress) -> None:
        raise _StopError

    with pytest.raises(KeyboardInterrupt):
        train.fit(fresh("mnist_neuron", mnist), mnist, 1, tmp_path, stop)
    resumed = fresh("mnist_neuron", mnist)
    assert train.load_checkpoint(resumed, tmp_path)
    assert resumed.history == []


def test_no_checkpoint_is_no_error(mnist: Dataset, tmp_path: Path) -> None:
    assert not train.load_checkpoint(fresh("mnist_neuron", mnist), tmp_path)


def test_a_checkpoint_of_another_run_is_refused(mnist: Dataset, tmp_path: Path) -> None:
    train.fit(fresh("mnist_rnn", mnist), mnist, 1, tmp_path)
    for run, says in (
        (fresh("mnist_gru", mnist), "its recipe is 'mnist_rnn', this run's is 'mnist_gru'"),
        (fresh("mnist_rnn", mnist, seed=1), "its seed is 0"),
        (train.start(replace(RECIPES["mnist_rnn"], learning_rate=0.1), mnist, 0, CPU), "learning_rate"),
        (train.start(RECIPES["mnist_rnn"], replace(mnist, sha256={"other": "1"}), 0, CPU), "data_sha256"),
    ):
        with pytest.raises(ConfigurationError, match=says):
            train.load_checkpoint(run, tmp_path)


def test_a_checkpoint_from_before_there_were_cycles_is_continued(mnist: Dataset, tmp_path: Path) -> None:
    before = train.fit(fresh("mnist_neuron", mnist), mnist, 1, tmp_path)
    state = torch.load(tmp_path / train.CHECKPOINT, weights_only=True)
    del state["mean"]
    torch.save(state, tmp_path / train.CHECKPOINT)
    resumed = fresh("mnist_neuron", mnist)
    assert train.load_checkpoint(resumed, tmp_path)
    assert torch.equal(weights(resumed), weights(before))


def test_a_damaged_checkpoint_is_refused_by_name(mnist: Dataset, tmp_path: Path) -> None:
    (tmp_path / train.CHECKPOINT).write_bytes(b"no checkpoint")
    with pytest.raises(ConfigurationError, match=r"checkpoint\.pt cannot be read"):
        train.load_checkpoint(fresh("mnist_neuron", mnist), tmp_path)


def test_a_write_that_fails_keeps_the_last_checkpoint(
    mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train.fit(fresh("mnist_neuron", mnist), mnist, 1, tmp_path)
    before = (tmp_path / train.CHECKPOINT).read_bytes()

    def full_disk(_: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="No space left"):
        train.fit(run, mnist, 2, tmp_path)
    assert (tmp_path / train.CHECKPOINT).read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [train.CHECKPOINT]


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="mnist_cnn, fashion_cnn, fashion_cnn_dropout, mnist_rnn"):
        find_recipe("mnist_ccn")


def test_cuda_where_there_is_none_says_so() -> None:
    if torch.cuda.is_available():
        assert train.choose_device("cuda").type == "cuda"
        return
    with pytest.raises(ConfigurationError, match="no CUDA device"):
        train.choose_device("cuda")
