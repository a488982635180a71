"""The command line on a small sample of real data."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from training.__main__ import main
from training.data import sets
from training.data.sets import Dataset
from training.packaging import publish
from training.recipes import RECIPES

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], mnist: Dataset, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the sample in place of the full sets, whose checksums it cannot have."""
    monkeypatch.setattr(sets, "load", lambda *_, **__: mnist)
    threads = torch.get_num_threads()

    def command(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(False)
        out, err = capfd.readouterr()
        return code, out, err

    return command


@pytest.fixture(scope="module")
def models(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published single neuron: poor enough to have failures of every kind."""
    place = tmp_path_factory.mktemp("models")
    options = publish.Settings(place / "runs", place / "models", torch.device("cpu"), (0,), 2)
    publish.publish(RECIPES["mnist_neuron"], mnist, options, lambda _, __: None)
    return place / "models"
