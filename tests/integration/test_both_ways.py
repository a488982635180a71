"""The short way and the app give the same answers, whatever is asked and however it is packed."""

import gc
import json
import random
import re
from collections.abc import Iterator

import numpy as np
import pytest

from service.api.exchange import Exchange
from service.datasets import read_sample
from service.imaging.codec.files import encode, encode_png
from tests.ci import sampled
from tests.integration.both_ways import binary, packet, post, tensor, way
from tests.integration.both_ways_requests import (
    HEADS,
    ID,
    INFER,
    MULTIPART,
    PREDICT,
    Ways,
    picture,
    same,
    tensor_bodies,
    upload,
)
from tests.integration.server import ROOT
from tests.recorded.files import bad, good, turned
from tests.recorded.request import BOUNDARY, Part, form
from tests.recorded.requests import all_requests

# Ends the body of a request that announced more than it has; what is over is no request.
FILLING = b"x" * 10**5


@pytest.fixture(scope="module")
def ways() -> Iterator[Ways]:
    with way(ROOT / "models", short=True) as short, way(ROOT / "models", short=False) as long:
        yield short, long


def taken(ways: Ways) -> int:
    return len(ways[0].taken)


def test_recorded_requests(ways: Ways) -> None:
    before = taken(ways)
    posts = [request for request in all_requests() if request.method == "POST" and "/predict" in request.path]
    some = sampled([request for request in posts if len(request.body or b"") < 10**6], 2)
    for request in some:
        same(ways, request.name, packet(request))
    assert len(some) > 150
    assert taken(ways) - before > 75


def test_every_kind_of_picture(ways: Ways) -> None:
    before = taken(ways)
    kinds = [good(), turned(), {name: file for name, file in bad().items() if len(file) < 10**6}]
    for files in kinds:
        for name, file in files.items():
            same(ways, name, post(PREDICT, upload(file), MULTIPART, ID))
            same(ways, name, post(PREDICT, file, "Content-Type: image/png"))
    native = {"png": picture(3), "jpeg": encode(read_sample("mnist", 3)[0], "image/jpeg"), "inverted":
              encode_png(255 - read_sample("mnist", 3)[0])}  # fmt: skip
    for name, file in native.items():
        assert same(ways, name, post(PREDICT, upload(file), MULTIPART, ID)) == [200]
        assert same(ways, name, post("/api/v1/models/fashion_robust/predict", upload(file), MULTIPART)) == [200]
    assert taken(ways) - before > 100


@pytest.mark.parametrize("name", HEADS)
def test_every_kind_of_head(ways: Ways, name: str) -> None:
    text, header = binary({"inputs": [tensor((1, 1, 28, 28), parameters={"binary_data_size": 3136})]}, bytes(3136))
    for version in ("1.1", "1.0"):
        same(ways, name, post(PREDICT, upload(picture()), MULTIPART, *HEADS[name], version=version))
        same(ways, name, post(INFER, text, header, *HEADS[name], version=version))


@pytest.mark.parametrize("path", [
    PREDICT, f"{PREDICT}?top_k=2", f"{PREDICT}?", f"{PREDICT}/", PREDICT.replace("mnist_cnn", "nope"),
    PREDICT.replace("mnist_cnn", "mnist%5fcnn"), "http://localhost" + PREDICT, f"{PREDICT}#x",
    "/api/v1/models//predict",
    INFER, f"{INFER}?x=1", INFER.replace("mnist_cnn", "nope"), "/v2/models/mnist_cnn/versions/1/infer",
    "/v2/models/mnist_cnn/versions/9/infer", "/v2/models/mnist_cnn/versions/x/infer",
    "/v2/models/mnist_cnn/versions//infer",
    "/v2/models/mnist_robust/versions/03/infer", "/V2/models/mnist_cnn/infer",
])  # fmt: skip
def test_every_kind_of_address(ways: Ways, path: str) -> None:
    same(ways, path, post(path, upload(picture()), MULTIPART))
    same(ways, path, post(path, json.dumps({"inputs": [tensor((1, 1, 28, 28), [0.5] * 784)]}).encode()))


def test_every_kind_of_form(ways: Ways) -> None:
    whole = upload(picture())
    bodies = {
        "one": whole,
        "three": upload(picture(1), picture(2), picture(3)),
        "33": upload(*[picture(1)] * 33),
        "65": upload(*[picture(1)] * 65),
        "none": form([]),
        "cut": whole[:-10],
        "no-body": b"",
        "other-name": form([Part("image", picture(), "a.png")]),
        "two-names": form([Part("file", picture(), "a.png"), Part("x", b"1")]),
        "empty-file": form([Part("file", b"", "a.png")]),
        "second-bad": upload(picture(), b"text"),
        "preamble": b"x" + whole,
    }
    for name, body in bodies.items():
        same(ways, name, post(PREDICT, body, MULTIPART, ID))
    for kind in (
        "multipart/form-data",
        f"multipart/form-data; boundary={BOUNDARY}x",
        "text/plain",
        "",
        "application/json",
    ):
        same(ways, kind, post(PREDICT, whole, f"Content-Type: {kind}"))
    same(ways, "no type", post(PREDICT, whole))
    for instances in ([[[0.5] * 28] * 28], [], [[1, 2]], "x", [[[0.0] * 28] * 28] * 40, ["bm8="]):
        body = json.dumps({"instances": instances}).encode()
        same(ways, str(instances)[:20], post(PREDICT, body, "Content-Type: application/json"))


@pytest.mark.parametrize(("name", "body", "lines"), list(tensor_bodies()))
def test_every_kind_of_tensor(ways: Ways, name: str, body: bytes, lines: tuple[str, ...]) -> None:
    before = taken(ways)
    same(ways, name, post(INFER, body, *lines, ID))
    same(ways, name, post(INFER, body, *lines, "Accept-Encoding: gzip"))
    assert taken(ways) == before + 2 * (len(body) < 10**5)  # more does not come in one packet


def test_generated_requests(ways: Ways) -> None:
    """Bytes changed, cut and doubled anywhere in requests that are right."""
    chance = random.Random(4)
    right = [post(INFER, body, *lines) for _, body, lines in tensor_bodies() if len(body) < 10**4]
    right += [post(PREDICT, upload(picture(k)), MULTIPART, ID) for k in range(5)]
    for i in range(300):
        whole = bytearray(chance.choice(right))
        head = whole.index(b"\r\n\r\n")
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(whole)) if i % 2 else chance.randrange(head)
            whole[at] = chance.choice(b'\0\n\r :/{}[]",.-x0159' + bytes([chance.randrange(256)]))
        short, long = (each.ask([bytes(whole), FILLING], answers=1, pause=0.7, early=True) for each in ways)
        assert short == long, bytes(whole)


def test_packets(ways: Ways) -> None:
    before = taken(ways)
    one = post(PREDICT, upload(picture(1)), MULTIPART)
    other = post(INFER, json.dumps({"inputs": [tensor((1, 1, 28, 28), [0.5] * 784)]}).encode())
    head = one.index(b"\r\n\r\n") + 4
    splits = {"head-body": (one[:head], one[head:]), "in-head": (one[:30], one[30:]), "last": (one[:-1], one[-1:])}
    for name, packets in splits.items():
        assert same(ways, name, *packets) == [200]
    assert same(ways, "three", one[:10], one[10:head], one[head:]) == [200]
    assert same(ways, "pipelined", one + other, answers=2) == [200, 200]
    assert same(ways, "and a half", one + other[:50], other[50:], answers=2) == [200, 200]
    noise = np.random.default_rng(0).integers(0, 256, (200, 200), np.uint8)
    long = post(PREDICT, upload(encode_png(noise)), MULTIPART)  # longer than a head may be
    assert same(ways, "long, and a half", long + other[:50], other[50:], answers=2) == [200, 200]
    assert same(ways, "line before", b"\r\n" + one) == [200]
    assert same(ways, "rubbish behind", one + b"rubbish\r\n\r\n", answers=2)
    chunked = one.replace(f"Content-Length: {len(one) - head}".encode(), b"Transfer-Encoding: chunked")[
        : -(len(one) - head)
    ]
    body = one[head:]
    assert same(ways, "chunked", chunked + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)) == [200]
    assert taken(ways) == before
    assert same(ways, "one by one", one, other, one, answers=3) == [200, 200, 200]
    assert taken(ways) == before + 3
    # A body that looks like a request, and one that lies about where it ends.
    inner = post(PREDICT, one, MULTIPART)
    same(ways, "nested", inner)
    same(ways, "nested, split", inner[: inner.index(b"\r\n\r\n") + 4], one + b"x" * 10)


def test_answers_keep_their_order(ways: Ways) -> None:
    """Requests that follow each other without waiting, on both ways and in every mixture of packets."""
    chance = random.Random(2)
    texts = [post(INFER, json.dumps({"id": str(k), "inputs": [tensor((1, 1, 28, 28), [k / 10] * 784)]}).encode())
             for k in range(10)]  # fmt: skip
    stream = b"".join([*texts, b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", *texts])
    for _ in range(20):
        cuts = sorted(chance.randrange(len(stream)) for _ in range(12))
        packets = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) if a < b]
        for each in ways:
            told = each.ask(packets, answers=21, pause=0)
            assert [answer.status for answer in told] == [200] * 21
            ids = [found[1] for answer in told if (found := re.search(rb'"id":"(\d)"', answer.body))]
            assert ids == [b"%d" % k for k in range(10)] * 2


def test_a_request_leaves_nothing_for_the_garbage_collector(ways: Ways) -> None:
    """Where an exchange and its request knew each other for good, tensors of many requests would be held meanwhile."""
    before = _exchanges()
    gc.disable()
    try:
        for name in ("tensor", "picture"):
            assert len(ways[0].converse(_alike(name) * 2)) == 2 * len(_alike(name))
        after = _exchanges()
    finally:
        gc.enable()
    assert after <= before + 2


def _exchanges() -> int:
    return sum(isinstance(each, Exchange) for each in gc.get_objects())


def _numbers(seed: int) -> bytes:
    return np.random.default_rng(seed).random(784, np.float32).tobytes()


def _alike(name: str) -> list[bytes]:
    """Requests with the very same head: good, damaged, and one that is the app's affair."""
    if name == "tensor":
        text, header = binary({"inputs": [tensor((1, 1, 28, 28), parameters={"binary_data_size": 3136})]}, bytes(3136))
        first, second = (text[:-3136] + _numbers(seed) for seed in (1, 2))
        other = text.replace(b"FP32", b"FP16")
        return [post(INFER, body, header) for body in (first, second, other, second, text[::-1], text, first)]
    large = encode_png(np.tile(np.eye(15, dtype=np.uint8) * 255, (20, 20)))
    files = picture(3), b"no picture", large, picture(7), b"", picture(3)
    kind = "Content-Type: image/png"
    return [post(PREDICT, file.ljust(len(large), b"\0"), kind, ID) for file in files]


@pytest.mark.parametrize("name", ["tensor", "picture"])
def test_the_same_head_again(ways: Ways, name: str) -> None:
    """A head that is known is not parsed; what follows it is read as ever, also behind what is no such request."""
    alike = _alike(name)
    before, parsed = taken(ways), len(ways[0].parsed)
    short, long = (each.converse(alike * 2) for each in ways)
    assert short == long
    assert len(short) == 2 * len(alike)
    assert len({told.status for told in short}) > 1
    assert taken(ways) - before == 2 * len(alike)
    handed_over = 2 if name == "picture" else 0  # a large one, which the app parses
    assert len(ways[0].parsed) - parsed == 1 + 2 * handed_over  # and the one behind it
    first, *_, last = alike
    middle = len(last) // 2
    health = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    half, head = [last[:middle], last[middle:]], last.index(b"\r\n\r\n") + 4
    between = {  # packets, and how many requests they are
        "health": ([health], 1),
        "two in a packet": ([last + last], 2),
        "in two packets": (half, 1),
        "head, then body": ([last[:head], last[head:]], 1),
        "a little more": ([last + b"\r\n"], 1),
        "with the next one's beginning": ([last + first[:9], first[9:]], 2),
        "another head": ([last.replace(b"localhost", b"elsewhere")], 1),
        "another body": ([last[:-middle] + b"\0" * middle], 1),
    }
    for what, (packets, count) in between.items():
        told = same(ways, what, first, *packets, last, answers=count + 2)
        assert len(told) == count + 2, what
        assert told[0] == 200, what
        assert told[-1] == 200, what
