"""Checkpoints: of this run or refused, damaged ones named, whole whatever happens, and never lost."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from service.errors import ConfigurationError
from tests.training.fitting.test_loop import CPU, fresh, weights
from tests.training.limits import largest_file
from training.data.sets import Dataset
from training.fitting.checkpoint import CHECKPOINT, load_checkpoint, set_aside, trained_network
from training.fitting.loop import fit
from training.fitting.run import start
from training.recipes import RECIPES


def test_no_checkpoint_is_no_error(mnist: Dataset, tmp_path: Path) -> None:
    assert not load_checkpoint(fresh("mnist_neuron", mnist), tmp_path)


def test_a_checkpoint_of_another_run_is_refused(mnist: Dataset, tmp_path: Path) -> None:
    fit(fresh("mnist_rnn", mnist), mnist, 1, tmp_path)
    for run, says in (
        (fresh("mnist_gru", mnist), "its recipe is 'mnist_rnn', this run's is 'mnist_gru'"),
        (fresh("mnist_rnn", mnist, seed=1), "its seed is 0"),
        (start(replace(RECIPES["mnist_rnn"], learning_rate=0.1), mnist, 0, CPU), "learning_rate"),
        (start(RECIPES["mnist_rnn"], replace(mnist, sha256={"other": "1"}), 0, CPU), "data_sha256"),
    ):
        with pytest.raises(ConfigurationError, match=says):
            load_checkpoint(run, tmp_path)


def test_a_checkpoint_from_before_there_were_cycles_is_continued(mnist: Dataset, tmp_path: Path) -> None:
    before = fit(fresh("mnist_neuron", mnist), mnist, 1, tmp_path)
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    del state["mean"]
    torch.save(state, tmp_path / CHECKPOINT)
    resumed = fresh("mnist_neuron", mnist)
    assert load_checkpoint(resumed, tmp_path)
    assert torch.equal(weights(resumed), weights(before))


def test_a_run_knows_the_machines_that_it_ran_on(
    mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for epochs, name in ((1, "one"), (2, "another"), (3, "one"), (3, "a third, where there is nothing to do")):
        monkeypatch.setattr("training.fitting.loop.machine", lambda name=name: name)
        run = fresh("mnist_neuron", mnist)
        load_checkpoint(run, tmp_path)
        fit(run, mnist, epochs, tmp_path)
    assert run.machines == ["one", "another"]
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    del state["machines"]  # as they were before
    torch.save(state, tmp_path / CHECKPOINT)
    run = fresh("mnist_neuron", mnist)
    load_checkpoint(run, tmp_path)
    assert fit(run, mnist, 4, tmp_path).machines == ["unknown", "a third, where there is nothing to do"]


def test_a_damaged_checkpoint_is_refused_by_name(mnist: Dataset, tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).write_bytes(b"no checkpoint")
    with pytest.raises(ConfigurationError, match=r"checkpoint\.pt cannot be read"):
        load_checkpoint(fresh("mnist_neuron", mnist), tmp_path)


def test_a_write_that_fails_keeps_the_last_checkpoint(mnist: Dataset, tmp_path: Path) -> None:
    run = fit(fresh("mnist_neuron", mnist), mnist, 1, tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with largest_file(1000), pytest.raises(OSError, match="File too large") as caught:
        fit(run, mnist, 2, tmp_path)
    assert caught.value.filename == str(tmp_path / CHECKPOINT)
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [CHECKPOINT]


def test_the_network_of_a_run_is_its_result(mnist: Dataset, tmp_path: Path) -> None:
    recipe = RECIPES["mnist_neuron"]
    assert trained_network(recipe, tmp_path) is None
    run = fit(fresh("mnist_neuron", mnist), mnist, 1, tmp_path)
    network = trained_network(recipe, tmp_path)
    assert network is not None
    theirs = run.result.state_dict()
    assert all(torch.equal(value, theirs[key]) for key, value in network.state_dict().items())
    with pytest.raises(ConfigurationError, match="is of another network than that of mnist_cnn"):
        trained_network(RECIPES["mnist_cnn"], tmp_path)


def test_a_checkpoint_that_is_set_aside_takes_the_first_free_name(tmp_path: Path) -> None:
    assert set_aside(tmp_path) is None
    for number in (1, 2):
        (tmp_path / CHECKPOINT).write_bytes(b"%d" % number)
        assert set_aside(tmp_path) == tmp_path / f"checkpoint-{number}.pt"
    assert sorted(p.read_bytes() for p in tmp_path.iterdir()) == [b"1", b"2"]
