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
from service.api.requests.content_coding import check_coding, decompress
from service.api.requests.feedback_form import FeedbackForm, check_feedback_media, parse_feedback
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


async def read_feedback_form(request: Request, executor: Executor) -> FeedbackForm:
    """The fields of a report. Raises as `parse_feedback` does."""
    kind, encoding = _head(request)
    check_feedback_media(kind, encoding)
    body = await request.body()
    return await _parse(executor, is_quick(kind, len(body)), lambda: parse_feedback(kind, encoding, body))


async def read_coded(
    request: Request,
    settings: Settings,
    executor: Executor,
    parse: Callable[[bytes], Parsed],
    quick: Callable[[bytes], bool],
) -> Parsed:
    """What `parse` makes of a body that may be compressed; `quick` says whether that takes less than about a
    millisecond. What comes out of a compressed body counts for the limits as if it had been sent.

    Raises UnsupportedEncoding, MalformedRequest, PayloadTooLarge, Overloaded, and what `parse` raises.
    """
    coding = check_coding(request.headers.get("content-encoding"))
    body = await request.body()
    if coding is None:
        return await _parse(executor, quick(body), lambda: parse(body))

    def work() -> tuple[int, Parsed]:
        whole = decompress(body, coding, settings.max_body_bytes)
        return len(whole), parse(whole)

    size, parsed = await asyncio.get_running_loop().run_in_executor(executor, work)
    if body:
        request.state.body_held.take(size - len(body))
    return parsed


def body_size(request: Request) -> int:
    """The bytes that a body is said to have; 0 where nothing is said."""
    told = request.headers.get("content-length", "")
    return int(told) if told.isdecimal() else 0


def _head(request: Request) -> tuple[str, str | None]:
    return request.headers.get("content-type", ""), request.headers.get("content-encoding")


async def _parse(executor: Executor, quick: bool, parse: Callable[[], Parsed]) -> Parsed:
    return parse() if quick else await asyncio.get_running_loop().run_in_executor(executor, parse)
