"""Weights read back from a package: all of them, the same, and of the same form or not at all."""

from pathlib import Path

import pytest
import torch

from service.errors import ConfigurationError
from training.lecture.networks import mnist_cnn
from training.networks import weights
from training.networks.network import Network
from training.packaging.export import export_model
from training.recipes import RECIPES


def moved(name: str) -> Network:
    """A network whose normalisation has seen something, so that no tensor is at its start."""
    torch.manual_seed(3)
    network = RECIPES[name].build().train()
    with torch.no_grad():
        network(torch.rand(16, 1, 28, 28))
        for parameter in network.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    return network


@pytest.mark.parametrize("name", ["mnist_robust", "fashion_robust"])
def test_what_was_exported_comes_back(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, other = moved(name), RECIPES[name].build()
    (tmp_path / name / "1").mkdir(parents=True)
    export_model(network, tmp_path / name / "1" / "model.onnx")
    monkeypatch.setattr(weights, "PACKAGES", tmp_path)
    weights.load_weights(other, f"{name}/1")
    theirs = other.state_dict()
    for key, value in network.state_dict().items():
        assert key.endswith("num_batches_tracked") or torch.equal(value, theirs[key]), key
    x = torch.rand(4, 1, 28, 28)
    assert torch.equal(network.eval()(x), other.eval()(x))


def test_a_package_that_is_not_there_or_of_another_form_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"There is no .*fashion_robust/99/model\.onnx, whose weights"):
        weights.load_weights(RECIPES["fashion_robust"].build(), "fashion_robust/99")
    with pytest.raises(ConfigurationError, match=r"is another network: .*conv1"):
        weights.load_weights(mnist_cnn(), "fashion_robust/3")
