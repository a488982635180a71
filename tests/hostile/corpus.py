"""Hostile and odd requests as raw bytes, drawn by code: pictures, JSON, V1, V2, filters, HTTP itself.

cases(model) -> Case: its name, the bytes that go over the wire
"""

import gzip
import json
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from service.imaging.codec.files import encode, encode_png

_BOUNDARY = "XX"


class Case(NamedTuple):
    """What is sent over a connection of its own."""

    name: str
    sent: bytes


def cases(model: str) -> Iterator[Case]:
    """All of them; no answer to any of these is a success but where `-good` says so."""
    native, v1, v2 = f"/api/v1/models/{model}/predict", f"/v1/models/{model}:predict", f"/v2/models/{model}/infer"
    for name, picture in _pictures():
        yield Case(f"picture/{name}", post(native, picture, "Content-Type: image/png"))
        yield Case(f"form/{name}", post(native, form(("file", "a.png", picture)), FORM))
    for name, text in _json():
        for family, path in (("native", native), ("v1", v1), ("v2", v2)):
            yield Case(f"{family}/json-{name}", post(path, text, "Content-Type: application/json"))
    for name, text, head in _tensors():
        yield Case(f"v2/{name}", post(v2, text, *head))
    for name, fields in _filters():
        parts = [("file", "a.png", encode_png(np.zeros((9, 9), np.uint8))), *((k, None, v) for k, v in fields)]
        yield Case(f"filters/{name}", post("/api/v1/filters/apply", form(*parts), FORM))
    for name, body in _forms():
        yield Case(f"multipart/{name}", post(native, body, FORM))
    yield from _http(native)


FORM = f"Content-Type: multipart/form-data; boundary={_BOUNDARY}"


def post(path: str, body: bytes, *lines: str) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: x", "Connection: close", *lines, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode("latin-1") + body


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    written = []
    for name, filename, data in parts:
        shown = "" if filename is None else f'; filename="{filename}"'
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n\r\n'
        written.append(head.encode() + data + b"\r\n")
    return b"".join(written) + f"--{_BOUNDARY}--\r\n".encode()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, data: bytes, depth: int = 8, colour: int = 0, extra: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _pictures() -> Iterator[tuple[str, bytes]]:
    grey = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
    files = {"png": encode_png(grey), "jpeg": encode(grey, "image/jpeg"), "webp": encode(grey, "image/webp")}
    for kind, good in files.items():
        for share in (1, 8, 16, 30, 50, 70, 90):
            yield f"{kind}-cut-{share}", good[: len(good) * share // 100]
    for place in range(8, len(files["png"]) - 12, max(1, len(files["png"]) // 25)):
        broken = bytearray(files["png"])
        broken[place] ^= 0x55
        yield f"png-bit-{place}", bytes(broken)
    rows = zlib.compress(bytes(90))
    for width, height in ((0, 9), (9, 0), (2**31 - 1, 9), (2**31, 2**31), (20_000, 20_000), (9, 10_000), (8193, 9)):
        yield f"png-size-{width}x{height}", _png(width, height, rows)
    for depth, colour in ((3, 0), (8, 1), (16, 3), (0, 0), (8, 7), (1, 2)):
        yield f"png-kind-{depth}-{colour}", _png(9, 9, rows, depth, colour)
    yield "png-no-data", _png(9, 9, b"")
    yield "png-bomb", _png(8000, 8000, zlib.compress(bytes(10**7))[:900])
    yield "png-no-palette", _png(9, 9, rows, 8, 3)
    bomb = b"k\x00\x00" + zlib.compress(bytes(10**8))
    yield "png-text-bomb-good", _png(9, 9, rows, extra=chunk(b"zTXt", bomb))
    yield "png-icc-bomb-good", _png(9, 9, rows, extra=chunk(b"iCCP", bomb))
    for name, start in (
        ("gif", b"GIF89a"), ("tiff", b"II*\x00"), ("pdf", b"%PDF-1.7"), ("svg", b"<svg onload='alert(1)'>"),
        ("zip", b"PK\3\4"),
        ("bmp", b"BM"), ("elf", b"\x7fELF"), ("pickle", b"\x80\x04cos\nsystem\n"), ("eps", b"%!PS"), ("empty", b""),
        ("nul", bytes(1)), ("text", b"hello"), ("jpeg", b"\xff\xd8\xff\xe0"),
        ("webp", b"RIFF\xff\xff\xff\xffWEBPVP8 "),
    ):  # fmt: skip
        yield f"start-{name}", start + bytes(60 if name not in ("empty", "nul") else 0)


def _json() -> Iterator[tuple[str, bytes]]:
    for name, text in (
        ("empty", b""), ("null", b"null"), ("number", b"1"), ("list", b"[]"), ("object", b"{}"),
        ("cut", b'{"instances": ['),
        ("deep", b'{"instances":' + b"[" * 65 + b"]" * 65 + b"}"), ("deeper", b"[" * 10**5),
        ("objects", b'{"a":' * 10**4),
        ("latin", b'{"instances": ["\xe9"]}'), ("utf16", '{"instances": []}'.encode("utf-16")),
        ("bom", b"\xef\xbb\xbf{}"),
        ("surrogate", b'{"instances": ["\\ud800"]}'), ("nan", b'{"instances": [[[NaN]]]}'),
        ("nul", b'{"instances": "\\u0000"}'),
        ("infinity", b'{"instances": [[[Infinity]]]}'), ("huge", b'{"instances": [[[' + b"9" * 400 + b"]]]}"),
        ("exponent", b'{"instances": [[[1e999]]]}'), ("strings", b'{"instances": [[["1"]]]}'),
        ("none", b'{"instances": []}'),
        ("ragged", b'{"instances": [[[1,2],[3]]]}'), ("bool", b'{"instances": [[[true]]]}'),
        ("b64", b'{"instances": [{"b64": 1}]}'),
        ("b64-bad", b'{"instances": ["####"]}'), ("b64-none", b'{"instances": [""]}'),
        ("comma", b'{"instances": [1,]}'),
        ("comment", b'{"instances": [] /* */}'), ("single", b"{'instances': []}"),
        ("twice", b'{"instances": [], "instances": 1}'),
        ("many", b'{"instances": [' + b",".join([b'"aa"'] * 300) + b"]}"),
        ("numbers", b'{"instances": [' + b"1," * 10**6 + b"1]}"),
        ("lists", b'{"instances": [' + b"[]," * 10**6 + b"[]]}"), ("proto", b'{"__proto__": {"instances": []}}'),
    ):  # fmt: skip
        yield name, text
        if len(text) < 1000 and name not in ("empty",):
            yield f"{name}-padded", b" \n" * 5 + text + b"\x00"


def _tensors() -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    good = {"name": "input", "datatype": "FP32", "shape": [1, 1, 28, 28], "data": [0.5] * 784}
    changes: dict[str, dict[str, object]] = {
        "name": {"name": "x"}, "no-name": {"name": None}, "type": {"datatype": "FP31"}, "bf16": {"datatype": "BF16"},
        "int": {"datatype": "INT64"}, "shape-zero": {"shape": [0, 1, 28, 28]},
        "shape-minus": {"shape": [-1, 1, 28, 28]},
        "shape-huge": {"shape": [2**62, 2**62]}, "shape-float": {"shape": [1.0, 1, 28, 28]},
        "shape-none": {"shape": []},
        "shape-long": {"shape": [1] * 500}, "shape-true": {"shape": [True, 1, 28, 28]}, "few": {"data": [0.5] * 783},
        "many": {"data": [0.5] * 785}, "strings": {"data": ["0.5"] * 784}, "nulls": {"data": [None] * 784},
        "large": {"data": [1e300] * 784}, "object": {"data": {"a": 1}}, "mixed": {"data": [[0.5], 0.5]},
        "shared": {"parameters": {"shared_memory_region": "a"}}, "both": {"parameters": {"binary_data_size": 4}},
        "parameters": {"parameters": []}, "bytes": {"datatype": "BYTES", "shape": [1], "data": ["aa"]},
    }  # fmt: skip
    for name, change in changes.items():
        yield name, json.dumps({"inputs": [{**good, **change}]}).encode(), ()
    for name, document in (
        ("inputs-none", {"inputs": []}), ("inputs-twice", {"inputs": [good, good]}), ("outputs", {"inputs": [good],
        "outputs": 1}),
        ("output-name", {"inputs": [good], "outputs": [{"name": "nope"}]}), ("id", {"inputs": [good], "id": 1}),
        ("timeout", {"inputs": [good], "parameters": {"timeout": -1}}), ("inputs-number", {"inputs": 1}),
        ("reserved", {"inputs": [good], "parameters": {"triton_x": 1}}),
    ):  # fmt: skip
        yield name, json.dumps(document).encode(), ()
    text = json.dumps({"inputs": [good]}).encode()
    for length in ("-1", "x", "99999999", "1e3", "0x10", "7", str(len(text) - 1), str(2**64), " "):
        yield f"header-length-{length}", text, (f"Inference-Header-Content-Length: {length}",)
    for coding, body in (
        ("gzip", b"no gzip"), ("gzip", gzip.compress(text)[:-9]), ("gzip", gzip.compress(bytes(10**8), 9)),
        ("br", text),
        ("deflate", b"\x00"), ("gzip, gzip", gzip.compress(gzip.compress(text))),
        ("gzip", gzip.compress(text) + b"more"),
    ):  # fmt: skip
        yield f"coding-{coding}-{len(body)}", body, (f"Content-Encoding: {coding}",)


def _filters() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    for name, value in (
        ("filter", b"nope"), ("filter", b"\xff\xfe"), ("kernel", b"[[]]"), ("kernel", b"[[1e999]]"),
        ("kernel", b"[" * 70),
        ("kernel", json.dumps([[1] * 32] * 32).encode()), ("kernel", b'[["1"]]'), ("kernel", b"[[1],[1,2]]"),
        ("kernel", b"[[NaN]]"),
        ("steps", b"[]"), ("steps", b'[{"op":"exec"}]'), ("steps", b"[" + b'{"op":"relu"},' * 40 + b'{"op":"relu"}]'),
        ("steps", b'[{"op":"max_pool","size":17}]'), ("steps", b'[{"op":"max_pool","size":0}]'), ("steps", b"1"),
        ("none", b""),
        ("filters", b",".join([b"sharpen"] * 40)), ("filters", b""),
    ):  # fmt: skip
        yield f"{name}-{value[:12]!r}", [(name, value)]
    for field, value in (
        ("stride", b"0"), ("stride", b"-1"), ("stride", b"17"), ("stride", b"1,2,3"), ("stride", b"1.5"),
        ("padding", b"-1"),
        ("padding", b"65"), ("padding", b"huge"), ("divisor", b"0"), ("divisor", b"nan"), ("divisor", b"1e-300"),
        ("at", b"999,999"),
        ("at", b"x"), ("scale", b"none"), ("color", b"pink"), ("pad_mode", b"wrap"), ("unknown", b"1"),
        ("stride", b"9" * 5000),
    ):  # fmt: skip
        yield f"{field}-{value[:12]!r}", [("filter", b"sharpen"), (field, value)]
    yield "twenty-fields", [("filter", b"sharpen"), *((f"f{i}", b"1") for i in range(20))]


def _forms() -> Iterator[tuple[str, bytes]]:
    good = form(("file", "a.png", encode_png(np.zeros((9, 9), np.uint8))))
    yield "no-end", good[:-6]
    yield "many-files", form(*((("file", "a.png", b"x"),) * 65))
    yield "no-name", good.replace(b'name="file"; ', b"")
    yield "other-name", good.replace(b'name="file"', b'name="nope"')
    yield "header-long", good.replace(b'filename="a.png"', b'filename="' + b"a" * 9000 + b'"')
    yield "headers-many", good.replace(b"\r\n\r\n", b"\r\n" + b"X: y\r\n" * 50 + b"\r\n", 1)
    yield "path", form(("file", "../../etc/passwd", b"x"))
    yield "forged", form(("file", "a\u2028ERROR forged\x1b[2J", b"x"))
    yield "only-boundary", b"--XX--\r\n"
    yield "boundaries", b"--XX\r\n" * 10_000
    yield "hyphens", b"-" * 10**6


def _http(native: str) -> Iterator[Case]:
    line = f"POST {native} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    for name, text in (
        ("nonsense", "NONSENSE\r\n\r\n"), ("tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc"), ("version",
        "GET / HTTP/7.7\r\n\r\n"),
        ("two-lengths", line + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
        ("length-word", line + "Content-Length: x\r\n\r\n"),
        ("length-minus", line + "Content-Length: -1\r\n\r\n"),
        ("length-huge", line + f"Content-Length: {2**70}\r\n\r\n"),
        ("smuggle", line + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("chunk-word", line + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ("coding", line + "Transfer-Encoding: gzip\r\n\r\n"),
        ("chunk-huge", line + "Transfer-Encoding: chunked\r\n\r\n" + "f" * 20 + "\r\n"), ("nul",
        "GET /\0 HTTP/1.1\r\n\r\n"),
        ("space", "GET /a b HTTP/1.1\r\n\r\n"), ("colon", "GET / HTTP/1.1\r\nnone\r\n\r\n"), ("split",
        "GET /%0d%0aX:1 HTTP/1.1\r\n\r\n"),
        ("head-line", line + "X: " + "a" * 40_000 + "\r\n\r\n"), ("head-many", line + "X: y\r\n" * 9000 + "\r\n"),
        ("address", f"GET /{'a' * 40_000} HTTP/1.1\r\nHost: x\r\n\r\n"), ("connect",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("trace", "TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), ("utf8",
        "GET /\xff\xfe HTTP/1.1\r\n\r\n"),
        ("delete", "DELETE /api/v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ):  # fmt: skip
        yield Case(f"http/{name}", text.encode("latin-1"))
    paths = (
        "/../../etc/passwd", "/css/..%2f..%2fapp.py", "/api/v1/models/..%2f..", "/api/v1/models/%00",
        "/api/v1/models/" + "a" * 5000,
        "/v2/models//infer", "/v2/models/x%0aINFO/ready", "/v1/models/%2e%2e:predict",
        "/api/v1/models/x/failures/-1.png",
        "/api/v1/datasets/mnist/test/99999999999999999999", "/api/v1/datasets/..%2f/test/1", "/api/v1/limits?x=1",
    )  # fmt: skip
    for path in paths:
        yield Case(f"path/{path[:40]}", f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    for query in ("top_k=0", "top_k=-1", "top_k=1e9", "top_k=99999999999999999999",
                  "top_k=3&top_k=4", "nope=1", "box=1,2", "rotate=45",
                  "polarity=x", "version=..", "version=99", "preprocess=x"):  # fmt: skip
        yield Case(f"query/{query}", post(f"{native}?{query}", encode_png(np.zeros((9, 9), np.uint8))))
