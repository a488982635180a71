"""Bodies that are compressed, both ways: gzip, and deflate, which is the stream of zlib (RFC 1950).

Content-Encoding + body  ->  decompress  ->  body       Accept-Encoding  ->  preferred_coding  ->  compress
"""

import gzip
import zlib
from typing import Literal

from service.errors import MalformedRequest, PayloadTooLarge, UnsupportedEncoding

Coding = Literal["gzip", "deflate"]

_CODINGS: dict[str, Coding] = {"gzip": "gzip", "deflate": "deflate"}
_WINDOW: dict[Coding, int] = {"gzip": 31, "deflate": 15}
_LEVEL = 1  # answers are numbers: more effort hardly shrinks them


def check_coding(content_encoding: str | None) -> Coding | None:
    """How a body is compressed, None where it is not. Raises UnsupportedEncoding."""
    name = (content_encoding or "identity").strip().lower()
    if name == "identity":
        return None
    if name in _CODINGS:
        return _CODINGS[name]
    raise UnsupportedEncoding("This Content-Encoding is not read here. Those that are: gzip, deflate, identity.")


def decompress(body: bytes, coding: Coding, max_bytes: int) -> bytes:
    """Raises MalformedRequest where the body is not whole, PayloadTooLarge as soon as it is larger than `max_bytes`."""
    stream = zlib.decompressobj(_WINDOW[coding])
    try:
        data = stream.decompress(body, max_bytes + 1)
    except zlib.error:
        raise MalformedRequest(f"The body is not compressed by {coding}, as its Content-Encoding says.") from None
    if len(data) > max_bytes:
        raise PayloadTooLarge(
            f"The body has more than {max_bytes:,} bytes once it is decompressed.", limit=max_bytes, actual=len(data)
        )
    if not stream.eof or stream.unused_data:
        raise MalformedRequest(f"The body is no single whole stream of {coding}.")
    return data


def preferred_coding(accept_encoding: str | None) -> Coding | None:
    """The coding that Accept-Encoding names with the highest q, the first of equals; None where it names neither."""
    if accept_encoding is None:
        return None
    best: Coding | None = None
    highest = 0.0
    for choice in accept_encoding.lower().split(","):
        name, *parameters = (piece.strip() for piece in choice.split(";"))
        if name in _CODINGS and (quality := _quality(parameters)) > highest:
            best, highest = _CODINGS[name], quality
    return best


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def compress(body: bytes, coding: Coding) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0) if coding == "gzip" else zlib.compress(body, _LEVEL)
