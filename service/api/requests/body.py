"""The body of a predict call to items, by its Content-Type.

multipart/form-data        -> its parts named `file`
image/*, octet-stream, none -> the body is a picture file
application/json           -> `instances`
"""

import asyncio
from concurrent.futures import Executor

from starlette.requests import Request

from service.api.requests.instances import parse_instances
from service.api.requests.multipart import Part, parse_multipart
from service.errors import InvalidInput, MalformedRequest, UnsupportedMedia
from service.inference.inputs import Item, Upload
from service.settings import Settings

_QUICK_JSON_BYTES = 2**15
_TAKEN = "multipart/form-data, application/json, image/* and application/octet-stream"


async def read_items(request: Request, settings: Settings, executor: Executor, numbers: int) -> list[Item]:
    """The items of the request's body, at least one. `numbers` is how many the largest instance may have.

    Raises MalformedRequest, UnsupportedMedia, PayloadTooLarge or InvalidInput.
    """
    declared = request.headers.get("content-type", "")
    kind = declared.partition(";")[0].strip().lower()
    raw = kind.startswith("image/") or kind in ("", "application/octet-stream")
    if not raw and kind not in ("multipart/form-data", "application/json"):
        raise UnsupportedMedia(f"This Content-Type is not read here. Those that are: {_TAKEN}.")
    check_encoding(request)
    body = await request.body()
    if not body:
        raise MalformedRequest("The body is empty. Send a picture, as `curl -F file=@picture.png` does.")
    if raw:
        return [Upload(body)]
    if kind == "multipart/form-data":
        return _files(parse_multipart(declared, body, settings.max_files))
    arguments = (body, settings.max_instances, settings.max_instances * numbers)
    if len(body) <= _QUICK_JSON_BYTES:
        return parse_instances(*arguments)
    return await asyncio.get_running_loop().run_in_executor(executor, parse_instances, *arguments)


def check_encoding(request: Request) -> None:
    """Raises UnsupportedMedia where the body is compressed."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("A compressed body is not read here; send it without Content-Encoding.")


def _files(parts: list[Part]) -> list[Item]:
    named = [part for part in parts if part.name == "file"]
    # A form in which no file was chosen sends one without name and content.
    files: list[Item] = [Upload(part.data, part.filename) for part in named if part.filename or part.data]
    if not files:
        raise MalformedRequest(
            "The form has no file in a part named file. Send one, as `curl -F file=@picture.png` does."
        )
    if len(named) < len(parts):
        raise InvalidInput("The form has a part with another name; every part must be named file.")
    return files
