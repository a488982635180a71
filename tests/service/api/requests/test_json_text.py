"""JSON of strangers: how deep, and in which bytes."""

import json

import pytest

from service.api.requests.json_text import MAX_DEPTH, read_json


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_depth(opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    assert read_json(opening * MAX_DEPTH + "1" + closing * MAX_DEPTH) is not None
    for depth in (MAX_DEPTH + 1, 100, 1000, 10**6):
        with pytest.raises(ValueError, match="deep"):
            read_json(opening * depth + "1" + closing * depth)


@pytest.mark.parametrize("told", [
    [[1]] * 500, {"a": "[" * 500}, {'"\\': ["{\\" * 100, '"' + "[" * 70]}, [{"a": []}] * 200, "[" * 900,
])  # fmt: skip
def test_many_brackets_are_not_depth(told: object) -> None:
    assert read_json(json.dumps(told)) == told


@pytest.mark.parametrize("text", [
    b'"\xff"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xe2\x82"', b"\xff\xfe[\x001\x00]\x00",
    b'"\\ud800"', b"\xef\xbb\xbf[1]", b"[1]]", b"]" * 99 + b"[" * 99, b"",
])  # fmt: skip
def test_what_is_no_json_in_utf8(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(text)
