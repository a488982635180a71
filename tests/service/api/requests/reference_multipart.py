"""The same parts by python-multipart, which reads a form a byte at a time: what ours is held against."""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

Field = tuple[bytes, bytes]  # its Content-Disposition, its content


class _Collected:
    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.ended = False
        self.begin()

    def begin(self) -> None:
        self._field = b""
        self._disposition = b""
        self._slices: list[bytes] = []

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._field = data[start:end].lower()

    def header_value(self, data: bytes, start: int, end: int) -> None:
        if self._field == b"content-disposition":
            self._disposition = data[start:end]

    def data(self, data: bytes, start: int, end: int) -> None:
        self._slices.append(data[start:end])

    def end_part(self) -> None:
        self.fields.append((self._disposition, b"".join(self._slices)))

    def end(self) -> None:
        self.ended = True


def read_form(boundary: bytes, body: bytes) -> tuple[list[Field], str | None]:
    """The fields that are complete, and what is wrong with what follows them."""
    collected = _Collected()
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": collected.begin,
            "on_header_field": collected.header_field,
            "on_header_value": collected.header_value,
            "on_part_data": collected.data,
            "on_part_end": collected.end_part,
            "on_end": collected.end,
        },
    )
    try:
        parser.write(body)
    except FormParserError:
        return collected.fields, "is no multipart form"
    return collected.fields, None if collected.ended else "ends before its closing boundary"
