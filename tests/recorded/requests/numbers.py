"""POST predict with JSON: pictures as numbers, files in base64, and what is neither."""

import base64
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

from tests.recorded.pictures import digit, garment, png, scenes
from tests.recorded.request import JSON, Request, post, post_json
from tests.recorded.requests.models import API, MODELS, model

_ADDRESS = f"{model('mnist_cnn')}/predict"


def requests() -> Iterator[Request]:
    return chain(_good(), _wrong_numbers(), _base64(), _wrong_documents())


def _rows(index: int = 7) -> list[list[float]]:
    rows: list[list[float]] = (digit(index) / 255).round(4).tolist()
    return rows


def _channels(rows: list[list[float]], count: int = 1) -> list[list[list[float]]]:
    return [[[value] * count for value in row] for row in rows]


def _filled(value: Any) -> list[list[Any]]:
    return [[value] * 28 for _ in range(28)]


def _with(value: Any) -> list[list[Any]]:
    """A digit with one number replaced, at row 3 and column 4."""
    rows: list[list[Any]] = _rows()
    rows[3][4] = value
    return rows


def _good() -> Iterator[Request]:
    for name in MODELS:
        picture = garment(3) if name.startswith("fashion") else digit(7)
        instances = {"instances": [(picture / 255).round(4).tolist()]}
        yield post_json(f"numbers/{name}", f"{model(name)}/predict?top_k=2", instances)
    yield _post("channels", [_channels(_rows())])
    yield _post("four", [_rows(k) for k in range(4)])
    yield _post("mixed", [_rows(), _text(png("digit"))])
    yield _post("256", [_rows(k) for k in range(256)], "?top_k=1")
    yield _post("257", [[[0]]] * 257)
    yield _post("long-by-pieces", [_rows(k) for k in range(40)], "?top_k=1")
    yield _post("input", [_rows()], "?input=true&explain=true")
    yield _post("none", [_rows()], "?preprocess=none")
    yield _post("top-10", [_rows()], "?top_k=10")
    for query in ("polarity=dark_on_light", "rotate=90", "box=0,0,10,10"):
        yield _post(f"override/{query}", [_rows()], f"?{query}")
    several = {"instances": [_rows()]}
    yield post_json("numbers/several-models", f"{API}/predict?models=mnist_cnn,fashion_cnn,mnist_gru,nope", several)


def _wrong_numbers() -> Iterator[Request]:
    rows = _rows()
    wrong = {
        "zeros": _filled(0),
        "ones": _filled(1),
        "halves": _filled(0.5),
        "bytes": digit(7).tolist(),
        "just-beyond": _with(1.0000001),
        "negative": _with(-0.1),
        "large": _with(1e30),
        "word": _with("1"),
        "null": _with(None),
        "true": _with(True),
        "list": _with([1]),
        "object": _with({}),
        "strings": _filled("0"),
        "channels-first": [rows],
        "three-channels": _channels(rows, 3),
        "no-channels": _channels(rows, 0),
        "27-rows": rows[:27],
        "29-rows": [*rows, rows[0]],
        "27-columns": [row[:27] for row in rows],
        "ragged": [*rows[:27], rows[27][:5]],
        "row-is-number": [*rows[:27], 0],
        "flat": [value for row in rows for value in row],
        "empty": [],
        "of-empty": [[]],
        "number": 5,
        "deep": [[[[0]]]],
        "large-picture": (scenes()["digit-large"] / 255).round(2).tolist(),
        "none": None,
        "bool": False,
        "dict": {"pixels": rows},
    }
    for name, instance in wrong.items():
        yield _post(f"wrong/{name}", [instance])
    yield _post("wrong/second", [rows, _with("x")])
    for token in ("NaN", "Infinity", "-Infinity", "1e999", "01", "+1", "0x1", ".5"):
        body = json.dumps({"instances": [_with(12345)]}).replace("12345", token).encode()
        yield post(f"numbers/wrong/token/{token}", _ADDRESS, body, JSON)
    too_many = b'{"instances": [[' + b"0," * 220_000 + b"0]]}"
    yield post("numbers/wrong/too-many", _ADDRESS, too_many, JSON)


def _text(file: bytes) -> str:
    return base64.b64encode(file).decode()


def _base64() -> Iterator[Request]:
    file = png("digit")
    text = _text(file)
    forms: dict[str, Any] = {
        "plain": text,
        "data-url": f"data:image/png;base64,{text}",
        "data-url-of-nothing": "data:,",
        "wrapped": base64.encodebytes(file).decode(),
        "newline-behind": text + "\n",
        "space-before": " " + text,
        "url-safe": base64.urlsafe_b64encode(file).decode(),
        "no-padding": text.rstrip("="),
        "more-padding": text + "==",
        "padding-inside": text[:8] + "==" + text[8:],
        "b64-object": {"b64": text},
        "url": "https://example.com/7.png",
        "empty": "",
        "umlaut": "\u00e4" * 8,
        "of-text": _text(b"just text"),
        "of-half-a-png": _text(png("paper")[:500]),
    }
    for name, instance in forms.items():
        yield _post(f"base64/{name}", [instance])
    yield _post("base64/paper", [_text(png("paper"))], "?explain=true&rotate=0&box=80,50,140,140")
    yield _post("base64/several", [_text(png(scene)) for scene in ("digit", "row-of-six", "scattered")])
    yield _post("base64/second-bad", [text, "?"])


def _wrong_documents() -> Iterator[Request]:
    bodies = {
        "text": b"hello",
        "truncated": b'{"instances": [[[0, 1',
        "list": b"[1, 2]",
        "number": b"1",
        "null": b"null",
        "string": b'"abc"',
        "no-instances": b'{"inputs": [[0]]}',
        "beside": b'{"instances": [[[0]]], "signature_name": "x"}',
        "instances-object": b'{"instances": {}}',
        "instances-string": b'{"instances": "abc"}',
        "no-instance": b'{"instances": []}',
        "twice": b'{"instances": [1], "instances": [2]}',
        "not-utf-8": b'{"instances": ["\xff\xfe"]}',
        "utf-16": '{"instances": []}'.encode("utf-16"),
        "bom": b"\xef\xbb\xbf" + b'{"instances": []}',
        "deep": b'{"instances": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        "trailing-comma": b'{"instances": [[0],]}',
        "single-quotes": b"{'instances': []}",
        "surrogate": b'{"instances": ["\\ud800"]}',
        "whitespace": b"   \n",
    }
    for name, body in bodies.items():
        yield post(f"numbers/document/{name}", _ADDRESS, body, JSON)
    yield post("numbers/document/charset", _ADDRESS, b'{"instances": []}', "application/json; charset=latin-1")


def _post(name: str, instances: list[Any], query: str = "") -> Request:
    return post_json(f"numbers/{name}", _ADDRESS + query, {"instances": instances})
