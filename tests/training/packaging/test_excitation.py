"""What excites a filter: the places and fields are right by other means, and packages stay whole."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.package.evidence import Evidence
from service.inference.package.manifest import read_manifest, verify_files
from service.inference.runtime.session import LayerSession
from tests.paths import MODELS
from training.__main__ import main
from training.data.sets import Dataset
from training.lecture.networks import fashion_cnn, mnist_cnn
from training.networks.network import Network
from training.packaging import excitation, export


def seen_by(network: Network, layer: str, row: int, column: int) -> tuple[int, int, int, int]:
    """First and last row and column of the pixels that a place of a layer depends on, by torch's gradients."""
    x = torch.rand(200, 1, 28, 28, generator=torch.Generator().manual_seed(0), requires_grad=True)
    values = x
    for name, module in network.layers.items():
        values = module(values)
        if name == layer:
            break
    values[:, :, row, column].sum().backward()
    assert x.grad is not None
    rows, columns = np.nonzero(x.grad.abs().sum(dim=(0, 1)).numpy())
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


@pytest.mark.parametrize(
    ("network", "layer", "size", "row", "column"),
    [
        (mnist_cnn(), "conv1", 3, 5, 25),
        (fashion_cnn(dropout=False), "conv1", 3, 0, 27),
        (fashion_cnn(dropout=False), "conv2", 8, 6, 13),
        (fashion_cnn(dropout=True), "conv3", 18, 2, 3),
        (fashion_cnn(dropout=True), "conv3", 18, 0, 6),
    ],
)
def test_fields_are_those_of_the_gradients(
    network: Network, layer: str, size: int, row: int, column: int, tmp_path: Path, mnist: Dataset
) -> None:
    network.eval()
    export.export_features(network, tmp_path / "features.onnx")
    excitation.write_excitations(tmp_path, mnist.test_images[:20], PreprocessSpec())
    document = json.loads((tmp_path / "excitations.json").read_text())
    (described,) = (one for one in document["layers"] if one["name"] == layer)
    assert described["size"] == size
    first, last, left, right = seen_by(network, layer, row, column)
    top, x = (described["start"] + place * described["jump"] for place in (row, column))
    assert (first, last) == (max(0, top), min(27, top + size - 1))
    assert (left, right) == (max(0, x), min(27, x + size - 1))


def test_no_picture_excites_a_filter_more(tmp_path: Path, mnist: Dataset) -> None:
    network = mnist_cnn()
    export.export_features(network, tmp_path / "features.onnx")
    excitation.write_excitations(tmp_path, mnist.test_images, PreprocessSpec())
    with torch.inference_mode():
        maps = network.layers["conv1"](torch.from_numpy(to_tensor(mnist.test_images, PreprocessSpec()))).numpy()
    greatest = maps.max(axis=(2, 3))
    (layer,) = json.loads((tmp_path / "excitations.json").read_text())["layers"]
    assert len(layer["filters"]) == 28
    for k, rows in enumerate(layer["filters"]):
        assert [value for _, value, _, _ in rows] == pytest.approx(np.sort(greatest[:, k])[::-1][:9].tolist(), abs=2e-5)
        assert len({index for index, *_ in rows}) == 9
        for index, value, row, column in rows:
            assert maps[index, k, row, column] == pytest.approx(value, abs=2e-5)


def test_a_network_without_convolution_has_none(tmp_path: Path, mnist: Dataset) -> None:
    folder = shutil.copytree(MODELS / "mnist_neuron" / "1", tmp_path / "1")
    before = (folder / "model.json").read_bytes()
    assert excitation.add_excitations(folder, mnist.test_images) is None
    assert (folder / "model.json").read_bytes() == before
    assert not (folder / "excitations.json").exists()


def test_the_command_adds_to_a_package_and_leaves_the_rest(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home = shutil.copytree(MODELS / "mnist_cnn", tmp_path / "mnist_cnn")
    document = json.loads((home / "1" / "model.json").read_text())
    del document["files"]["excitations.json"]
    (home / "1" / "model.json").write_text(json.dumps(document))
    (home / "1" / "excitations.json").unlink()
    assert main(["excite", "--models", str(tmp_path)]) == 0
    assert "mnist_cnn: " in capsys.readouterr().out
    # The rest is the same to the byte, and another run of the same weights finds the same.
    assert {p.name for p in (home / "1").iterdir()} == {p.name for p in (MODELS / "mnist_cnn" / "1").iterdir()}
    manifest, published = read_manifest(home / "1"), read_manifest(MODELS / "mnist_cnn" / "1")
    verify_files(home / "1", manifest)
    drop = {"files"}
    assert manifest.model_dump(exclude=drop) == published.model_dump(exclude=drop)
    found, known = (
        [[one.value for one in rows] for rows in Evidence(folder, read_manifest(folder)).excitations["conv1"].filters]
        for folder in (home / "1", MODELS / "mnist_cnn" / "1")
    )
    assert np.abs(np.array(found) - known).max() < 1e-4
    assert main(["excite", "nobody", "--models", str(tmp_path)]) == 2
    assert "It holds: mnist_cnn." in capsys.readouterr().err


def test_the_published_files_are_those_of_the_published_weights() -> None:
    folder = MODELS / "fashion_cnn" / "1"
    manifest = read_manifest(folder)
    excited = Evidence(folder, manifest).excitations
    session = LayerSession((folder / "features.onnx").read_bytes(), "features.onnx")
    assert [(name, len(layer.filters)) for name, layer in excited.items()] == [
        ("conv1", 32),
        ("conv2", 64),
        ("conv3", 128),
    ]
    assert {len(rows) for layer in excited.values() for rows in layer.filters} == {9}
    assert all(session.outputs[name][1] == len(layer.filters) for name, layer in excited.items())
