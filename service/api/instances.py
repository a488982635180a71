"""The JSON body of predict, `{"instances": [...]}`, to items.

bytes -> JSON -> each instance: a base64 string is a picture file, a list is a picture as numbers
"""

import base64
import binascii
from typing import Any

from pydantic_core import from_json

from service.errors import InvalidInput, MalformedRequest, PayloadTooLarge
from service.inference.inputs import Item, Numbers, Upload

_HELP = 'The body must be {"instances": [...]}: pictures as nested lists of numbers, or files in base64.'


def parse_instances(body: bytes, max_instances: int, max_numbers: int) -> list[Item]:
    """The items of a JSON body. `max_numbers` are those of all instances together.

    Raises MalformedRequest (no JSON), InvalidInput (another structure) or PayloadTooLarge (too many).
    """
    # A parser holds the interpreter until it is done; so nothing that is too much anyway may reach it.
    if (separators := body.count(b",")) > max_numbers + max_instances:
        raise PayloadTooLarge(
            f"The body has more numbers than {max_instances} instances hold.",
            limit=max_numbers,
            actual=separators + 1,
        )
    try:
        document = from_json(body)
    except ValueError:  # also beyond its depth of 200 lists, and where it is no UTF-8
        raise MalformedRequest(f"The body is no JSON text. {_HELP}") from None
    instances = _instances(document)
    if len(instances) > max_instances:
        raise PayloadTooLarge(
            f"The body has {len(instances)} instances; at most {max_instances} are accepted.",
            limit=max_instances,
            actual=len(instances),
        )
    return [_item(instance, i) for i, instance in enumerate(instances)]


def _instances(document: Any) -> list[Any]:
    if not isinstance(document, dict) or "instances" not in document:
        raise InvalidInput(f"The member instances is missing. {_HELP}")
    if len(document) > 1:
        raise InvalidInput(f"The body has members beside instances. {_HELP}")
    instances = document["instances"]
    if not isinstance(instances, list):
        raise InvalidInput(f"instances must be a list. {_HELP}")
    if not instances:
        raise InvalidInput("instances is empty; at least one is needed.")
    return instances


def _item(instance: Any, index: int) -> Item:
    if not isinstance(instance, str):
        return Numbers(instance)
    text = instance.partition(",")[2] if instance.startswith("data:") else instance
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(f"instance {index}: a string must be a picture file in base64.") from None
    return Upload(data, where=f"instance {index}: ")
