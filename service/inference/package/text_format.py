"""Protobuf's text format as a dict, without a schema and without protobuf.

    text -> tokens -> fields: each a list of its values, messages as dicts

The grammar is that of protobuf.dev, "Text Format Language Specification". What only a schema could tell, such as
whether a word is an enum's, is left to the reader of a field: numbers and words stay as they are written (`Word`).
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from service.errors import PackageError

DEEPEST = 64  # messages within messages; Triton's own configuration has 6
Fields = dict[str, list[Any]]

_DECIMAL = r"(?:0|[1-9][0-9]*)"
_TOKEN = re.compile(
    rf"""(?P<space>[ \t\n\v\f\r]+|\#[^\n]*)
        |(?P<number>0[xX][0-9A-Fa-f]+(?![A-Za-z0-9_.])|0[0-7]+(?![A-Za-z0-9_.])
            |(?:{_DECIMAL}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?[fF]?(?![A-Za-z0-9_.]))
        |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
        |(?P<string>"(?:\\[^\n]|[^"\\\n])*"|'(?:\\[^\n]|[^'\\\n])*')
        |(?P<sign>[-{{}}\[\]:,;<>./])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|[xX]([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_SINGLE = dict(zip(b"abfnrtv?\\'\"", b"\a\b\f\n\r\t\v?\\'\"", strict=True))


class Word(str):
    """A value without quotes: a number, an enum's name, true, inf. `span`: where it stands in the document."""

    __slots__ = ("span",)
    span: tuple[int, int]

    def __new__(cls, text: str, span: tuple[int, int] = (0, 0)) -> "Word":
        word = super().__new__(cls, text)
        word.span = span
        return word


class _Token(NamedTuple):
    kind: str
    text: str
    line: int
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def parse_text_format(text: str) -> Fields:
    """The fields of a document. Raises PackageError that names the line at fault."""
    return _Parser(text).document()


class _Parser:
    """Recursive descent over the tokens; the last token is one that closes the document."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), _Token("end", "", text.count("\n") + 1, len(text))]
        self._next = 0

    def document(self) -> Fields:
        return self._fields(closing="", depth=0)

    def _at(self, *signs: str) -> bool:
        token = self._tokens[self._next]
        return token.kind == "sign" and token.text in signs

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _fields(self, closing: str, depth: int) -> Fields:
        if depth > DEEPEST:
            raise _fault(self._tokens[self._next], f"messages may be nested {DEEPEST} deep and no deeper")
        fields: Fields = {}
        while True:
            token = self._take()
            if token.text == closing and token.kind in ("sign", "end"):
                return fields
            if token.kind == "name":
                name = token.text
            elif token.text == "[" and token.kind == "sign":
                name = self._extension()
            else:
                raise _expected(token, f"a field's name or {closing!r}" if closing else "a field's name")
            fields.setdefault(name, []).extend(self._values(depth))
            if self._at(",", ";"):
                self._take()

    def _extension(self) -> str:
        """The name of an extension, or of the type in an Any: [a.b.c], [example.com/a.b]."""
        name = ""
        while True:
            token = self._take()
            if token.text == "]" and token.kind == "sign" and name:
                return f"[{name}]"
            if token.kind not in ("name", "number") and token.text not in (".", "/", "-"):
                raise _expected(token, "an extension's name and ']'")
            name += token.text

    def _values(self, depth: int) -> list[Any]:
        """What follows a field's name. Only a message, or a list of them, may stand there without a colon."""
        colon = self._at(":")
        if colon:
            self._take()
        if not self._at("["):
            return [self._value(depth, colon)]
        self._take()
        values: list[Any] = []
        while not self._at("]"):
            if values and not self._at(","):
                raise _expected(self._take(), "',' or ']'")
            if values:
                self._take()
            values.append(self._value(depth, colon))
        self._take()
        return values

    def _value(self, depth: int, scalar: bool) -> Any:
        token = self._take()
        if token.kind == "sign" and token.text in "{<":
            return self._fields({"{": "}", "<": ">"}[token.text], depth + 1)
        if not scalar:
            raise _expected(token, "':' or a message")
        if token.kind == "string":
            return self._string(token)
        if token.kind == "sign" and token.text == "-":
            word = self._take()
            if word.kind == "number" or word.text.lower() in ("inf", "infinity", "nan"):
                return Word(f"-{word.text}", (token.start, word.end))
            raise _expected(word, "a number")
        if token.kind not in ("number", "name"):
            raise _expected(token, "a value")
        return Word(token.text, (token.start, token.end))

    def _string(self, first: _Token) -> str:
        """A string; those that follow each other are one."""
        content = _unescape(first)
        while self._tokens[self._next].kind == "string":
            content += _unescape(self._take())
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise _fault(first, "a string is no UTF-8") from None


def _tokens(text: str) -> Iterator[_Token]:
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise PackageError(f"config.pbtxt: line {line} cannot be read")
        position, found = match.end(), match[0]
        if match.lastgroup != "space":
            yield _Token(str(match.lastgroup), found, line, match.start())
        line += found.count("\n")


def _unescape(token: _Token) -> bytes:
    """The bytes of a string: UTF-8, and whatever its octal and hexadecimal escapes make of it."""

    def replace(match: re.Match[bytes]) -> bytes:
        octal, hexadecimal, *unicode, single = match.groups()
        try:
            if octal or hexadecimal:
                return bytes([int(octal, 8) if octal else int(hexadecimal, 16)])
            if code := unicode[0] or unicode[1]:
                return chr(int(code, 16)).encode()
            return bytes([_SINGLE[single[0]]])
        except (ValueError, KeyError):
            raise _fault(token, "a string has an escape that is none of the format") from None

    return _ESCAPE.sub(replace, token.text[1:-1].encode())


def _expected(token: _Token, wanted: str) -> PackageError:
    return _fault(token, f"{wanted} was expected, not {token.text[:40] or 'the end'!r}")


def _fault(token: _Token, sentence: str) -> PackageError:
    return PackageError(f"config.pbtxt: line {token.line}: {sentence}")
