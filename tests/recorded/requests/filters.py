"""The convolution lab: named filters, kernels, steps, geometry, sheets, and forms that are wrong."""

import json
from collections.abc import Iterator
from itertools import chain

from tests.recorded.files import good, large
from tests.recorded.pictures import encoded, png
from tests.recorded.request import FORM, Part, Request, form, get, post, post_form
from tests.recorded.requests.models import API

_APPLY = f"{API}/filters/apply"
NAMES = [
    *("identity", "box_blur", "edge_detection", "sharpen", "gaussian_blur", "gaussian_blur_5", "sobel_x"),
    *("sobel_y", "prewitt_x", "prewitt_y", "laplacian", "emboss", "outline", "unsharp"),
]
_EDGE = "[[-1,-1,-1],[-1,8,-1],[-1,-1,-1]]"
_SMALL = "[[1,2],[3,4]]"
_STEPS = '[{"op":"convolve","filter":"sobel_x"},{"op":"relu"},{"op":"max_pool","size":2}]'
_KERNELS = {
    "edge": _EDGE,
    "one": "[[1]]",
    "row": "[[1,0,-1]]",
    "column": "[[1],[2],[1]]",
    "even": _SMALL,
    "wide": json.dumps([[1] * 31] * 3),
    "largest": json.dumps([[(i * j) % 7 - 3 for j in range(31)] for i in range(31)]),
    "too-wide": json.dumps([[1] * 32]),
    "zero": "[[0,0],[0,0]]",
    "floats": "[[0.1,0.25],[-0.5,1e3]]",
    "tiny": "[[1e-44]]",
    "large": "[[1000001]]",
    "nan": "[[NaN]]",
    "infinite": "[[1e999]]",
    "ragged": "[[1,2],[3]]",
    "empty": "[]",
    "of-empty": "[[]]",
    "flat": "[1,2,3]",
    "word": '[["a"]]',
    "true": "[[true]]",
    "null": "null",
    "no-json": "1 2 3",
    "deep": "[[[1]]]",
    "python": "[[1,],]",
}
_FIELDS: dict[str, dict[str, str]] = {
    "divisor": {"kernel": _SMALL, "divisor": "10"},
    "divisor-negative": {"kernel": _SMALL, "divisor": "-2.5"},
    "divisor-zero": {"kernel": _SMALL, "divisor": "0"},
    "divisor-tiny": {"kernel": _SMALL, "divisor": "1e-7"},
    "divisor-word": {"kernel": _SMALL, "divisor": "ten"},
    "divisor-infinite": {"kernel": _SMALL, "divisor": "inf"},
    "divisor-of-filter": {"filter": "box_blur", "divisor": "4"},
    "stride": {"filter": "sharpen", "stride": "2"},
    "stride-two": {"filter": "sharpen", "stride": "3,1"},
    "stride-spaces": {"filter": "sharpen", "stride": " 2 , 3 "},
    "stride-zero": {"filter": "sharpen", "stride": "0"},
    "stride-most": {"filter": "sharpen", "stride": "256"},
    "stride-beyond": {"filter": "sharpen", "stride": "257"},
    "stride-three": {"filter": "sharpen", "stride": "1,2,3"},
    "stride-half": {"filter": "sharpen", "stride": "1.5"},
    "same": {"filter": "outline", "padding": "same"},
    "valid": {"filter": "outline", "padding": "valid"},
    "padding-number": {"filter": "outline", "padding": "7"},
    "padding-two": {"filter": "outline", "padding": "valid,4"},
    "padding-negative": {"filter": "outline", "padding": "-1"},
    "padding-beyond": {"filter": "outline", "padding": "4097"},
    "padding-word": {"filter": "outline", "padding": "full"},
    "padding-stride": {"filter": "outline", "padding": "5,2", "stride": "2,3", "pad_mode": "edge"},
    "pad-edge": {"filter": "box_blur", "pad_mode": "edge"},
    "pad-reflect": {"filter": "gaussian_blur_5", "pad_mode": "reflect"},
    "pad-reflect-far": {"filter": "box_blur", "pad_mode": "reflect", "padding": "600"},
    "pad-word": {"filter": "box_blur", "pad_mode": "wrap"},
    "scale-clip": {"filter": "sobel_x", "scale": "clip"},
    "scale-abs": {"filter": "sobel_x", "scale": "abs"},
    "scale-centre": {"filter": "sobel_x", "scale": "centre"},
    "scale-minmax": {"filter": "sobel_x", "scale": "minmax"},
    "scale-word": {"filter": "sobel_x", "scale": "auto"},
    "scale-tiny": {"kernel": "[[1e-44]]", "scale": "minmax"},
    "grey": {"filter": "emboss", "color": "grey"},
    "keep": {"filter": "emboss", "color": "keep"},
    "color-word": {"filter": "emboss", "color": "red"},
    "at": {"filter": "sharpen", "at": "20,30"},
    "at-corner": {"kernel": _EDGE, "at": "0,0", "padding": "same"},
    "at-outside": {"filter": "sharpen", "at": "200,3"},
    "at-negative": {"filter": "sharpen", "at": "-1,3"},
    "at-one": {"filter": "sharpen", "at": "3"},
    "at-word": {"filter": "sharpen", "at": "a,b"},
    "at-grey": {"filter": "gaussian_blur", "at": "5,6", "color": "grey", "stride": "2"},
    "unknown-filter": {"filter": "sharper"},
    "empty-filter": {"filter": ""},
    "two-ways": {"filter": "sharpen", "kernel": _EDGE},
    "no-way": {"stride": "2"},
    "unknown-field": {"filter": "sharpen", "radius": "2"},
    "several-faults": {"filter": "sharpen", "stride": "0", "padding": "x", "scale": "y", "at": "z"},
}
_SHEETS: dict[str, dict[str, str]] = {
    "three": {"filters": "sharpen,emboss,outline"},
    "four-spaces": {"filters": " box_blur , sobel_x,sobel_y , laplacian "},
    "twelve": {"filters": ",".join(NAMES[:12])},
    "thirteen": {"filters": ",".join(NAMES[:13])},
    "same-twice": {"filters": "sharpen,sharpen"},
    "scaled": {"filters": "sobel_x,laplacian", "scale": "centre", "color": "grey"},
    "valid": {"filters": "sharpen,unsharp", "padding": "valid", "stride": "2"},
    "unknown": {"filters": "sharpen,sharper"},
    "empty": {"filters": ""},
    "hole": {"filters": "sharpen,,emboss"},
    "at": {"filters": "sharpen,emboss", "at": "1,1"},
}
_SEQUENCES = {
    "three": _STEPS,
    "one": '[{"op":"relu"}]',
    "pool-max": '[{"op":"max_pool","size":3,"stride":2,"padding":"same"}]',
    "pool-average": '[{"op":"avg_pool","size":[4,2]}]',
    "pool-default": '[{"op":"max_pool"}]',
    "kernel": f'[{{"op":"convolve","kernel":{_SMALL},"divisor":10,"stride":2,"pad_mode":"edge"}},{{"op":"relu"}}]',
    "network": json.dumps([{"op": "convolve", "filter": "edge_detection"}, {"op": "avg_pool", "size": 2}] * 3),
    "sixteen": json.dumps([{"op": "relu"}] * 16),
    "seventeen": json.dumps([{"op": "relu"}] * 17),
    "none": "[]",
    "object": '{"op":"relu"}',
    "numbers": "[1,2]",
    "no-json": "relu",
    "unknown-op": '[{"op":"softmax"}]',
    "no-op": '[{"filter":"sharpen"}]',
    "relu-with-more": '[{"op":"relu","size":2}]',
    "pool-with-filter": '[{"op":"max_pool","filter":"sharpen"}]',
    "convolve-nothing": '[{"op":"convolve"}]',
    "convolve-both": f'[{{"op":"convolve","filter":"sharpen","kernel":{_SMALL}}}]',
    "unknown-filter": '[{"op":"relu"},{"op":"convolve","filter":"nope"}]',
    "unknown-field": '[{"op":"relu"},{"op":"convolve","filter":"sharpen","radius":2}]',
    "size-beyond": '[{"op":"max_pool","size":32}]',
    "too-small": json.dumps([{"op": "max_pool", "size": 8}] * 4),
    "kernel-wrong": '[{"op":"convolve","kernel":[[1],[2,3]]}]',
}
_ACCEPTS = (
    "application/json",
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/*",
    "*/*",
    "image/webp;q=0.5, image/jpeg",
    "image/gif",
    "text/html",
    "application/json;q=0.9, image/png;q=0.1",
    "image/*;q=0, application/json",
)


def requests() -> Iterator[Request]:
    return chain(_named(), _fields(), _accepted(), _forms())


def _named() -> Iterator[Request]:
    yield get("filters", f"{API}/filters")
    yield get("filters/unknown-name", f"{API}/filters?name=sharpen")
    yield get("filters/accept-png", f"{API}/filters", "image/png")
    for name in NAMES:
        yield _apply(f"named/{name}", "png-colour", "application/json", filter=name)
        yield _apply(f"named/{name}/grey", "png-grey", "image/png", filter=name, scale="centre")
    for name in ("png-colour-alpha", "png-grey-alpha", "png-16-bit", "jpeg-cmyk", "gif", "webp-alpha"):
        yield _apply(f"mode/{name}", name, "application/json", filter="edge_detection", scale="abs")
        yield _apply(f"mode/{name}/jpeg", name, "image/jpeg", filter="sharpen", color="grey")


def _fields() -> Iterator[Request]:
    for name, kernel in _KERNELS.items():
        yield _apply(f"kernel/{name}", "png-grey", "application/json", kernel=kernel)
    for name, fields in _FIELDS.items():
        yield _apply(f"field/{name}", "png-colour", "application/json", **fields)
    for name, fields in _SHEETS.items():
        yield _apply(f"sheet/{name}", "png-colour", "application/json", **fields)
    for name, steps in _SEQUENCES.items():
        yield _apply(f"steps/{name}", "png-colour", "application/json", steps=steps)
    yield _apply("steps/at", "png-colour", "application/json", steps=_STEPS, at="3,4")
    yield _apply("steps/stride-beside", "png-colour", "application/json", steps=_STEPS, stride="2")
    small = Part("file", png("digit"), "seven.png")
    for name in ("identity", "sobel_y", "unsharp"):
        field = Part("filter", name.encode())
        yield post_form(f"filters/values/{name}", _APPLY, small, field, accept="application/json")


def _accepted() -> Iterator[Request]:
    for accept in _ACCEPTS:
        yield _apply(f"accept/{accept}", "png-colour", accept, filter="sharpen")
        yield _apply(f"accept/alpha/{accept}", "png-colour-alpha", accept, filter="box_blur")
    for accept in ("image/png", "image/jpeg", "image/webp"):
        yield _apply(f"accept/sheet/{accept}", "png-colour", accept, filters="sharpen,emboss,outline,unsharp")
        yield _apply(f"accept/at/{accept}", "png-colour", accept, filter="sharpen", at="1,1")
    yield _apply("accept/at/none", "png-colour", None, filter="sharpen", at="1,1")
    yield _apply("accept/none", "png-colour", None, filter="sharpen")
    wide = Part("file", encoded(large(600)), "large.png")
    yield post_form(
        "filters/large", _APPLY, wide, Part("kernel", _KERNELS["largest"].encode()), Part("scale", b"minmax")
    )
    long = Part("file", encoded(large(40)), "small.png")
    fields = [Part("filter", b"identity"), Part("padding", b"valid,4096"), Part("stride", b"8,1")]
    yield post_form("filters/tall", _APPLY, long, *fields)
    pooled = [Part("filter", b"identity"), Part("padding", b"4096,4096")]
    yield post_form("filters/beyond-pixels", _APPLY, long, *pooled)


def _forms() -> Iterator[Request]:
    file, sharpen = Part("file", png("digit"), "seven.png"), Part("filter", b"sharpen")
    yield post_form("filters/form/no-file", _APPLY, sharpen)
    yield post_form("filters/form/empty-file", _APPLY, Part("file", b"", ""), sharpen)
    yield post_form("filters/form/two-files", _APPLY, file, file, sharpen)
    yield post_form("filters/form/field-twice", _APPLY, file, sharpen, Part("filter", b"emboss"))
    yield post_form("filters/form/17-parts", _APPLY, file, *[sharpen] * 16)
    yield post_form("filters/form/file-alone", _APPLY, file)
    yield post_form("filters/form/not-utf-8", _APPLY, file, Part("filter", b"\xff\xfe"))
    yield post_form("filters/form/query", f"{_APPLY}?filter=sharpen", file, sharpen)
    yield post("filters/form/json", _APPLY, b"{}", "application/json")
    yield post("filters/form/raw", _APPLY, file.data, "image/png")
    yield post("filters/form/no-type", _APPLY, file.data, None)
    yield post("filters/form/empty", _APPLY, b"", FORM)
    yield post("filters/form/no-boundary", _APPLY, form([file, sharpen]), "multipart/form-data")
    yield post("filters/form/not-closed", _APPLY, form([file, sharpen])[:-40], FORM)
    encoded_form = (("content-type", FORM), ("content-encoding", "gzip"))
    yield Request("filters/form/gzip", "POST", _APPLY, encoded_form, form([file, sharpen]))
    chunked = (("content-type", FORM), ("accept", "application/json"))
    yield Request("filters/form/chunked", "POST", _APPLY, chunked, form([file, sharpen]), chunked=True)


def _apply(name: str, file: str, accept: str | None, **fields: str) -> Request:
    parts = [Part("file", good()[file], file), *(Part(field, text.encode()) for field, text in fields.items())]
    return post_form(f"filters/{name}", _APPLY, *parts, accept=accept)
