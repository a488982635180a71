"""What is told of a number adds up to it: of every layer of every published network, at places all over it."""

import math
from pathlib import Path

import numpy as np
import pytest

from service.datasets import read_sample
from service.errors import InvalidInput, NotFound
from service.imaging.preprocessing.spec import to_tensor
from service.inference.features import Features, Layer
from service.inference.package.evidence import Evidence
from service.inference.package.manifest import read_manifest
from service.inference.package.onnx_graph import Node
from service.inference.why.arithmetic import explain_number
from service.inference.why.network import Network
from service.inference.why.number import Place
from tests.paths import MODELS
from tests.service.inference.why.sums import added_up

PACKAGES = sorted(path for path in MODELS.glob("*/*") if path.is_dir())


def network(folder: Path, index: int = 4444) -> Network:
    manifest = read_manifest(folder)
    features = Features(manifest, Evidence(folder, manifest))
    picture = read_sample(manifest.dataset, index)[0]
    nodes, weights = features.graph
    return Network(nodes, weights, features.look(to_tensor(picture[None], manifest.preprocessing)))


def places(layer: Layer, generator: np.random.Generator) -> list[Place]:
    """The first number of a layer, its last, its largest, and some more."""
    values = layer.values
    flat = [0, values.size - 1, int(values.argmax()), *generator.integers(0, values.size, 6).tolist()]
    found = []
    for index in flat:
        where = [int(i) for i in np.unravel_index(index, values.shape)]
        if values.ndim == 3:
            found.append(Place(where[0], where[2], where[1]))
        else:
            found.append(Place(None, where[-1], where[0] if values.ndim == 2 else 0))
    return found


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.parent.name)
def test_every_number_adds_up(folder: Path) -> None:
    known, generator = network(folder), np.random.default_rng(7)
    for name, layer in known.layers.items():
        for place in places(layer, generator):
            told = explain_number(known, name, place)
            if name == "input":
                assert told.operation == "input"
                continue
            found = added_up(told)
            if told.operation == "two_classes" and place.x == 0:
                found = 1 - found
            assert math.isclose(found, told.value, rel_tol=1e-4, abs_tol=2e-5), (name, place, told)
            where = (
                (place.map, place.y, place.x) if layer.values.ndim == 3 else (place.y, place.x)[-layer.values.ndim :]
            )
            assert told.value == float(layer.values[where])


def test_a_window_at_the_border_reaches_into_the_padding() -> None:
    told = explain_number(network(MODELS / "fashion_cnn" / "1"), "conv1", Place(5, 0, 0))
    (patch,) = told.patches
    assert (patch.x, patch.y, patch.layer) == (-1, -1, "input")
    assert patch.values[0] == [0.0, 0.0, 0.0]


def test_pooling_tells_its_four_numbers_and_which_are_beyond_the_border() -> None:
    known = network(MODELS / "fashion_cnn" / "1")
    (patch,) = explain_number(known, "pool3", Place(3, 3, 3)).patches  # 7 pixels in windows of two: the last is cut
    plane = known.layers["leaky_relu3"].values[3]
    assert patch.values == [[float(plane[6, 6]), None], [None, None]]
    assert (patch.layer, patch.map, patch.x, patch.y) == ("leaky_relu3", 3, 6, 6)


def test_the_terms_of_a_dense_unit_are_its_largest_and_say_where_their_numbers_stand() -> None:
    known = network(MODELS / "mnist_cnn" / "1")
    told = explain_number(known, "dense1", Place(None, 17, 0))
    weights = known.weights["dense1.weight"][17].reshape(28, 13, 13)
    products = weights * known.layers["pool1"].values
    largest = np.sort(np.abs(products).ravel())[::-1][:5]
    np.testing.assert_allclose([abs(term.product) for term in told.terms], largest, rtol=1e-5)
    for term in told.terms:
        place = term.place
        assert term.value == float(known.layers[term.layer].values[place.map or 0, place.y, place.x])
    assert told.after is not None
    assert told.after[0] == "relu1"


@pytest.mark.parametrize(
    ("layer", "place", "sentence"),
    [
        ("conv9", Place(0, 0, 0), "There is no such layer. The layers are: input, conv1, pool1"),
        ("conv1", Place(28, 0, 0), "conv1 has maps 0 to 27, x 0 to 25 and y 0 to 25"),
        ("conv1", Place(None, 0, 0), "conv1 has maps 0 to 27"),
        ("conv1", Place(0, 26, 0), "x 0 to 25"),
        ("dense1", Place(None, 128, 0), r"dense1 has units \(x\) 0 to 127\."),
    ],
)
def test_a_place_that_is_not_there_is_told_with_those_that_are(layer: str, place: Place, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        explain_number(network(MODELS / "mnist_cnn" / "1"), layer, place)


def test_an_operation_that_is_not_known_is_said() -> None:
    known = network(MODELS / "mnist_neuron" / "1")
    other = Network([Node("Einsum", ("input",), ("dense1",), {})], known.weights, known.layers)
    with pytest.raises(NotFound, match="made by another operation"):
        explain_number(other, "dense1", Place(None, 0, 0))
