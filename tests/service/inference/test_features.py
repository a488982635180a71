"""features.onnx that is damaged, changed or another model's, and recurrent kernels in a direct computation."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from service.datasets import read_sample
from service.errors import NotFound, UnusableEvidence
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.features import Features, Layer
from service.inference.package.evidence import Evidence
from service.inference.package.manifest import read_manifest, sha256
from service.inference.package.onnx_weights import read_weights
from tests.paths import MODELS


def features(folder: Path) -> Features:
    manifest = read_manifest(folder)
    return Features(manifest, Evidence(folder, manifest))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return shutil.copytree(MODELS / "mnist_neuron" / "1", tmp_path / "1")


def replace(package: Path, content: bytes) -> None:
    """Another features.onnx, with its checksum."""
    (package / "features.onnx").write_bytes(content)
    document = json.loads((package / "model.json").read_text())
    document["files"]["features.onnx"] = sha256(package / "features.onnx")
    (package / "model.json").write_text(json.dumps(document))


PICTURE = to_tensor(read_sample("mnist", 4444)[0][None], PreprocessSpec())


@pytest.mark.parametrize("content", [b"", b"no model", (MODELS / "mnist_neuron/1/features.onnx").read_bytes()[:900]])
def test_a_damaged_file_is_not_ready_with_the_reason(package: Path, content: bytes) -> None:
    replace(package, content)
    for use in (lambda f: f.look(PICTURE), lambda f: f.kernels):
        with pytest.raises(UnusableEvidence, match=r"cannot show its layers: features.onnx cannot be loaded"):
            use(features(package))


def test_a_file_that_changed_after_the_start_is_not_used(package: Path) -> None:
    loaded = features(package)
    content = bytearray((package / "features.onnx").read_bytes())
    content[2000] ^= 1
    (package / "features.onnx").write_bytes(content)
    with pytest.raises(UnusableEvidence, match="does not match its checksum"):
        loaded.look(PICTURE)
    (package / "features.onnx").unlink()
    with pytest.raises(UnusableEvidence, match=r"features.onnx is missing"):
        loaded.look(PICTURE)


def test_another_models_file_is_refused(package: Path) -> None:
    graph = (package / "features.onnx").read_bytes().replace(b"probabilities", b"probabilitied")
    replace(package, graph)
    with pytest.raises(UnusableEvidence, match="another input or output"):
        features(package).look(PICTURE)


def test_kernels_under_other_names_are_not_found(package: Path) -> None:
    graph = (package / "features.onnx").read_bytes().replace(b"dense1.weight", b"dense1.wEight")
    replace(package, graph)
    with pytest.raises(NotFound, match=r"no kernels named dense1.weight"):
        _ = features(package).kernels


def test_layers_have_names_without_a_summary(package: Path) -> None:
    document = json.loads((package / "model.json").read_text())
    del document["files"]["summary.json"]
    (package / "model.json").write_text(json.dumps(document))
    layers = features(package).look(PICTURE)
    assert {name: layer.kind for name, layer in layers.items()} == {
        "input": "Input",
        "dense1": None,
        "probabilities": None,
    }


def test_the_recurrent_kernel_gives_the_first_state() -> None:
    folder = MODELS / "mnist_rnn" / "1"
    inside = features(folder)
    kernels = inside.kernels
    bias = read_weights((folder / "features.onnx").read_bytes())["simplernn.bias"][0].reshape(2, 128).sum(axis=0)
    first_row = kernels.values[0, 0] @ PICTURE[0, 0, 0] + bias
    assert np.abs(np.tanh(first_row) - inside.look(PICTURE)["simplernn"].values[0]).max() < 1e-6


def test_units_stand_sixteen_a_row() -> None:
    units = Layer("dense1", "Dense", np.arange(20, dtype=np.float32))
    assert units.maps.shape == (1, 2, 16)
    assert units.maps[0, 1, :4].tolist() == [16, 17, 18, 19]
    assert not units.maps[0, 1, 4:].any()
    assert units.map(0).shape == (20,)
