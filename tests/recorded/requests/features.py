"""What is inside of a model: feature maps, kernels and excitations, as JSON and as pictures."""

from collections.abc import Iterator
from itertools import chain

from tests.recorded.pictures import png
from tests.recorded.request import Part, Request, get, post, post_form, post_json
from tests.recorded.requests.models import CONVOLUTIONAL, LAYERS, MODELS, model

_SCALES = ("auto", "clip", "abs", "centre", "minmax")
_MAPS = {
    "layer": "layer=conv1",
    "layer-and-map": "layer=conv1&map=5",
    "dense-and-map": "layer=dense1&map=0",
    "map-of-input": "layer=input&map=0",
    "map-beyond": "layer=conv1&map=28",
    "map-negative": "layer=conv1&map=-1",
    "map-of-dense-beyond": "layer=dense2&map=1",
    "map-without-layer": "map=3",
    "layer-unknown": "layer=conv9",
    "layer-empty": "layer=",
    "layer-long": "layer=" + "c" * 101,
    "scale-unknown": "layer=conv1&scale=log",
    "version": "layer=probabilities&version=1",
    "version-unknown": "version=99",
    "unknown-name": "top_k=3",
    "polarity": "layer=input&polarity=dark_on_light",
    "rotated": "layer=input&rotate=180",
    "box": "layer=input&box=80,50,140,140",
    "box-outside": "layer=input&box=4000,4000,9,9",
    "none": "layer=input&preprocess=none",
    "sample-and-body": "sample=3",
}
_SAMPLES = ("4444", "mnist/0", "fashion_mnist/17", "10000", "cifar/1", "x", "mnist/", "-1", "1234567890", "")
_KERNELS = {
    "map": "map=3",
    "map-beyond": "map=28",
    "map-negative": "map=-1",
    "scale-unknown": "scale=x",
    "unknown-name": "layer=conv1",
    "version": "version=1",
    "version-unknown": "version=2",
}
_EXCITATIONS = {
    "map": "map=3",
    "map-beyond": "map=28",
    "layer": "layer=conv1&map=0",
    "layer-unknown": "layer=pool1",
    "layer-empty": "layer=",
    "unknown-name": "scale=abs",
    "version": "version=1&map=1",
    "version-unknown": "version=2",
}


def requests() -> Iterator[Request]:
    return chain(_maps(), _sheets(), _bodies(), _kernels(), _excitations())


def _maps() -> Iterator[Request]:
    for name, layer in LAYERS.items():
        address = f"{model(name)}/feature-maps"
        yield post(f"feature-maps/{name}/{layer}", f"{address}?sample=4444&layer={layer}", None, None)
        yield post(f"feature-maps/{name}/{layer}/map", f"{address}?sample=4444&layer={layer}&map=0", None, None)
        yield post(f"feature-maps/{name}/paper", f"{address}?layer=probabilities", png("paper"), "image/png")
    for name in ("mnist_cnn", "mnist_deep", "mnist_lstm", "fashion_cnn"):
        yield post(f"feature-maps/{name}/all", f"{model(name)}/feature-maps", png("digit-large"), "image/png")
    address = f"{model('mnist_cnn')}/feature-maps"
    for name, query in _MAPS.items():
        yield post(f"feature-maps/query/{name}", f"{address}?{query}", png("paper"), "image/png")
    for sample in _SAMPLES:
        yield post(f"feature-maps/sample/{sample or 'empty'}", f"{address}?layer=input&sample={sample}", None, None)
    yield post("feature-maps/model-unknown", f"{model('nope')}/feature-maps?sample=1", None, None)


def _sheets() -> Iterator[Request]:
    for name, layer in LAYERS.items():
        address = f"{model(name)}/feature-maps?sample=12&layer={layer}"
        yield post(f"feature-maps/png/{name}/{layer}", address, None, None, "image/png")
    address = f"{model('fashion_cnn')}/feature-maps?layer=conv1"
    for scale in _SCALES:
        yield post(f"feature-maps/scale/{scale}", f"{address}&scale={scale}&sample=9", None, None)
        yield post(f"feature-maps/png/scale/{scale}", f"{address}&scale={scale}&sample=9", None, None, "image/png")
    yield post("feature-maps/png/map", f"{address}&map=31&sample=9", None, None, "image/png")
    yield post("feature-maps/png/map-beyond", f"{address}&map=32&sample=9", None, None, "image/png")
    yield post("feature-maps/png/no-layer", f"{model('mnist_cnn')}/feature-maps?sample=1", None, None, "image/png")
    yield post("feature-maps/accept-jpeg", f"{address}&sample=9", None, None, "image/jpeg")
    yield post("feature-maps/prefers-png", f"{address}&sample=9", None, None, "application/json;q=0.2, image/png")


def _bodies() -> Iterator[Request]:
    address = f"{model('mnist_cnn')}/feature-maps?layer=pool1"
    digit = Part("file", png("digit"), "seven.png")
    yield post_form("feature-maps/form", address, digit)
    yield post_form("feature-maps/form/two", address, digit, digit)
    yield post_json("feature-maps/numbers", address, {"instances": [[[0.25] * 28] * 28]})
    yield post_json("feature-maps/numbers/wrong", address, {"instances": [[[2] * 28] * 28]})
    yield post("feature-maps/no-body", address, None, None)
    yield post("feature-maps/text", address, b"hello", "text/plain")
    for scene in ("row-of-three", "scattered", "zigzags", "row-touching", "blank-large"):
        yield post(f"feature-maps/scene/{scene}", address, png(scene), "image/png")
    robust = f"{model('mnist_robust')}/feature-maps?layer=input"
    for scene in ("zigzags", "garment-photo", "paper-upright"):
        yield post(f"feature-maps/scene/robust/{scene}", robust, png(scene), "image/png")


def _kernels() -> Iterator[Request]:
    for name in MODELS:
        address = f"{model(name)}/kernels"
        yield get(f"kernels/{name}", address)
        yield get(f"kernels/{name}/map", f"{address}?map=0")
        yield get(f"kernels/{name}/png", address, "image/png")
    address = f"{model('mnist_cnn')}/kernels"
    for name, query in _KERNELS.items():
        yield get(f"kernels/query/{name}", f"{address}?{query}")
    for scale in _SCALES:
        yield get(f"kernels/scale/{scale}", f"{address}?scale={scale}")
        yield get(f"kernels/scale/{scale}/png", f"{address}?scale={scale}", "image/png")
    yield get("kernels/model-unknown", f"{model('nope')}/kernels")
    yield get("kernels/accept-text", address, "text/plain")
    yield get("kernels/gzip", address, accept_encoding="gzip")


def _excitations() -> Iterator[Request]:
    for name in MODELS:
        address = f"{model(name)}/excitations"
        yield get(f"excitations/{name}", f"{address}?map=0")
        yield get(f"excitations/{name}/png", address, "image/png")
    for name in CONVOLUTIONAL:
        address = f"{model(name)}/excitations"
        yield get(f"excitations/{name}/map/png", f"{address}?map=2", "image/png")
        yield get(f"excitations/{name}/all", address)
    deep = f"{model('fashion_robust')}/excitations?layer=conv8"
    yield get("excitations/deep", f"{deep}&map=127")
    yield get("excitations/deep/png", deep, "image/png")
    for name, query in _EXCITATIONS.items():
        yield get(f"excitations/query/{name}", f"{model('mnist_cnn')}/excitations?{query}")
    yield get("excitations/model-unknown", f"{model('nope')}/excitations")
    yield get("excitations/accept-text", f"{model('mnist_cnn')}/excitations", "text/plain")
