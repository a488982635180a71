"""The networks are the lecture's: parameter counts, initial weights, order of layers."""

import pytest
import torch
from torch import nn

from training.lecture.networks import recurrent
from training.lecture.recipes import RECIPES as LECTURE
from training.networks.layers import Recurrent
from training.networks.network import Network
from training.packaging.summary import output_shapes, summarise
from training.recipes import RECIPES

# The lecture's own library counts these.
PARAMETERS = {
    "mnist_cnn": 607_394,
    "fashion_cnn": 356_234,
    "fashion_cnn_dropout": 356_234,
    "mnist_rnn": 21_386,
    "mnist_lstm": 81_674,
    "mnist_gru": 61_962,
    "mnist_neuron": 785,
}


@pytest.mark.parametrize(("name", "count"), PARAMETERS.items())
def test_parameters_are_those_of_the_lecture(name: str, count: int) -> None:
    network = RECIPES[name].build()
    assert network.parameter_count() == count
    assert summarise(network)["total_parameters"] == count
    assert sum(layer["parameters"] for layer in summarise(network)["layers"]) == count


@pytest.mark.parametrize("name", [recipe.name for recipe in LECTURE])
def test_initial_weights_are_glorot_uniform_with_zero_biases(name: str) -> None:
    torch.manual_seed(0)
    for layer in RECIPES[name].build().layers.values():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
            limit = (6 / (fan_in + fan_out)) ** 0.5
            assert 0.9 * limit < layer.weight.abs().max() <= limit
            assert layer.bias is not None
            assert not layer.bias.any()


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
def test_recurrent_kernels_are_orthogonal_and_biases_one_a_gate(kind: str) -> None:
    layer = recurrent(kind).layers[kind.lower()]  # type: ignore[arg-type]
    assert isinstance(layer, Recurrent)
    cell = dict(layer.cell.named_parameters())
    kernel = cell["weight_hh_l0"]
    assert torch.allclose(kernel.T @ kernel, torch.eye(128), atol=1e-5)
    forget = cell["bias_ih_l0"].view(-1, 128)[1] if kind == "LSTM" else torch.ones(128)
    assert bool((forget == 1).all())
    assert float(cell["bias_ih_l0"].detach().abs().sum()) == (128 if kind == "LSTM" else 0)
    assert cell["bias_hh_l0"].requires_grad == (kind == "GRU")


@pytest.mark.parametrize("name", ["mnist_cnn", "fashion_cnn", "fashion_cnn_dropout"])
def test_pooling_before_the_activation_changes_no_bit(name: str) -> None:
    torch.manual_seed(0)
    network = RECIPES[name].build().eval()
    x = torch.rand(16, 1, 28, 28)
    in_order, as_planned = x, x
    for layer in network.layers.values():
        in_order = layer(in_order)
    for _, layer in network.plan():
        as_planned = layer(as_planned)
    assert torch.equal(as_planned, in_order)
    torch.testing.assert_close(network(x), in_order, rtol=1e-5, atol=1e-6)


def test_shapes_of_the_fashion_network_follow_same_padding() -> None:
    shapes = output_shapes(RECIPES["fashion_cnn"].build())
    assert [shapes[f"pool{i}"] for i in (1, 2, 3)] == [(32, 14, 14), (64, 7, 7), (128, 4, 4)]


@pytest.mark.parametrize("name", RECIPES)
def test_probabilities_sum_to_one_and_agree_with_the_prediction(name: str) -> None:
    torch.manual_seed(1)
    network: Network = RECIPES[name].build().eval()
    logits = network(torch.rand(32, 1, 28, 28))
    p = network.probabilities(logits)
    assert p.shape == (32, len(RECIPES[name].labels))
    assert torch.allclose(p.sum(1), torch.ones(32), atol=1e-6)
    assert torch.equal(p.argmax(1), network.predicted(logits))
    target = network.predicted(logits)
    assert torch.isclose(network.loss(logits, target), -p.max(1).values.log().mean(), atol=1e-5)


@pytest.mark.parametrize("name", ["mnist_robust", "fashion_robust"])
def test_our_own_networks_are_residual_small_and_start_for_relu(name: str) -> None:
    torch.manual_seed(0)
    network = RECIPES[name].build()
    assert network.parameter_count() == 271_994
    convolutions = [layer for layer in network.layers.values() if isinstance(layer, nn.Conv2d)]
    assert len([layer for layer in convolutions if layer.kernel_size == (3, 3)]) == 19
    kernel = network.layers["conv9"].weight
    assert isinstance(kernel, torch.Tensor)
    assert float(kernel.detach().std()) == pytest.approx((2 / (kernel.shape[0] * 9)) ** 0.5, rel=0.05)
    assert all(layer.bias is None for layer in convolutions)
    shapes = output_shapes(network)
    assert [shapes[f"add{i}"] for i in (3, 6, 9)] == [(16, 28, 28), (32, 14, 14), (64, 7, 7)]


def test_a_block_adds_what_went_in() -> None:
    """By hand: norm, ReLU, convolution twice, and the input as it was."""
    torch.manual_seed(0)
    network = RECIPES["mnist_robust"].build().eval()
    with torch.inference_mode():
        values = {name: value.clone() for name, value in network.outputs(torch.rand(2, 1, 28, 28))}
        layers = network.layers
        x = values["add3"]
        first = torch.relu(layers["norm8"](x))
        second = layers["conv9"](torch.relu(layers["norm9"](layers["conv8"](first))))
        torch.testing.assert_close(values["add4"], second + layers["shortcut4"](first))
        torch.testing.assert_close(values["add2"], values["conv5"] + values["add1"])


def test_our_steps_of_the_simple_rnn_are_torchs_own_with_their_gradients() -> None:
    torch.manual_seed(2)
    layer = recurrent("SimpleRNN").layers["simplernn"]
    assert isinstance(layer, Recurrent)
    x = torch.rand(9, 1, 28, 28)
    weights = [p for p in layer.parameters() if p.requires_grad]
    nn.init.normal_(dict(layer.cell.named_parameters())["bias_ih_l0"], std=0.1)
    direction = torch.randn(9, 128)
    found = []
    for forward in (layer.forward, lambda pictures: layer.states(pictures)[:, -1]):
        layer.zero_grad()
        last = forward(x)
        last.backward(direction)
        found.append([last.detach(), *(weight.grad.clone() for weight in weights if weight.grad is not None)])
    ours, theirs = found
    assert len(ours) == len(theirs) == 4
    for a, b in zip(ours, theirs, strict=True):
        assert torch.allclose(a, b, rtol=1e-4, atol=1e-5 * float(b.abs().max()))
