"""The text format as its specification and protobuf's own reader have it."""

import random

import pytest
from google.protobuf import descriptor_pb2, text_format

from service.errors import PackageError
from service.inference.package.text_format import DEEPEST, parse_text_format
from tests.paths import MODELS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\"a\" 'b'", "ab"),
        ('"a"\n  "b" # one more\n\'c\'', "abc"),
        (r'"\a\b\f\n\r\t\v\\\'\""', "\a\b\f\n\r\t\v\\'\""),
        (r'"\101\x41\x9\0"', "AA\t\0"),
        (r'"\303\251" "\xc3" "\xa9"', "éé"),  # bytes of UTF-8, also in two strings
        ("'é # no comment'", "é # no comment"),
        ('""', ""),
        ("-5", "-5"),
        ("0x1F", "0x1F"),
        ("017", "017"),
        ("1.5e-3f", "1.5e-3f"),
        (".5", ".5"),
        ("1.", "1."),
        ("-inf", "-inf"),
        ("nan", "nan"),
        ("true", "true"),
        ("TYPE_FP32", "TYPE_FP32"),
    ],
)
def test_a_value_is_what_the_specification_says(text: str, value: str) -> None:
    assert parse_text_format(f"field: {text}") == {"field": [value]}
    assert parse_text_format(f"field:[{text},{text}];") == {"field": [value, value]}


def test_unicode_escapes_and_a_sign_that_stands_apart() -> None:
    """Both are in the specification, and C++'s reader takes them; Python's does not."""
    assert parse_text_format(r'a: "\u00e9\U0001F600" b: - # minus' + "\n 5") == {"a": ["é😀"], "b": ["-5"]}


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a { b: 1 } a: < b: 2 > a [ { b: 3 }, < b: 4 > ]", {"a": [{"b": [str(n)]} for n in (1, 2, 3, 4)]}),
        ("a [] b: [ ]", {"a": [], "b": []}),
        ("a:1,b:2;c:3 d:4", {"a": ["1"], "b": ["2"], "c": ["3"], "d": ["4"]}),
        ("[a.b_c.d]: 1", {"[a.b_c.d]": ["1"]}),
        ("[type.googleapis.com/p.M] { x: 1 }", {"[type.googleapis.com/p.M]": [{"x": ["1"]}]}),
        ('a:1b:"x"c:2', None),
        ('a:"x"b:2', {"a": ["x"], "b": ["2"]}),
        ("# a: 1\n\f\v\ta: 2 # b", {"a": ["2"]}),
    ],
)
def test_fields_and_what_stands_between_them(text: str, fields: dict[str, object] | None) -> None:
    if fields is None:
        with pytest.raises(PackageError):
            parse_text_format(text)
    else:
        assert parse_text_format(text) == fields


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('a: "open', "line 1 cannot be read"),
        ('a: "x\ny"', "line 1 cannot be read"),
        ('\n\na: "\\q"', "line 3: a string has an escape that is none of the format"),
        (r'a: "\400"', "line 1: a string has an escape"),
        (r'a: "\ud800"', "line 1: a string has an escape"),
        (r'a: "\377"', "line 1: a string is no UTF-8"),
        ("a: 1\nb: }", "line 2: a value was expected, not '}'"),
        ("a {\n b: 1", "line 2: a field's name or '}' was expected, not 'the end'"),
        ("a { b: 1 >", "line 1: a field's name or '}' was expected, not '>'"),
        ("a: [1, 2", "line 1: ',' or ']' was expected, not 'the end'"),
        ("a: [1 2]", "line 1: ',' or ']' was expected, not '2'"),
        ("a: [1,]", "line 1: a value was expected, not ']'"),
        ("a: [[1]]", "line 1: a value was expected, not '['"),
        ("}", "line 1: a field's name was expected, not '}'"),
        ("a: 1,,", "line 1: a field's name was expected, not ','"),
        ("a 1", "line 1: ':' or a message was expected, not '1'"),
        ("a [1]", "line 1: ':' or a message was expected, not '1'"),
        ("a: -b", "line 1: a number was expected, not 'b'"),
        ("a: 08", "line 1 cannot be read"),
        ("a: 1.2.3", "line 1 cannot be read"),
        ("5: 1", "line 1: a field's name was expected, not '5'"),
        ("[]: 1", "line 1: an extension's name and ']' was expected, not ']'"),
        ("ä: 1", "line 1 cannot be read"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(PackageError) as caught:
        parse_text_format(text)
    assert caught.value.message.startswith(f"config.pbtxt: {sentence}")


@pytest.mark.parametrize(("opening", "closing"), [("a {", "}"), ("a: <", ">"), ("a [{", "}]")])
def test_nesting_is_bounded(opening: str, closing: str) -> None:
    assert parse_text_format(opening * DEEPEST + closing * DEEPEST)
    for depth in (DEEPEST + 1, 10_000):
        with pytest.raises(PackageError, match="messages may be nested 64 deep and no deeper"):
            parse_text_format(opening * depth + closing * depth)


def test_text_that_protobuf_itself_writes_is_read() -> None:
    """Any message will do: the format is the same for all."""
    message = descriptor_pb2.FileDescriptorProto(name='a "quoted"\nnäme', package="p{}#", public_dependency=[1, 2, -3])
    message.message_type.add(name="M").field.add(name="f", number=7, label="LABEL_OPTIONAL")
    message.message_type.add(name="N")
    for options in (
        {},
        {"as_one_line": True},
        {"use_short_repeated_primitives": True},
        {"pointy_brackets": True},
        {"as_utf8": True},
        {"force_colon": True},
    ):
        fields = parse_text_format(text_format.MessageToString(message, **options))
        assert fields["name"] == ['a "quoted"\nnäme']
        assert fields["package"] == ["p{}#"]
        assert fields["public_dependency"] == ["1", "2", "-3"]
        assert [m["name"] for m in fields["message_type"]] == [["M"], ["N"]]
        assert fields["message_type"][0]["field"][0]["label"] == ["LABEL_OPTIONAL"]


def test_what_protobuf_reads_is_read_and_damage_is_a_package_error() -> None:
    """A thousand small changes to a text, each held against protobuf's reader."""
    text = """
    name: "aA" 'b' # comment
    dependency: [ "x", 'y' "z" ]; public_dependency: -1, public_dependency: 0x1F
    message_type { name: "M" field: < name: "f" number: 7 label: LABEL_OPTIONAL > }
    message_type [ { name: "N" }, { name: "O" } ]
    options { deprecated: true java_package: "p" }
    """
    pieces = [
        "{",
        "}",
        "<",
        ">",
        "[",
        "]",
        ",",
        ";",
        ":",
        '"',
        "'",
        "#",
        "\n",
        "-",
        "1",
        ".",
        " ",
        "x",
        "0x1F ",
        '"s" ',
    ]
    rng = random.Random(0)
    accepted = 0
    for _ in range(1500):
        place, piece = rng.randrange(len(text)), rng.choice(pieces)
        changed = text[:place] + piece + text[place + rng.randrange(2) :]
        message = descriptor_pb2.FileDescriptorProto()
        try:
            text_format.Parse(changed, message)
        except text_format.ParseError:
            try:
                parse_text_format(changed)  # what only the schema forbids may pass
            except PackageError:
                continue
        else:
            accepted += 1
            fields = parse_text_format(changed)
            assert fields.get("name", [""])[-1] == message.name
            assert [m.get("name", [""])[-1] for m in fields.get("message_type", [])] == [
                m.name for m in message.message_type
            ]
    assert accepted > 100


@pytest.mark.parametrize("path", sorted(MODELS.glob("*/config.pbtxt")), ids=lambda path: path.parent.name)
def test_every_published_configuration_is_read(path: object) -> None:
    assert parse_text_format(path.read_text())["name"] == [path.parent.name]  # type: ignore[attr-defined]
