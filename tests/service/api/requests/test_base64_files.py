"""base64 as people's tools write it: the same bytes come out, whatever the length."""

import base64
import textwrap
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.requests.base64_files import decode_file

FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "without padding": lambda text: text.rstrip("="),
    "URL-safe": lambda text: text.replace("+", "-").replace("/", "_"),
    "URL-safe without padding": lambda text: text.replace("+", "-").replace("/", "_").rstrip("="),
    "lines of 76, as encodebytes and base64": lambda text: "\n".join(textwrap.wrap(text, 76)) + "\n",
    "lines of 64, as PEM": lambda text: "\r\n".join(textwrap.wrap(text, 64)),
    "URL-safe in lines": lambda text: FORMS["lines of 64, as PEM"](FORMS["URL-safe without padding"](text)),
    "space around": lambda text: f" \t\r\n{text}\n ",
    "data URL": lambda text: f"data:image/png;base64,{text}",
    "data URL with charset": lambda text: f"data:image/png;charset=utf-8;base64,{text}",
    "data URL without a type": lambda text: f"data:;base64,{text}",
    "data URL in capitals, after space": lambda text: f"\n DATA:image/PNG;BASE64,{text}\n",
    "data URL in lines": lambda text: "data:image/png;base64," + FORMS["lines of 76, as encodebytes and base64"](text),
}


@pytest.mark.parametrize("form", FORMS)
@given(data=st.binary(max_size=300))
def test_every_form_gives_the_file(form: str, data: bytes) -> None:
    assert decode_file(FORMS[form](base64.b64encode(data).decode())) == data


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [2**18 * 3 // 4 - 1, 2**18 * 3 // 4, 2**18 * 3 // 4 + 1, 700_001])
def test_a_long_file_is_the_same_over_its_pieces(form: str, size: int) -> None:
    data = (bytes(range(256)) * (size // 256 + 1))[:size]
    assert decode_file(FORMS[form](base64.b64encode(data).decode())) == data


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a", "cut off"),
        ("aaaaa", "cut off"),
        ("a===", "cut off"),
        ("aa=", "padding"),
        ("aaa==", "padding"),
        ("aaaa====", "padding"),
        ("=" * 8, "padding"),
        ("aa==aa==", "before its end"),
        ("aaa=aaaa", "before its end"),
        ("\u00e9aaa", "a character that base64 does not have"),
        ("aaaa aaaa", "a character that base64 does not have"),
        ("aa\x00a", "a character that base64 does not have"),
        ("picture.png", "a character that base64 does not have"),
        ("https://example.com/7.png", "an address"),
        (" HTTP://example.com/7.png", "an address"),
    ],
)
def test_what_is_wrong_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        decode_file(text)


def test_padding_at_the_end_of_a_piece_is_no_end() -> None:
    for text in ("aa==" + "aaaa" * 2**17, "aaaa" * (2**16 - 1) + "aa==" + "aaaa"):
        with pytest.raises(ValueError, match="before its end"):
            decode_file(text)
