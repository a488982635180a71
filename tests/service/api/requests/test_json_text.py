"""JSON of strangers: how deep, and in which bytes."""

import json
import math

import pytest
from hypothesis import given, strategies

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


@pytest.mark.parametrize("text", [b"[NaN]", b"[Infinity, 1]", b"[-Infinity]"])
def test_what_json_has_not_is_read_for_who_explains_it(text: bytes) -> None:
    with pytest.raises(ValueError, match="line 1 column"):
        read_json(text)
    assert not math.isfinite(read_json(text, strict=False)[0])


@pytest.mark.parametrize("text", [b"1e400", b"-1e400", b"1" * 400])
def test_a_number_that_no_double_holds_is_an_error(text: bytes) -> None:
    """Else a tensor would get an infinity that nobody sent."""
    with pytest.raises(ValueError, match="infinity"):
        read_json(text)


@given(
    strategies.recursive(
        strategies.none() | strategies.booleans() | strategies.integers(-(2**63), 2**64 - 1)
        | strategies.floats(allow_nan=False, allow_infinity=False) | strategies.text(),
        lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
    )
)  # fmt: skip
def test_what_was_written_is_read(document: object) -> None:
    """To the last bit of each number."""
    for text in (json.dumps(document), json.dumps(document, ensure_ascii=False)):
        assert repr(read_json(text)) == repr(document)
