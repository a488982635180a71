"""Asks a running service every request, and writes a line for each answer.

Request -> http.client -> status, headers, body -> what is the same at each call -> a line of JSON
"""

import contextlib
import gzip
import hashlib
import http.client
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.recorded.digest import digest, unpacked
from tests.recorded.request import Request

Line = dict[str, Any]
_PRESENT = ("etag", "last-modified")  # follow from a file's time, or from content that has its own digest
_LEFT_OUT = ("date", "server")
_TIMEOUT_S = 60


def record(url: str, requests: Iterable[Request]) -> Iterator[Line]:
    """The answers of the service at `url`, one request after the other over one connection where it holds."""
    with contextlib.closing(_Asker(urlsplit(url).netloc)) as asker:
        for request in requests:
            status, headers, body = asker.ask(request)
            yield {
                "name": request.name,
                "method": request.method,
                "path": request.path,
                "sent": sent(request),
                "status": status,
                "headers": _stable(headers, len(body), request.name),
                "body": digest(headers.get("content-type", ""), unpacked(body, headers.get("content-encoding"))),
            }


def write(lines: Iterable[Line], path: Path) -> int:
    """Writes a line each, gzipped where the name ends in .gz; gives their count."""
    text = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines]
    data = "".join(text).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return len(text)


def read(path: Path) -> list[Line]:
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    return [json.loads(line) for line in text.decode().splitlines()]


class _Asker:
    """One connection, made anew where the service closed it."""

    def __init__(self, host: str) -> None:
        self._connection = http.client.HTTPConnection(host, timeout=_TIMEOUT_S)
        self._etags: dict[str, str] = {}

    def ask(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by lower-case name, body."""
        try:
            response = self._answer(request)
        except ConnectionError:  # the service closes a connection that was idle for some seconds
            self._connection.close()
            response = self._answer(request)
        body = response.read()
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
        if "etag" in headers:
            self._etags[request.path] = headers["etag"]
        if response.will_close or (request.body is None and request.method != "GET"):
            self._connection.close()  # what was announced and never sent must not reach the next request
        return response.status, headers, body

    def close(self) -> None:
        self._connection.close()

    def _answer(self, request: Request) -> http.client.HTTPResponse:
        with contextlib.suppress(ConnectionError):  # who is refused is told so before all is sent
            self._send(request)
        return self._connection.getresponse()

    def _send(self, request: Request) -> None:
        names = [name.lower() for name, _ in request.headers]
        connection = self._connection
        connection.putrequest(request.method, request.path, skip_accept_encoding=True)
        if "x-request-id" not in names:
            connection.putheader("x-request-id", identity(request.name))
        for name, value in request.headers:
            connection.putheader(name, value.replace("{etag}", self._etags.get(request.path, "")))
        if request.chunked:
            body = request.body or b""
            connection.putheader("transfer-encoding", "chunked")
            halves = (body[: len(body) // 2], body[len(body) // 2 :])
            connection.endheaders(halves, encode_chunked=True)
            return
        if request.body is not None:
            connection.putheader("content-length", str(len(request.body)))
        connection.endheaders(request.body)


def identity(name: str) -> str:
    """The request's own id, so that the service need not make one."""
    return re.sub(r"[^A-Za-z0-9._:/+=-]", "_", name)[:128]


def sent(request: Request) -> str:
    """A digest of all that is sent, which tells another request from another answer."""
    head = json.dumps([request.method, request.path, request.headers, request.chunked]).encode()
    return hashlib.sha256(head + b"\n" + (request.body or b"")).hexdigest()[:16]


def _stable(headers: dict[str, str], length: int, name: str) -> dict[str, str]:
    """The headers without what is new at each call."""
    kept = {name: value for name, value in headers.items() if name not in _LEFT_OUT}
    kept |= dict.fromkeys((name for name in _PRESENT if name in kept), "<present>")
    if "server-timing" in kept:
        kept["server-timing"] = re.sub(r"dur=[0-9.e-]+", "dur=<milliseconds>", kept["server-timing"])
    if "allow" in kept:  # a set of the framework's: its order is another in each process
        kept["allow"] = ", ".join(sorted(kept["allow"].split(", ")))
    if "content-length" in kept and length:
        kept["content-length"] = "<right>" if kept["content-length"] == str(length) else "<wrong>"
    made = re.fullmatch(r"[0-9a-f]{16}", kept.get("x-request-id", ""))
    if made or kept.get("x-request-id") == identity(name):
        kept["x-request-id"] = "<made>" if made else "<sent>"
    return kept
