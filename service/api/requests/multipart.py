"""multipart/form-data (RFC 7578), parsed in memory: nothing is spooled to a disk that may be read-only.

    Content-Type with its boundary + the whole body  ->  list of Part

The body is complete, so what separates its parts is found by `bytes.find`, and no byte is looked at in Python.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from service.api.requests.filenames import file_name, shown_name
from service.api.requests.header_parameters import header_parameters
from service.errors import MalformedRequest, PayloadTooLarge

_MAX_BOUNDARY = 256  # bytes; RFC 2046 says 70
_MAX_HEADERS = 8  # of a part
_KNOWN_TYPES = 32  # of at most a head's size each
_MAX_HEADER = 4224  # bytes of one
# A search holds the interpreter until it is done. In a body made to be slow it takes 10 ns a byte.
_WINDOW = 2**18
_TOKEN = re.compile(rb"[A-Za-z0-9!#$%&'*+\-.^_`|~]*")
_ONE_FILE = re.compile(
    rb'\r\nContent-Disposition: form-data; name="([^"\\\r]{0,1000})"; filename="([^"\\\r]{0,1000})"\r\n'
    rb"(?:Content-Type: [^\r]{0,1000}\r\n)?\r\n"
)
_CLOSED = (b"--", b"--\r\n")  # behind the last boundary
_MOST_HEAD = 3200  # bytes of one that `_ONE_FILE` matches
_HELP = "Send it as `curl -F file=@picture.png` does."
_NO_FORM = f"The body is no multipart form with the boundary that it names. {_HELP}"
_CUT = "The multipart body ends before its closing boundary."


@dataclass(slots=True)
class Part:
    """A field of the form. `filename` is the client's, made safe to show; None for a plain field."""

    name: str
    filename: str | None
    data: bytes


def parse_multipart(content_type: str, body: bytes, max_parts: int) -> list[Part]:
    """The parts in their order. Raises MalformedRequest, or PayloadTooLarge beyond `max_parts`."""
    boundary = _boundary(content_type)
    if not boundary:
        raise MalformedRequest(f"The Content-Type names no multipart boundary. {_HELP}")
    only = _only_part(body, boundary) if len(boundary) <= _MAX_BOUNDARY else None
    if only is not None:
        return [only]
    count = _count(body, b"--" + boundary) - 1
    if count > max_parts:
        raise PayloadTooLarge(
            f"The form has {count} parts; at most {max_parts} are accepted.", limit=max_parts, actual=count
        )
    if len(boundary) > _MAX_BOUNDARY:
        raise MalformedRequest(_NO_FORM)
    return list(_parts(body, boundary))


@lru_cache(_KNOWN_TYPES)
def _boundary(content_type: str) -> bytes | None:
    """Most clients send the same again: a library's own, or that of one form."""
    return header_parameters(content_type.encode("latin-1", errors="replace")).get(b"boundary")


def _only_part(body: bytes, boundary: bytes) -> Part | None:
    """The part of a form with one file, as browsers and libraries write it: what `_parts` gives, at half the price.
    None where it is another form."""
    delimiter = b"\r\n--" + boundary
    start = body.find(b"\r\n\r\n", 0, len(delimiter) + _MOST_HEAD) + 4
    names = _names(body[len(delimiter) - 2 : start]) if body.startswith(delimiter[2:]) else None
    if names is None:
        return None
    end = _find(body, delimiter, start)
    if end < 0 or body[end + len(delimiter) :] not in _CLOSED:  # more may be parts
        return None
    return Part(*names, body[start:end])


@lru_cache(_KNOWN_TYPES)
def _names(head: bytes) -> tuple[str, str] | None:
    """Of the part and of its file, as they are shown, if the part's head is nothing but these and a type. A form that
    is sent again and again begins with the same."""
    found = _ONE_FILE.fullmatch(head)
    if found is None:
        return None
    name, filename = (shown_name(text.decode("utf-8", errors="replace")) for text in found.groups())
    return name, filename


def _parts(body: bytes, boundary: bytes) -> Iterator[Part]:
    # Before the first boundary there may be line breaks, and then whatever has no hyphen.
    opening = body.find(b"-") if body.startswith((b"\r", b"\n")) else 0
    at = _past(body, len(body) if opening < 0 else opening, b"--" + boundary)
    if body.startswith(b"-", at):
        _past(body, at, b"--")
        return
    at, last = _past(body, at, b"\r\n"), False
    while not last:
        disposition, start = _read_headers(body, at)
        end, at, last = _find_end(body, start, b"\r\n--" + boundary)
        parameters = header_parameters(disposition)
        if b"name" not in parameters:
            raise MalformedRequest(f"A part of the form has no name. {_HELP}")
        name = parameters[b"name"].decode("utf-8", errors="replace")
        yield Part(shown_name(name), file_name(parameters), body[start:end])


def _read_headers(body: bytes, at: int) -> tuple[bytes, int]:
    """The last Content-Disposition of the part whose headers begin at `at`, and where its content begins."""
    disposition = b""
    for _ in range(_MAX_HEADERS):
        if body.startswith(b"\r", at):
            return disposition, _past(body, at, b"\r\n")
        end = body.find(b"\r", at, at + _MAX_HEADER + 1)
        line = body[at : end if end >= 0 else at + _MAX_HEADER + 1]
        name, colon, value = line.partition(b":")
        if len(line) > _MAX_HEADER or not _TOKEN.fullmatch(name) or (colon and not name) or (end >= 0 and not colon):
            raise MalformedRequest(_NO_FORM)
        if end < 0:
            raise MalformedRequest(_CUT)
        if name.lower() == b"content-disposition":
            disposition = value or disposition
        at = _past(body, end, b"\r\n")
    return disposition, _past(body, at, b"\r\n")


def _find_end(body: bytes, at: int, delimiter: bytes) -> tuple[int, int, bool]:
    """Where the content that begins at `at` ends, where the next part begins, and whether there is none."""
    while (end := _find(body, delimiter, at)) >= 0:
        at = end + len(delimiter)
        if body.startswith(b"--", at):
            return end, at, True
        if body.startswith(b"\r\n", at):
            return end, at + 2, False
        if body.startswith((b" ", b"\t"), at):  # RFC 2046: padding, which a line of the content cannot have
            while body.startswith((b" ", b"\t"), at):
                at += 1
            return end, _past(body, at, b"\r\n"), False
    raise MalformedRequest(_CUT)


def _past(body: bytes, at: int, token: bytes) -> int:
    """Where `token` ends, which must stand at `at`."""
    if body.startswith(token, at):
        return at + len(token)
    raise MalformedRequest(_CUT if token.startswith(body[at : at + len(token)]) else _NO_FORM)


def _find(body: bytes, text: bytes, at: int) -> int:
    if len(body) <= _WINDOW:
        return body.find(text, at)
    for start in range(at, len(body), _WINDOW):
        if (found := body.find(text, start, start + _WINDOW + len(text) - 1)) >= 0:
            return found
    return -1


def _count(body: bytes, text: bytes) -> int:
    if len(body) <= _WINDOW:
        return body.count(text)
    return sum(body.count(text, s, s + _WINDOW + len(text) - 1) for s in range(0, len(body), _WINDOW))
