"""What in a patch excited a filter: by the formulas, by plain gradients, and as it is packed."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from service.datasets import read_test_set
from service.errors import PackageError
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.package.evidence import Evidence
from service.inference.package.guided import FILE, read_guided, write_guided
from service.inference.package.manifest import read_manifest
from tests.paths import MODELS
from training.packaging.guided import add_guided, guided_gradients


def network(name: str) -> tuple[onnx.GraphProto, dict[str, torch.Tensor]]:
    graph = onnx.load(MODELS / name / "1" / "features.onnx").graph
    return graph, {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in graph.initializer}


def test_before_any_activation_it_is_the_kernel() -> None:
    graph, weights = network("mnist_cnn")
    pictures = np.zeros((2, 1, 28, 28), np.float32)
    found = guided_gradients(graph, weights, pictures, "conv1", 4, [(0, 0), (10, 7)])
    kernel = weights["conv1.weight"][4, 0].numpy()
    np.testing.assert_allclose(found[0, :3, :3], kernel)
    np.testing.assert_allclose(found[1, 10:13, 7:10], kernel)
    assert np.count_nonzero(found[1]) == 9


def test_behind_an_activation_only_what_speaks_for_the_value_passes() -> None:
    """conv2 of fashion_cnn by hand: its kernel, what of it is above zero, through the leaky slope, to the pixels."""
    graph, weights = network("fashion_cnn")
    images = read_test_set("fashion_mnist")[0][:1]
    x = to_tensor(images, PreprocessSpec())
    (found,) = guided_gradients(graph, weights, x, "conv2", 9, [(6, 6)])
    first = torch.nn.functional.conv2d(torch.from_numpy(x), weights["conv1.weight"], weights["conv1.bias"], padding=1)
    active = torch.where(first >= 0, first, first * 0.1)
    _, places = torch.nn.functional.max_pool2d(active, 2, return_indices=True)
    pooled = torch.zeros(1, 32, 14, 14)
    pooled[0, :, 5:8, 5:8] = weights["conv2.weight"][9]
    wide = torch.nn.functional.max_unpool2d(pooled, places, [2, 2])
    passed = wide.clamp(min=0) * torch.where(first >= 0, 1.0, 0.1)
    expected = torch.nn.functional.conv_transpose2d(passed, weights["conv1.weight"], padding=1)[0, 0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.abs(expected).max() > 0


def test_the_published_patches_are_those_of_the_training() -> None:
    """mnist_cnn's, whose first layer has no activation: each patch is the kernel itself, 1 to 255 about 128."""
    folder = MODELS / "mnist_cnn" / "1"
    manifest = read_manifest(folder)
    evidence = Evidence(folder, manifest)
    patches = evidence.guided(evidence.excitations["conv1"])
    kernels = network("mnist_cnn")[1]["conv1.weight"][:, 0].numpy()
    expected = np.rint(128 + 127 * kernels / np.abs(kernels).max(axis=(1, 2), keepdims=True))
    assert patches.shape == (28, 9, 3, 3)
    assert np.abs(patches.astype(int) - expected[:, None]).max() <= 1


def test_a_package_gets_them_anew_with_the_same_bytes(tmp_path: Path) -> None:
    folder = shutil.copytree(MODELS / "mnist_cnn" / "1", tmp_path / "1")
    published = (folder / FILE).read_bytes()
    (folder / FILE).unlink()
    written = add_guided(folder, read_test_set("mnist")[0], read_manifest(folder).preprocessing)
    assert written == folder / FILE
    size = 3
    anew, old = (read_guided(path, "conv1", 28, size) for path in (folder / FILE, MODELS / "mnist_cnn" / "1" / FILE))
    assert np.abs(anew.astype(int) - old.astype(int)).max() <= 1  # other CPUs round differently
    assert len(published) > 0


@pytest.mark.parametrize(
    ("layer", "filters", "size", "sentence"),
    [
        ("conv1", 5, 3, "grey, with 5 rows of patches of 3"),
        ("conv1", 4, 5, "patches of 5"),
        ("conv2", 4, 3, "no intact"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, layer: str, filters: int, size: int, sentence: str) -> None:
    file = tmp_path / FILE
    patches = np.random.default_rng(1).integers(0, 256, (4, 9, 3, 3), np.uint8)
    write_guided(file, {"conv1": patches})
    np.testing.assert_array_equal(read_guided(file, "conv1", 4, 3), patches)
    with pytest.raises(PackageError, match=sentence):
        read_guided(file, layer, filters, size)
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(PackageError, match="no intact archive"):
        read_guided(file, "conv1", 4, 3)
