"""The requests, a module for each kind of route."""

from collections.abc import Callable, Iterator

from tests.recorded.request import Request
from tests.recorded.requests import features, filters, numbers, pictures, predict, protocol, records, why

_KINDS: tuple[Callable[[], Iterator[Request]], ...] = (
    records.requests,
    predict.requests,
    numbers.requests,
    pictures.requests,
    features.requests,
    filters.requests,
    protocol.requests,
    why.requests,
)


def all_requests() -> list[Request]:
    """Every request, always the same ones in the same order; names are unique."""
    return [request for kind in _KINDS for request in kind()]
