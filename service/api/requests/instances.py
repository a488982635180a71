"""The JSON body of predict, `{"instances": [...]}`, to items.

bytes -> JSON -> each instance: a base64 string, or {"b64": "..."} as TensorFlow Serving has it, is a picture
                 file; a list is a picture as numbers
"""

import re
from collections.abc import Collection
from typing import Any

from service.api.requests.base64_files import decode_file
from service.api.requests.json_text import NestedTooDeep, read_json
from service.errors import InvalidInput, MalformedRequest, PayloadTooLarge
from service.inference.inputs import Item, Numbers, Upload

_LONG = 2**17
_PICTURES = re.compile(rb'\s*\{\s*"instances"\s*:\s*\[\s*(\[\[.*\]\])\s*\]\s*\}\s*', re.DOTALL)
_HELP = 'The body must be {"instances": [...]}: pictures as nested lists of numbers, or files in base64.'


def parse_instances(body: bytes, max_instances: int, max_numbers: int, ignored: Collection[str] = ()) -> list[Item]:
    """The items of a JSON body. `max_numbers` are those of all instances together; `ignored` are members that may
    stand beside `instances`.

    Raises MalformedRequest (no JSON), InvalidInput (another structure) or PayloadTooLarge (too many).
    """
    if (separators := body.count(b",")) > max_numbers + max_instances:
        raise PayloadTooLarge(
            f"The body has more numbers than {max_instances} instances hold.",
            limit=max_numbers,
            actual=separators + 1,
        )
    instances = _parse_by_pieces(body) or _instances(_parse(body), ignored)
    if len(instances) > max_instances:
        raise PayloadTooLarge(
            f"The body has {len(instances)} instances; at most {max_instances} are accepted.",
            limit=max_instances,
            actual=len(instances),
        )
    return [_item(instance, i) for i, instance in enumerate(instances)]


def _parse_by_pieces(body: bytes) -> list[Any] | None:
    """The instances of a long body of pictures as numbers, parsed one picture at a time; None where that does
    not work out, and the body has to be parsed in one go.

    The parser holds the interpreter until it is done, and every other request waits for that. What separates
    two pictures is known as soon as the depth of the first is: `]],[[` or `]]],[[[`. Pieces that are all
    valid by themselves make up the same list.
    """
    whole = _PICTURES.fullmatch(body) if len(body) > _LONG else None
    if whole is None:
        return None
    text = whole[1]
    depth = len(text) - len(text.lstrip(b"["))
    opening, closing = b"[" * depth, b"]" * depth
    comma = b"," if closing + b"," + opening in text else b", "
    pieces = text[depth:-depth].split(closing + comma + opening)
    try:
        return [read_json(opening + piece + closing, strict=False) for piece in pieces]
    except ValueError:
        return None


def _parse(body: bytes) -> Any:
    try:
        return read_json(body, strict=False)
    except NestedTooDeep as error:
        raise MalformedRequest(str(error)) from None
    except ValueError as error:  # also where it is no UTF-8
        raise MalformedRequest(f"The body cannot be read as JSON: {error}. {_HELP}") from None


def _instances(document: Any, ignored: Collection[str]) -> list[Any]:
    if not isinstance(document, dict) or "instances" not in document:
        raise InvalidInput(f"The member instances is missing. {_HELP}")
    if not document.keys() <= {"instances", *ignored}:
        raise InvalidInput(f"The body has members beside instances. {_HELP}")
    instances = document["instances"]
    if not isinstance(instances, list):
        raise InvalidInput(f"instances must be a list. {_HELP}")
    if not instances:
        raise InvalidInput("instances is empty; at least one is needed.")
    return instances


def _item(instance: Any, index: int) -> Item:
    if isinstance(instance, dict) and "b64" in instance:
        if len(instance) > 1 or not isinstance(instance["b64"], str):
            raise InvalidInput(f'instance {index}: an object must be {{"b64": "..."}}, a picture file in base64.')
        instance = instance["b64"]
    if not isinstance(instance, str):
        return Numbers(instance)
    try:
        data = decode_file(instance)
    except ValueError as error:
        raise InvalidInput(f"instance {index}: a string must be a picture file in base64: {error}.") from None
    return Upload(data, where=f"instance {index}: ")
