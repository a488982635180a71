"""multipart/form-data, parsed in memory: nothing is spooled to a disk that may be read-only.

Content-Type with its boundary + the whole body  ->  list of Part
"""

from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from service.errors import MalformedRequest, PayloadTooLarge

_LONGEST_NAME = 200
_HELP = "Send it as `curl -F file=@picture.png` does."


@dataclass(frozen=True, slots=True)
class Part:
    """A field of the form. `filename` is the client's, without control characters; None for a plain field."""

    name: str
    filename: str | None
    data: bytes


def parse_multipart(content_type: str, body: bytes, max_parts: int) -> list[Part]:
    """The parts in their order. Raises MalformedRequest, or PayloadTooLarge beyond `max_parts`."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise MalformedRequest(f"The Content-Type names no multipart boundary. {_HELP}")
    # Counted before, since the parser takes microseconds for each part, be it ever so small.
    count = body.count(b"--" + boundary) - 1
    if count > max_parts:
        raise PayloadTooLarge(
            f"The form has {count} parts; at most {max_parts} are accepted.", limit=max_parts, actual=count
        )
    parser = _Parser()
    try:
        parser.feed(boundary, body)
    except FormParserError:
        raise MalformedRequest(f"The body is no multipart form with the boundary that it names. {_HELP}") from None
    if not parser.ended:
        raise MalformedRequest("The multipart body ends before its closing boundary.")
    return parser.parts


class _Parser:
    """Collects what python-multipart calls back with: slices of the body."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._begin()

    def feed(self, boundary: bytes, body: bytes) -> None:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_part_data": self._data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )
        parser.write(body)

    def _begin(self) -> None:
        self._field = b""
        self._disposition: bytes | None = None
        self._slices: list[bytes] = []

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field = data[start:end].lower()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        if self._field == b"content-disposition":
            self._disposition = data[start:end]

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._slices.append(data[start:end])

    def _end_part(self) -> None:
        options = parse_options_header(self._disposition)[1]
        if b"name" not in options:
            raise MalformedRequest(f"A part of the form has no name. {_HELP}")
        filename = options.get(b"filename")
        self.parts.append(
            Part(
                name=_text(options[b"name"]),
                filename=None if filename is None else _text(filename),
                data=b"".join(self._slices),
            )
        )

    def _end(self) -> None:
        self.ended = True


def _text(raw: bytes) -> str:
    text = raw.decode("utf-8", errors="replace")[:_LONGEST_NAME]
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
