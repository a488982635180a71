"""What is asked of both servers: heads, pictures and tensors, right and wrong."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from service.datasets import read_sample
from service.imaging.codec.files import encode_png
from tests.integration.both_ways import Way, binary, tensor
from tests.recorded.request import FORM, Part, form

PREDICT = "/api/v1/models/mnist_cnn/predict"
INFER = "/v2/models/mnist_cnn/infer"
MULTIPART = f"Content-Type: {FORM}"
ID = "X-Request-ID: mine-1"
Ways = tuple[Way, Way]


def picture(index: int = 0) -> bytes:
    return encode_png(read_sample("mnist", index)[0])


def upload(*files: bytes, name: str = "a.png") -> bytes:
    return form(Part("file", file, name) for file in files)


def same(ways: Ways, name: str, *packets: bytes, answers: int = 1) -> list[int]:
    """The statuses, which are those of both; so are headers and bodies."""
    short, long = (each.ask(packets, answers) for each in ways)
    assert short == long, name
    return [told.status for told in short]


HEADS: dict[str, tuple[str, ...]] = {
    "none": (),
    "curl": ("User-Agent: curl/8", "Accept: */*"),
    "json": ("accept: application/json",),
    "browser": (
        "Accept: text/html,application/json;q=0.9,*/*;q=0.8",
        "Accept-Language: de",
        "Origin: http://x",
        "DNT: 1",
    ),
    "picture-only": ("Accept: image/png",),
    "accept-twice": ("Accept: image/png", "Accept: application/json"),
    "id": ("X-Request-ID: a.b-c",),
    "id-insane": ("X-Request-ID: a b\tc",),
    "id-long": ("X-Request-ID: " + "x" * 129,),
    "id-twice": ("X-Request-ID: one", "X-Request-ID: two"),
    "gzip": ("Accept-Encoding: gzip, deflate, br",),
    "keep-alive": ("Connection: Keep-Alive",),
    "close": ("Connection: close",),
    "two-tokens": ("Connection: keep-alive, te", "TE: trailers"),
    "upgrade": ("Connection: upgrade", "Upgrade: h2c"),
    "expect": ("Expect: 100-continue",),
    "coded": ("Content-Encoding: gzip",),
    "identity": ("Content-Encoding: identity",),
    "coded-oddly": ("Content-Encoding: br",),
    "forwarded": ("X-Forwarded-For: 10.1.2.3", "X-Forwarded-Proto: https"),
    "prefix": ("X-Forwarded-Prefix: /models",),
    "length-twice": ("Content-Length: 3",),
    "authorization": ("Authorization: Bearer x", "Cookie: a=b"),
    "spaces": ("X-Odd:    much   ",),
    "latin": ("X-Odd: \xe4\xf6",),
}


def tensor_bodies() -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    shape = (1, 1, 28, 28)
    numbers = np.random.default_rng(1).random(784).round(4).tolist()
    raw = np.array(numbers, np.float32).tobytes()
    sized = {"parameters": {"binary_data_size": len(raw)}}
    documents: dict[str, Any] = {
        "json": {"inputs": [tensor(shape, numbers)]},
        "id": {"id": "a\"b\u20ac", "inputs": [tensor(shape, numbers)]},
        "two rows": {"inputs": [tensor((2, 1, 28, 28), numbers * 2)]},
        "40 rows": {"inputs": [tensor((40, 1, 28, 28), numbers * 40)]},
        "nested": {"inputs": [tensor(shape, [[[numbers[i : i + 28] for i in range(0, 784, 28)]]])]},
        "outputs": {"inputs": [tensor(shape, numbers)], "outputs": [{"name": "probabilities"}]},
        "classes": {"inputs": [tensor(shape, numbers)],
                    "outputs": [{"name": "probabilities", "parameters": {"classification": 3}}]},
        "unknown output": {"inputs": [tensor(shape, numbers)], "outputs": [{"name": "x"}]},
        "binary output": {"inputs": [tensor(shape, numbers)], "parameters": {"binary_data_output": True}},
        "timeout": {"inputs": [tensor(shape, numbers)], "parameters": {"timeout": 5_000_000}},
        "wrong timeout": {"inputs": [tensor(shape, numbers)], "parameters": {"timeout": -1}},
        "wrong shape": {"inputs": [tensor((1, 28, 28), numbers)]},
        "wrong count": {"inputs": [tensor(shape, numbers[1:])]},
        "wrong name": {"inputs": [{**tensor(shape, numbers), "name": "x"}]},
        "wrong type": {"inputs": [{**tensor(shape, numbers), "datatype": "FP64"}]},
        "BF16": {"inputs": [{**tensor(shape, numbers), "datatype": "BF16"}]},
        "null": {"inputs": [tensor(shape, [None] * 784)]},
        "twice": {"inputs": [tensor(shape, numbers)] * 2},
        "none": {"inputs": []},
        "picture": {"inputs": [{"name": "input", "datatype": "BYTES", "shape": [1], "data": ["bm8="]}]},
        "list": [1],
    }  # fmt: skip
    for name, document in documents.items():
        yield name, json.dumps(document).encode(), ()
    for name, document in documents.items():
        if (
            isinstance(document, dict)
            and document["inputs"]
            and name not in ("picture", "two rows", "40 rows", "twice")
        ):
            listed = [{**entry, **sized} for entry in document["inputs"]]
            for entry in listed:
                entry.pop("data")
            body, header = binary({**document, "inputs": listed}, raw)
            yield f"binary {name}", body, (header,)
    yield "raw", raw, ("Inference-Header-Content-Length: 0",)
    yield "raw, cut", raw[1:], ("Inference-Header-Content-Length: 0",)
    yield "no json", b"{", ()
    for length in ("-1", "x", "99999", "", "1"):
        yield f"length {length}", raw, (f"Inference-Header-Content-Length: {length}",)
