"""The training loop: it learns, repeats itself, resumes to the same weights, and refuses foreign checkpoints."""

from pathlib import Path

import pytest
import torch

from service.errors import ConfigurationError
from training.data.sets import Dataset
from training.fitting.checkpoint import load_checkpoint
from training.fitting.loop import fit
from training.fitting.run import Progress, Run, choose_device, start
from training.fitting.samples import samples
from training.recipes import RECIPES, find_recipe

CPU = torch.device("cpu")


def weights(run: Run) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in run.network.parameters()])


def fresh(name: str, dataset: Dataset, seed: int = 0) -> Run:
    return start(RECIPES[name], dataset, seed, CPU)


@pytest.mark.parametrize(("name", "epochs"), [("mnist_cnn", 3), ("mnist_gru", 8), ("mnist_deep", 8)])
def test_it_learns(name: str, epochs: int, mnist: Dataset, tmp_path: Path) -> None:
    run = fit(fresh(name, mnist), mnist, epochs, tmp_path)
    assert [row.epoch for row in run.history] == list(range(1, epochs + 1))
    assert run.history[-1].loss < 0.9 * run.history[0].loss
    guess = 0.5 if name == "mnist_deep" else 0.1
    assert run.history[-1].val_accuracy > guess + 0.15


def test_the_fashion_split_keeps_validation_apart(fashion: Dataset) -> None:
    training, validation = samples(RECIPES["fashion_cnn"], fashion, CPU)
    assert (len(training), len(validation)) == (480, 120)


def test_same_seed_same_weights_other_seed_other_weights(mnist: Dataset, tmp_path: Path) -> None:
    first, again, other = (
        weights(fit(fresh("mnist_cnn", mnist, seed), mnist, 1, tmp_path / str(i))) for i, seed in enumerate((3, 3, 4))
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


class _StopError(KeyboardInterrupt):
    pass


def test_ctrl_c_in_an_epoch_then_resume_gives_the_same_weights(mnist: Dataset, tmp_path: Path) -> None:
    whole = fit(fresh("mnist_cnn", mnist), mnist, 3, tmp_path / "whole")

    def stop(progress: Progress) -> None:
        if progress.epoch == 2 and not progress.finished:
            raise _StopError

    with pytest.raises(KeyboardInterrupt):
        fit(fresh("mnist_cnn", mnist), mnist, 3, tmp_path / "cut", stop)
    resumed = fresh("mnist_cnn", mnist)
    assert load_checkpoint(resumed, tmp_path / "cut")
    assert len(resumed.history) == 1
    fit(resumed, mnist, 3, tmp_path / "cut")
    assert torch.equal(weights(resumed), weights(whole))
    assert [(r.loss, r.val_loss) for r in resumed.history] == [(r.loss, r.val_loss) for r in whole.history]


def test_there_is_a_checkpoint_before_the_first_epoch_ends(mnist: Dataset, tmp_path: Path) -> None:
    def stop(_: Progress) -> None:
        raise _StopError

    with pytest.raises(KeyboardInterrupt):
        fit(fresh("mnist_neuron", mnist), mnist, 1, tmp_path, stop)
    resumed = fresh("mnist_neuron", mnist)
    assert load_checkpoint(resumed, tmp_path)
    assert resumed.history == []


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="mnist_cnn, fashion_cnn, fashion_cnn_dropout, mnist_rnn"):
        find_recipe("mnist_ccn")


def test_cuda_where_there_is_none_says_so() -> None:
    if torch.cuda.is_available():
        assert choose_device("cuda").type == "cuda"
        return
    with pytest.raises(ConfigurationError, match="no CUDA device"):
        choose_device("cuda")
