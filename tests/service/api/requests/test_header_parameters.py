"""A header's parameters, held against python-multipart's reading of well-formed ones."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.multipart import parse_options_header

from service.api.requests.header_parameters import header_parameters

NAMES = st.text("abcNAME-_", min_size=1, max_size=8)
TOKENS = st.text("abcXYZ019.-_'%", min_size=1, max_size=8)
# Without a backslash before a quote or the end, where python-multipart takes `\\"` for an escaped quote.
QUOTED = st.text('ab;= \t,\u00e9"\\', max_size=8).map(lambda text: re.sub(r'\\+(?="|$)', "", text))
SPACES = st.text(" \t", max_size=2)


@given(st.lists(st.tuples(NAMES, st.booleans(), TOKENS, QUOTED, SPACES, SPACES), max_size=4))
def test_well_formed_parameters_are_read_as_python_multipart_does(
    parameters: list[tuple[str, bool, str, str, str, str]],
) -> None:
    value = "form-data"
    for name, quoted, token, text, before, after in parameters:
        written = text.replace('"', '\\"')
        value += f";{before}{name}={after}" + (f'"{written}"' if quoted else token)
    header = value.encode("utf-8")
    assert header_parameters(header) == parse_options_header(header)[1]


@pytest.mark.parametrize(
    ("header", "parameters"),
    [
        (b"", {}),
        (b"form-data", {}),
        (b"form-data; name", {}),
        (b"form-data; name=", {b"name": b""}),
        (b'form-data; name=""', {b"name": b""}),
        (b'form-data; NAME="a;b=c"; x=1', {b"name": b"a;b=c", b"x": b"1"}),
        (b'form-data; name="a\\"b\\\\c"', {b"name": b'a"b\\c'}),
        (b'form-data; name="a\\b"', {b"name": b"a\\b"}),
        (b'form-data; name="a', {b"name": b'"a'}),
        (b'form-data; name="a"junk; x=1', {b"name": b"a", b"x": b"1"}),
        (b"form-data; name=a; name=b", {b"name": b"b"}),
        (b"form-data; filename*=utf-8''%41", {b"filename*": b"utf-8''%41"}),
    ],
)
def test_parameters_in_every_form(header: bytes, parameters: dict[bytes, bytes]) -> None:
    assert header_parameters(header) == parameters


@pytest.mark.parametrize("filling", [b";", b';"', b'"', b'\\"', b";a", b";a=", b';a="', b' "'])
def test_a_header_made_to_be_slow_is_not(filling: bytes) -> None:
    header = (b'form-data; a="' + filling * 2**16)[: 2**16]
    started = time.process_time()
    header_parameters(header)
    assert time.process_time() - started < 1
