"""What the routes share: the app's services, and what an answer may look like.

Each is an `Annotated` alias, so that a route's signature has a line for each.
"""

from typing import Annotated

from fastapi import Depends, Request

from service.api.services import Services
from service.errors import NotAcceptable


async def services_of(request: Request) -> Services:
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


async def answers_json(request: Request) -> None:
    """Raises NotAcceptable where the caller takes no JSON."""
    check_accepts_json(request.headers.get("accept"))


def check_accepts_json(accept: str | None) -> None:
    """The same by the header's value, None where there is none."""
    if accept is not None and accept != "*/*" and not accepts(accept, "application/json"):
        raise NotAcceptable("The answer is JSON; Accept must allow application/json.")


def accepts(accept: str, media_type: str) -> bool:
    """Whether an Accept header allows a media type, by its most specific range that matches."""
    return _quality(accept, media_type)[0] > 0


def prefers(accept: str, media_type: str, other: str) -> bool:
    """Whether an Accept header wants `media_type` more than `other`."""
    return _quality(accept, media_type) > _quality(accept, other)


def _quality(accept: str, media_type: str) -> tuple[float, int]:
    """The q of the most specific range that matches, 0 to 1, and how specific that is (RFC 9110, 12.5.1)."""
    kind = media_type.partition("/")[0]
    ranks = {"*/*": 1, f"{kind}/*": 2, media_type: 3}
    rank, quality = 0, 0.0
    for choice in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in choice.split(";"))
        if ranks.get(name, 0) > rank:
            rank = ranks[name]
            quality = next((_number(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    return (quality, rank) if quality > 0 else (0.0, 0)


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 1.0


def negotiate(request: Request, *offers: str) -> str:
    """The offered media type that Accept prefers, the first where it does not care. Raises NotAcceptable.

    Where there is a choice the answer says so (`Vary`, added by `RequestContext`): a browser must not take the kept
    JSON of an address for its picture.
    """
    request.state.varies_by_accept = len(offers) > 1
    accept = request.headers.get("accept")
    if accept is None:
        return offers[0]
    quality, _, best = max((_quality(accept, offer), -i, offer) for i, offer in enumerate(offers))
    if quality == (0.0, 0):
        raise NotAcceptable(f"The answer is {' or '.join(offers)}; Accept must allow one of them.")
    return best


ServicesDep = Annotated[Services, Depends(services_of)]
JSON_ONLY = Depends(answers_json)
