"""Every network's ONNX files: standard operators, a dynamic batch, the same answers as torch, every layer's output."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from training.data.sets import Dataset
from training.fitting.run import start
from training.networks.layers import Recurrent
from training.networks.network import Network
from training.packaging import export
from training.recipes import RECIPES

STANDARD = {
    "BatchNormalization",
    *("ReduceMean", "Mean"),
    *("Conv", "Gemm", "MaxPool", "Relu", "LeakyRelu", "Flatten", "Softmax", "Sigmoid", "Sub", "Concat"),
    *("RNN", "LSTM", "GRU", "Squeeze", "Transpose", "MatMul", "Add"),
}


@pytest.fixture(scope="module", params=RECIPES)
def network(request: pytest.FixtureRequest, mnist: Dataset) -> Network:
    """Trained for two steps, so that no bias is zero and batch normalisation has seen something."""
    network = start(RECIPES[request.param], mnist, 0, torch.device("cpu")).network.train()
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], 0.05)
    for first in (0, 64):
        pictures = torch.from_numpy(mnist.train_images[first : first + 64, None].astype(np.float32) / 255)
        loss = (network(pictures) - 1).square().mean()  # whatever the classes are
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network.eval()


def test_parity_with_torch(network: Network, mnist: Dataset, tmp_path: Path) -> None:
    export.export_model(network, tmp_path / "model.onnx")
    assert export.parity(network, tmp_path / "model.onnx", mnist.test_images) < 1e-5


def test_only_standard_operators_of_the_pinned_opset(network: Network, tmp_path: Path) -> None:
    for name, write in (("model", export.export_model), ("features", export.export_features)):
        write(network, tmp_path / name)
        model = onnx.load(tmp_path / name)
        assert {node.op_type for node in model.graph.node} <= STANDARD
        assert [(o.domain, o.version) for o in model.opset_import] == [("", export.OPSET)]
        assert [(v.name, v.type.tensor_type.shape.dim[0].dim_param) for v in model.graph.input] == [("input", "batch")]


def test_any_batch_gives_each_picture_the_same_answer(network: Network, mnist: Dataset, tmp_path: Path) -> None:
    export.export_model(network, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    x = mnist.test_images[:33, None].astype(np.float32) / 255
    together = session.run(None, {"input": x})[0]
    alone = np.concatenate([session.run(None, {"input": picture[None]})[0] for picture in x])
    assert np.abs(together - alone).max() < 1e-5


def test_features_are_the_layers_outputs(network: Network, mnist: Dataset, tmp_path: Path) -> None:
    export.export_model(network, tmp_path / "model.onnx")
    export.export_features(network, tmp_path / "features.onnx")
    x = mnist.test_images[:5, None].astype(np.float32) / 255
    session = onnxruntime.InferenceSession(tmp_path / "features.onnx")
    names = [output.name for output in session.get_outputs()]
    features = dict(zip(names, session.run(None, {"input": x}), strict=True))
    (probabilities,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(None, {"input": x})
    if not network.copies:  # else the layers are those of the picture itself, the answer the mean over its copies
        assert np.abs(features["probabilities"] - probabilities).max() < 1e-5

    before = torch.from_numpy(x)
    with torch.inference_mode():
        for name, value in network.eval().outputs(before):
            layer = network.layers[name]
            expected = layer.states(before) if isinstance(layer, Recurrent) else value
            if name in features:
                assert np.abs(features[name] - expected.numpy()).max() < 1e-4, name
            before = value.clone()
    assert not {n for n, m in network.layers.items() if m.__class__.__name__ in ("Conv2d", "MaxPool2d")} - set(names)


@pytest.mark.parametrize("name", ["mnist_rnn", "mnist_lstm", "mnist_gru"])
def test_recurrent_rows_end_in_the_prediction(name: str, mnist: Dataset, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = RECIPES[name].build().eval()
    export.export_features(network, tmp_path / "features.onnx")
    x = mnist.test_images[:3, None].astype(np.float32) / 255
    rows, p = onnxruntime.InferenceSession(tmp_path / "features.onnx").run(["rows", "probabilities"], {"input": x})
    assert rows.shape == (3, 28, 10)
    assert np.abs(rows[:, -1] - p).max() < 1e-6
    with torch.inference_mode():  # the network on the first 14 rows alone
        half = network.probabilities(network(torch.from_numpy(x[:, :, :14])))
    assert np.abs(rows[:, 13] - half.numpy()).max() < 1e-5
