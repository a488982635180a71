"""The short way and the app give the same answers, whatever is asked and however it is packed."""

import json
import logging
import random
import re
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from service.datasets import read_sample
from service.imaging.codec.files import encode, encode_png
from service.logging import request_id
from tests.integration.both_ways import Way, binary, packet, post, read_answers, tensor, way
from tests.integration.server import ROOT
from tests.recorded.files import bad, good, turned
from tests.recorded.request import BOUNDARY, FORM, Part, form
from tests.recorded.requests import all_requests
from tests.service.test_metrics import samples

PREDICT = "/api/v1/models/mnist_cnn/predict"
INFER = "/v2/models/mnist_cnn/infer"
MULTIPART = f"Content-Type: {FORM}"
ID = "X-Request-ID: mine-1"

# Ends the body of a request that announced more than it has; what is over is no request.
FILLING = b"x" * 10**5

Ways = tuple[Way, Way]


@pytest.fixture(scope="module")
def ways() -> Iterator[Ways]:
    with way(ROOT / "models", short=True) as short, way(ROOT / "models", short=False) as long:
        yield short, long


def picture(index: int = 0) -> bytes:
    return encode_png(read_sample("mnist", index)[0])


def upload(*files: bytes, name: str = "a.png") -> bytes:
    return form(Part("file", file, name) for file in files)


def same(ways: Ways, name: str, *packets: bytes, answers: int = 1) -> list[int]:
    """The statuses, which are those of both; so are headers and bodies."""
    short, long = (each.ask(packets, answers) for each in ways)
    assert short == long, name
    return [told.status for told in short]


def taken(ways: Ways) -> int:
    return len(ways[0].taken)


def test_recorded_requests(ways: Ways) -> None:
    before = taken(ways)
    asked = 0
    for request in all_requests():
        if request.method == "POST" and "/predict" in request.path and len(request.body or b"") < 10**6:
            same(ways, request.name, packet(request))
            asked += 1
    assert asked > 300
    assert taken(ways) - before > 150


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


def _tensor_bodies() -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
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


@pytest.mark.parametrize(("name", "body", "lines"), list(_tensor_bodies()))
def test_every_kind_of_tensor(ways: Ways, name: str, body: bytes, lines: tuple[str, ...]) -> None:
    before = taken(ways)
    same(ways, name, post(INFER, body, *lines, ID))
    same(ways, name, post(INFER, body, *lines, "Accept-Encoding: gzip"))
    assert taken(ways) == before + 2 * (len(body) < 10**5)  # more does not come in one packet


def test_generated_requests(ways: Ways) -> None:
    """Bytes changed, cut and doubled anywhere in requests that are right."""
    chance = random.Random(4)
    right = [post(INFER, body, *lines) for _, body, lines in _tensor_bodies() if len(body) < 10**4]
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


def _counts(way: Way) -> dict[Any, float]:
    """All that is counted, but for how long things took and what is of the process."""
    return {
        key: value
        for key, value in samples(way.metrics().encode()).items()
        if key[0].endswith(("_total", "_count", "_ready")) and not key[0].startswith("process_")
    }


def _mixture() -> Iterator[bytes]:
    for _, body, lines in _tensor_bodies():
        yield post(INFER, body, *lines, ID)
    for file in (picture(), b"text", *good().values()):
        yield post(PREDICT, upload(file), MULTIPART, "X-Request-ID: mine-2")
    yield post(PREDICT.replace("mnist_cnn", "nope"), upload(picture()), MULTIPART, "X-Request-ID: mine-3")


def test_metrics_and_log(caplog: pytest.LogCaptureFixture) -> None:
    """Each way counts the same under the same names, and logs the same lines."""
    seen = []
    for short in (True, False):
        heard: list[Any] = []
        with caplog.at_level(logging.INFO, "service.access"), way(ROOT / "models", short) as each:
            logger, handler = logging.getLogger("service.access"), _Hearing(heard)
            logger.addHandler(handler)
            requests = list(_mixture())
            for request in requests:
                each.ask([request])
            while len(heard) < len(requests):
                time.sleep(0.01)
            seen.append((_counts(each), heard))
            logger.removeHandler(handler)
            assert bool(each.taken) == short
    (counted, lines), (others, their_lines) = seen
    assert counted == others
    assert lines == their_lines


class _Hearing(logging.Handler):
    """Each line as it is told, with the id of its request and without its time."""

    def __init__(self, heard: list[Any]) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        fields = {name: value for name, value in record.__dict__["fields"].items() if name != "ms"}
        self._heard.append((record.getMessage(), record.levelname, request_id.get(), fields))


@pytest.mark.parametrize("limits", [
    {"max_body_bytes": 300}, {"max_body_bytes_in_flight": 100}, {"max_image_bytes": 50}, {"max_pixels": 500},
    {"max_side": 20}, {"max_files": 1}, {"max_instances": 1},
], ids=str)  # fmt: skip
def test_limits(limits: dict[str, int]) -> None:
    with way(ROOT / "models", True, **limits) as short, way(ROOT / "models", False, **limits) as long:
        for request in _mixture():
            same((short, long), str(request[:300]), request)
        counted, others = _counts(short), _counts(long)
    assert counted == others


def test_the_queue_and_the_deadline() -> None:
    """A model that is held still: who comes too late or is too many is told the same."""
    told = []
    for short in (True, False):
        with way(ROOT / "models", short, queue_size=2, deadline_ms=400) as each, each.held("mnist_cnn"):
            request = post(PREDICT, upload(picture()), MULTIPART, ID)
            connections = [each.open(request)]
            each.until_running("mnist_cnn")
            for _ in range(2):
                connections.append(each.open(request))
                time.sleep(0.1)
            refused = each.ask([request])
            assert refused[0].status == 503
            late = [list(read_answers(connection, 1)) for connection in connections]
            assert {answer.status for (answer,) in late} == {504}
            told.append((refused, late, _counts(each)))
    assert told[0] == told[1]


def test_who_leaves_is_dropped() -> None:
    with way(ROOT / "models", True) as each:
        with each.held("mnist_cnn"):
            first = each.open(post(PREDICT, upload(picture()), MULTIPART))
            each.until_running("mnist_cnn")
            for connection in [each.open(post(INFER, bytes(3136), "Inference-Header-Content-Length: 0")) for _ in "12"]:
                connection.close()
            counted = _counts(each)
            while counted.get(("featuremap_refused_total", ("mnist_cnn", "caller_left"))) != 2:
                time.sleep(0.01)
                counted = _counts(each)
        assert counted["featuremap_requests_total", ("POST", "/v2/models/{model}/infer", "499")] == 2
        (answer,) = read_answers(first, 1)
        assert answer.status == 200
        assert each.services.budget.held == 0


def test_an_answer_under_way_is_given_before_the_end() -> None:
    with way(ROOT / "models", True) as each:
        with each.held("mnist_cnn"):
            waiting = each.open(post(PREDICT, upload(picture()), MULTIPART))
            each.until_running("mnist_cnn")
            each.stop()
            time.sleep(0.3)
        (answer,) = read_answers(waiting, 1)
    assert answer.status == 200
    assert ("connection", "close") in answer.headers


def test_what_nobody_foresaw_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    told = []
    for short in (True, False):
        with way(ROOT / "models", short) as each, pytest.MonkeyPatch.context() as patch:
            for place in ("service.api.fast_path.to_json", "service.api.routes.predictions.to_json"):
                patch.setattr(place, lambda _: 1 / 0)
            told.append(each.ask([post(PREDICT, upload(picture()), MULTIPART, ID)]))
    assert told[0] == told[1]
    assert told[0][0].status == 500
    assert caplog.text.count("ZeroDivisionError") == 2
