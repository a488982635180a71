"""A query's pairs to what its model is made from, and what is told of a query that does not fit.

pairs of a query -> query_values (each parameter as often as it may be given) -> the route's model
faults that pydantic found -> wrong_parameters -> one error with a sentence each
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_origin

from pydantic import BaseModel

from service.errors import InvalidInput

_MOST_FAULTS = 5  # told in one answer


def query_values(model: type[BaseModel], pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What `model` is made from: a text for each name, a list of texts where its field is a list.

    Raises InvalidInput where another field of the model is given twice.
    """
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    check_given_once(model, values)
    return {name: given if _is_list(model, name) else given[-1] for name, given in values.items()}


def check_given_once(model: type[BaseModel], values: Mapping[str, Sequence[str]]) -> None:
    """Raises InvalidInput that names a field of `model` which takes one value and is given several."""
    for name, field in model.model_fields.items():
        told = field.alias or name
        given = len(values.get(told, ()))
        if given > 1 and not _is_list(model, name):
            raise InvalidInput(f"The query parameter {told} is given {given} times; it takes one value.")


def wrong_parameters(faults: Sequence[Mapping[str, Any]], known: Sequence[str]) -> InvalidInput:
    """The error for what pydantic found. `loc` of each fault is ("query" or "path", name); `known` are the names of
    the query's parameters."""
    sentences = []
    for fault in faults[:_MOST_FAULTS]:
        where, *names = fault["loc"]
        if fault["type"] == "extra_forbidden":
            sentences.append(f"An unknown {where} parameter was given. Known ones: {', '.join(known) or 'none'}.")
        else:
            sentences.append(f"The {where} parameter {'.'.join(map(str, names))} is wrong: {fault['msg']}.")
    return InvalidInput(" ".join(sentences))


def _is_list(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and get_origin(field.annotation) is list
