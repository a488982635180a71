"""What the routes share: the app's services, and what an answer may look like.

Each is an `Annotated` alias, so that a route's signature has a line for each.
"""

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from service.errors import NotAcceptable
from service.inference.predictor import Predictor
from service.inference.repository import Repository
from service.metrics import Metrics
from service.settings import Settings


@dataclass(frozen=True)
class Services:
    """What `create_app` builds, once an app. `executor` is for CPU work of more than about a millisecond."""

    settings: Settings
    metrics: Metrics
    executor: Executor
    predictor: Predictor
    repository: Repository


async def _services(request: Request) -> Services:
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


async def answers_json(request: Request) -> None:
    """Raises NotAcceptable where the caller takes no JSON."""
    accept = request.headers.get("accept")
    if accept is not None and not accepts(accept, "application/json"):
        raise NotAcceptable("The answer is JSON; Accept must allow application/json.")


def accepts(accept: str, media_type: str) -> bool:
    """Whether an Accept header allows a media type, by its most specific range that matches."""
    kind = media_type.partition("/")[0]
    ranks = {"*/*": 1, f"{kind}/*": 2, media_type: 3}
    best, allowed = 0, False
    for choice in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in choice.split(";"))
        rank = ranks.get(name, 0)
        if rank > best:
            best, allowed = rank, not any(p in ("q=0", "q=0.0", "q=0.00", "q=0.000") for p in parameters)
    return allowed


ServicesDep = Annotated[Services, Depends(_services)]
JSON_ONLY = Depends(answers_json)
