"""A request as plain data, and the bodies that it may have."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

BOUNDARY = "recorded-7MA4YWxkTrZu0gW"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
JSON = "application/json"
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `path` holds the query, percent-encoded. `{etag}` in a header's value stands for the ETag that the
    same path gave last. `chunked`: the body is sent in two chunks and without its length."""

    name: str
    method: str
    path: str
    headers: Headers = ()
    body: bytes | None = None
    chunked: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form. `filename` None makes it a plain field."""

    name: str
    data: bytes
    filename: str | None = None

    def encode(self) -> bytes:
        filename = "" if self.filename is None else f'; filename="{self.filename}"'
        head = f'Content-Disposition: form-data; name="{self.name}"{filename}\r\n\r\n'
        return head.encode() + self.data


def form(parts: Iterable[Part]) -> bytes:
    """A multipart/form-data body with the boundary of FORM."""
    return parts_body(part.encode() for part in parts)


def parts_body(parts: Iterable[bytes]) -> bytes:
    """The same of parts that are encoded already, head and all."""
    opening = f"--{BOUNDARY}\r\n".encode()
    return b"".join(opening + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


def get(name: str, path: str, accept: str | None = None, **headers: str) -> Request:
    """A GET. `headers` by their names with `_` for `-`."""
    return Request(name, "GET", path, _headers(accept, headers))


def post(name: str, path: str, body: bytes | None, content_type: str | None, accept: str | None = None) -> Request:
    return Request(name, "POST", path, _headers(accept, {"content_type": content_type} if content_type else {}), body)


def post_json(name: str, path: str, document: object, accept: str | None = None) -> Request:
    return post(name, path, json.dumps(document).encode(), JSON, accept)


def post_form(name: str, path: str, *parts: Part, accept: str | None = None) -> Request:
    return post(name, path, form(parts), FORM, accept)


def _headers(accept: str | None, more: dict[str, str]) -> Headers:
    given = {**({} if accept is None else {"accept": accept}), **more}
    return tuple((name.replace("_", "-"), value) for name, value in given.items())
