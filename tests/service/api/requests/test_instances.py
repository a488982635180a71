"""JSON instances, and that a long body means the same as a short one."""

import base64
import json
from typing import Any

import pytest

from service.api.requests.instances import parse_instances
from service.errors import FeaturemapError, InvalidInput, MalformedRequest, PayloadTooLarge
from service.inference.inputs import Numbers, Upload

MANY = 10**9


def picture(seed: int, channel: bool) -> Any:
    rows = [[(seed * 31 + y * 7 + x) % 100 / 100 for x in range(28)] for y in range(28)]
    return [[[value] for value in row] for row in rows] if channel else rows


@pytest.mark.parametrize("channel", [False, True])
@pytest.mark.parametrize("form", [{}, {"separators": (",", ":")}, {"indent": 1}])
def test_a_long_body_gives_the_same_numbers_as_json_does(channel: bool, form: dict[str, Any]) -> None:
    instances = [picture(k, channel) for k in range(64)]
    body = json.dumps({"instances": instances}, **form).encode()
    assert len(body) > 2**17
    items = parse_instances(body, 64, MANY)
    assert items == [Numbers(instance) for instance in instances]


@pytest.mark.parametrize(
    "twist",
    [
        lambda text: text.replace(b"0.5", b'"]],[["', 1),
        lambda text: text.replace(b"0.5", b'"]], [["', 1),
        lambda text: text.replace(b"]], [[", b"]], [[]], [[", 3),
        lambda text: text.replace(b"]], [[", b"]], 7, [[", 3),
        lambda text: text.replace(b"]], [[", b"]], [[[", 1),
        lambda text: text.replace(b"]], [[", b"]],, [[", 1),
        lambda text: text.replace(b"]], [[", b"]] [[", 1),
        lambda text: text.replace(b"]], [[", b'], {"a": [[1], [[', 1),
        lambda text: text.replace(b"]], [[", b']]], "instances": [[[', 1),
        lambda text: text.replace(b"]], [[", b']], {"instances": [[1]]}, [[', 1),
        lambda text: text.replace(b"]], [[", b"]]]}, [[", 1),
        lambda text: text + b"]}",
        lambda text: text[:-1],
        lambda text: text[:-2],
    ],
)
def test_a_twisted_long_body_means_what_json_says_it_means(twist: Any) -> None:
    """The way by pieces may give up, but never read anything else than the whole text says."""
    body = twist(json.dumps({"instances": [picture(k, False) for k in range(64)]}).encode())
    assert len(body) > 2**17
    try:
        expected = json.loads(body)["instances"]
    except ValueError:
        with pytest.raises(MalformedRequest):
            parse_instances(body, MANY, MANY)
    else:
        assert parse_instances(body, MANY, MANY) == [Numbers(instance) for instance in expected]


def test_files_of_any_length_come_out_as_they_were() -> None:
    for size in (1, 2, 3, 2**18 * 3 // 4, 2**18, 2**20 + 1):
        data = bytes(range(256)) * (size // 256 + 1)
        text = base64.b64encode(data[:size]).decode()
        body = json.dumps({"instances": [text, f"data:image/png;base64,{text}"]}).encode()
        for k, item in enumerate(parse_instances(body, 2, 0)):
            assert item == Upload(data[:size], where=f"instance {k}: ")


@pytest.mark.parametrize(
    "text", ["a", "a===", "aa==aa==", "aaa=aaaa", "\u00e9aaa", "aaaa aaaa", "=" * 8, "MARKER!", "https://MARKER/7.png"]
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_is_no_base64_is_refused(text: str, wrapped: bool) -> None:
    instance = {"b64": text} if wrapped else text
    with pytest.raises(
        InvalidInput, match=r"^instance 1: a string must be a picture file in base64: .*[^.]\.$"
    ) as caught:
        parse_instances(json.dumps({"instances": ["aaaa", instance]}).encode(), 2, 0)
    assert "MARKER" not in caught.value.message


def test_an_object_with_b64_is_a_file_as_a_string_is() -> None:
    data = bytes(range(256))
    text = base64.encodebytes(data).decode()
    body = json.dumps({"instances": [{"b64": text}, text, {"b64": f"data:image/png;base64,{text}"}]}).encode()
    assert parse_instances(body, 3, 0) == [Upload(data, where=f"instance {k}: ") for k in range(3)]


@pytest.mark.parametrize("instance", [{"b64": 7}, {"b64": None}, {"b64": ["aaaa"]}, {"b64": "aaaa", "name": "a.png"}])
def test_an_object_with_b64_has_nothing_else(instance: Any) -> None:
    with pytest.raises(InvalidInput, match=r'^instance 1: an object must be \{"b64": "..."\}'):
        parse_instances(json.dumps({"instances": ["aaaa", instance]}).encode(), 2, 0)


def test_padding_in_the_middle_of_a_long_file_is_refused() -> None:
    text = "aa==" + "aaaa" * 2**17
    with pytest.raises(InvalidInput):
        parse_instances(json.dumps({"instances": [text]}).encode(), 2, 0)
    text = "aaaa" * 2**16
    text = text[:-2] + "==" + "aaaa"  # the padding ends a chunk
    with pytest.raises(InvalidInput):
        parse_instances(json.dumps({"instances": [text]}).encode(), 2, 0)


def test_too_many_numbers_are_refused_before_they_are_parsed() -> None:
    body = b'{"instances": [[' + b"0," * 10_000 + b"0]]}"
    with pytest.raises(PayloadTooLarge) as caught:
        parse_instances(body, 2, 1568)
    assert caught.value.details == {"limit": 1568, "actual": 10_001}


def test_whatever_is_wrong_is_an_error_of_ours() -> None:
    for text in ("", "{", "NaN", '"x"', '{"instances": {"a": 1}}', '{"instances": [], "b": 1}', "\x00"):
        with pytest.raises(FeaturemapError):
            parse_instances(text.encode(), 2, 2)
