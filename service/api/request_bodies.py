"""The body of a Starlette request to values: checked by its head, read, and parsed here or in a thread.

    Request  ->  content type, content encoding, body  ->  the pure parsers of `requests`

Before the body is read its head is checked, so that nobody sends 10 MB to be told that they are of no use.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from starlette.requests import Request

from service.api.requests.body import BodyLimits, check_media, is_quick, parse_items
from service.api.requests.filter_form import FilterForm, check_filter_media, parse_filter_form
from service.api.requests.multipart import Part
from service.inference.inputs import Item
from service.settings import Settings

Parsed = TypeVar("Parsed")


async def read_items(request: Request, settings: Settings, executor: Executor, numbers: int) -> list[Item]:
    """The items of the request's body, at least one. `numbers` is how many the largest instance may have.

    Raises MalformedRequest, UnsupportedMedia, PayloadTooLarge or InvalidInput.
    """
    limits = BodyLimits(settings.max_files, settings.max_instances, numbers)
    kind, encoding = _head(request)
    check_media(kind, encoding)
    body = await request.body()
    return await _parse(executor, is_quick(kind, len(body)), lambda: parse_items(kind, encoding, body, limits))


async def read_filter_form(request: Request, executor: Executor) -> tuple[Part, FilterForm]:
    """The picture and the fields of filters/apply. Raises as `parse_filter_form` does."""
    kind, encoding = _head(request)
    check_filter_media(kind, encoding)
    body = await request.body()
    return await _parse(executor, is_quick(kind, len(body)), lambda: parse_filter_form(kind, encoding, body))


def _head(request: Request) -> tuple[str, str | None]:
    return request.headers.get("content-type", ""), request.headers.get("content-encoding")


async def _parse(executor: Executor, quick: bool, parse: Callable[[], Parsed]) -> Parsed:
    return parse() if quick else await asyncio.get_running_loop().run_in_executor(executor, parse)
