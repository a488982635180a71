"""The weights that are read without the onnx package are those that it reads."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from service.inference.package.onnx_weights import read_weights
from tests.paths import MODELS


@pytest.mark.parametrize("path", sorted(MODELS.glob("*/1/features.onnx")), ids=lambda path: path.parts[-3])
def test_every_weight_is_the_one_that_onnx_reads(path: Path) -> None:
    theirs = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    ours = read_weights(path.read_bytes())
    assert set(ours) == {name for name, array in theirs.items() if array.dtype == np.float32}
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_packed_sizes_are_read_too() -> None:
    tensor = b"\x0a\x02\x02\x01" + b"\x10\x01" + b"\x42\x01w" + b"\x4a\x08" + np.array([1, 2], "<f4").tobytes()
    graph = b"\x2a" + bytes([len(tensor)]) + tensor
    weights = read_weights(b"\x3a" + bytes([len(graph)]) + graph)
    assert weights["w"].tolist() == [[1], [2]]


def test_damage_is_a_value_error_wherever_it_is() -> None:
    content = (MODELS / "mnist_neuron" / "1" / "features.onnx").read_bytes()
    whole = read_weights(content)
    rng = np.random.default_rng(0)
    for end in rng.integers(0, len(content), 200).tolist():
        try:
            found = read_weights(content[:end])
        except ValueError:
            continue
        assert all(np.array_equal(found[name], whole[name]) for name in found)
    for place in range(0, 400):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        try:
            read_weights(bytes(damaged))
        except ValueError:
            continue
