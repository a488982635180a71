"""The body of a predict call to items, by its Content-Type.

multipart/form-data        -> its parts named `file`
image/*, octet-stream, none -> the body is a picture file; so are the other names that clients have for one
application/json           -> `instances`

check_media  (the head alone)  ->  parse_items  (the whole body; `is_quick` says whether it is worth a thread)
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from service.api.requests.instances import parse_instances
from service.api.requests.multipart import Part, parse_multipart
from service.errors import InvalidInput, MalformedRequest, UnsupportedMedia
from service.inference.inputs import Item, Upload

FORM = "multipart/form-data"
_JSON = "application/json"
# What clients call a picture or any bytes; form-urlencoded is what `curl --data-binary @picture.png` says of it. The
# content decides, whatever its name.
_BYTES = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded"})
_PICTURE = re.compile(r"image/.*|application/(x-)?(binary|png|jpg|jpeg|gif|bmp|webp)")
_TAKEN = f"{FORM}, {_JSON}, image/* and application/octet-stream"
_QUICK_BYTES = {FORM: 2**18, _JSON: 2**15}  # parsed within about a millisecond


@dataclass(slots=True)
class BodyLimits:
    """How much a body may hold: files of a form, instances of a JSON body, and numbers of one instance."""

    files: int
    instances: int
    numbers: int


@lru_cache(64)  # most clients send the same again
def media_type(content_type: str) -> str:
    """The type without its parameters, in lower case; empty where none is declared."""
    return content_type.partition(";")[0].strip().lower()


def check_encoding(content_encoding: str | None) -> None:
    """Raises UnsupportedMedia where the body is compressed."""
    if content_encoding is not None and content_encoding.lower() != "identity":
        raise UnsupportedMedia("A compressed body is not read here; send it without Content-Encoding.")


def check_media(content_type: str, content_encoding: str | None) -> str:
    """The media type. Raises UnsupportedMedia for what `parse_items` does not take; the body need not have arrived."""
    kind = media_type(content_type)
    if kind not in (FORM, _JSON) and kind not in _BYTES and _PICTURE.fullmatch(kind) is None:
        raise UnsupportedMedia(f"This Content-Type is not read here. Those that are: {_TAKEN}.")
    check_encoding(content_encoding)
    return kind


def is_quick(content_type: str, size: int) -> bool:
    """Whether a body of `size` bytes is parsed within about a millisecond, whatever is in it."""
    return size <= _QUICK_BYTES.get(media_type(content_type), size)


def parse_items(content_type: str, content_encoding: str | None, body: bytes, limits: BodyLimits) -> list[Item]:
    """The items of a whole body, at least one. The headers are as they came, `content_type` empty where it is none.

    Raises MalformedRequest, UnsupportedMedia, PayloadTooLarge or InvalidInput.
    """
    kind = check_media(content_type, content_encoding)
    if not body:
        raise MalformedRequest("The body is empty. Send a picture, as `curl -F file=@picture.png` does.")
    if kind == FORM:
        return _files(parse_multipart(content_type, body, limits.files))
    if kind == _JSON:
        return parse_instances(body, limits.instances, limits.instances * limits.numbers)
    return [Upload(body)]


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
