"""Reading a request's body: where it is parsed, and what is refused before it has arrived."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.requests import Request

from service.api.request_bodies import read_filter_form, read_items
from service.errors import UnsupportedMedia
from service.settings import Settings
from tests.service.api.conftest import png

_NO_FILE: dict[str, Any] = {"_env_file": None}
SETTINGS = Settings(**_NO_FILE)
Read = Callable[[Request, ThreadPoolExecutor], Coroutine[Any, Any, Any]]


def form(size: int) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    fields = b'\r\n--b\r\nContent-Disposition: form-data; name="filter"\r\n\r\nsharpen\r\n--b--\r\n'
    return head + png(3) + b"\x00" * size + fields


def files(size: int) -> bytes:
    return form(size).replace(b'name="filter"', b'name="file"')


def numbers(size: int) -> bytes:
    return b'{"instances": [[' + b"0," * (size // 2) + b"0]]}"


def request(content_type: str, body: bytes | None) -> Request:
    """Without a body, one that must not be read."""

    async def receive() -> dict[str, Any]:
        assert body is not None
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}, receive)


async def items(given: Request, executor: ThreadPoolExecutor) -> Any:
    return await read_items(given, SETTINGS, executor, 10**6)


def threads_used(read: Read, given: Request) -> int:
    with ThreadPoolExecutor(1) as executor:
        asyncio.run(read(given, executor))
        return len(executor._threads)


@pytest.mark.parametrize(
    ("read", "content_type", "body"),
    [
        (items, "multipart/form-data; boundary=b", files),
        (items, "application/json", numbers),
        (read_filter_form, "multipart/form-data; boundary=b", form),
    ],
)
def test_a_large_body_is_parsed_in_a_thread_and_a_small_one_here(
    read: Read, content_type: str, body: Callable[[int], bytes]
) -> None:
    assert threads_used(read, request(content_type, body(1000))) == 0
    assert threads_used(read, request(content_type, body(1_000_000))) == 1


def test_a_picture_of_any_size_needs_no_parsing() -> None:
    assert threads_used(items, request("image/png", b"\x00" * 1_000_000)) == 0


@pytest.mark.parametrize("read", [items, read_filter_form])
def test_a_body_of_a_type_that_is_not_taken_is_not_read(read: Read) -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(UnsupportedMedia):
        asyncio.run(read(request("text/plain", None), executor))
