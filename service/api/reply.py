"""An answer of the short way, as it is written to the connection."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from service.api.problems import error_response, internal_error
from service.errors import FeaturemapError

_CLOSE = b"connection: close\r\n"


class Reply(NamedTuple):
    """An answer without what every one has: its status, its own header lines, each with its line break, its body."""

    status: int
    headers: bytes
    body: bytes

    def written(self, common: Iterable[tuple[bytes, bytes]], identity: str, last: bool) -> bytes:
        """The whole of it, with what is common to all and the request's id; `last` of its connection."""
        return b"%b%b%bx-request-id: %b\r\n%b\r\n%b" % (
            STATUS_LINE[self.status],
            _common(tuple(common)),
            self.headers,
            identity.encode(),
            _CLOSE if last else b"",
            self.body,
        )


def fault_reply(error: FeaturemapError | None, path: str) -> Reply:
    """What the caller is told of an error at `path`; None: of one that nobody foresaw."""
    response = internal_error(path) if error is None else error_response(error, path)
    fields = [field for field in response.raw_headers if field[0] != b"connection"]
    return Reply(response.status_code, _lines(fields), bytes(response.body))


def head_lines(fields: Iterable[tuple[str, str]], body: bytes, media_type: str) -> bytes:
    """As Starlette's Response has them, in its order."""
    own = "".join([f"{name.lower()}: {value}\r\n" for name, value in fields])
    return f"{own}content-length: {len(body)}\r\ncontent-type: {media_type}\r\n".encode("latin-1")


def _lines(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % field for field in fields])


@lru_cache(maxsize=8)
def _common(fields: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """The lines that all answers of one second have."""
    return _lines(fields)
