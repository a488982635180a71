"""What the routes of reports share: the store where there is one, and answers that wait to be reported.

services -> Store, or Forbidden with a sentence that says how it is switched on
"""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request

from service.api.requests.queries import PreprocessingQuery
from service.api.services import Services
from service.errors import FeaturemapError, Forbidden, InvalidInput
from service.feedback.picture import expected_s, keep
from service.feedback.store import Store
from service.inference.inputs import Item, Upload
from service.inference.loader import Model
from service.logging import request_id

_OFF = "Reports are switched off on this server: its operator can start it with FEATUREMAP_FEEDBACK=folder."
_NO_ANSWERS = (
    "This server keeps no pictures for later: its operator can start it with FEATUREMAP_FEEDBACK_ANSWERS_S. Ask "
    "without keep, and send the picture itself with the report."
)
_OTHER_PAGE = "A page of another origin may not report here, unless FEATUREMAP_CORS_ORIGINS names it."


def feedback_store(services: Services) -> Store:
    """Raises Forbidden where reports are switched off."""
    if services.feedback is None:
        raise Forbidden(_OFF)
    return services.feedback


def check_own_page(request: Request, services: Services) -> None:
    """Raises Forbidden where a browser says that another site's page sends this, which it may without asking first."""
    site = request.headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin") and not services.settings.cors_origins:
        raise Forbidden(_OTHER_PAGE)


def check_keeps(services: Services, items: Sequence[Item] = ()) -> None:
    """Raises Forbidden where no answer is kept, InvalidInput where these items are not one picture."""
    feedback_store(services)
    if not services.settings.feedback_answers_s:
        raise Forbidden(_NO_ANSWERS)
    if items and (len(items) > 1 or not isinstance(items[0], Upload)):
        raise InvalidInput("keep=true is for a call with one picture file.")


async def keep_answer(
    services: Services, models: Sequence[Model | FeaturemapError], item: Item, query: PreprocessingQuery
) -> None:
    """Keeps the picture of an answer under the id of this request. Raises StorageFailed."""
    assert isinstance(item, Upload)
    limits, data, identity = services.dataplane.limits, item.data, request_id.get()
    photograph = any(isinstance(model, Model) and model.manifest.preprocessing.photo is not None for model in models)
    options: dict[str, str] = {"preprocess": query.preprocess} | (
        {"polarity": query.polarity} if query.polarity else {}
    )
    overrides = query.preprocess_options().overrides
    kept = await services.dataplane.work(expected_s(data), keep, data, limits, overrides, photograph)
    # A disk that hangs must not hold a thread that pictures are decoded in.
    await asyncio.to_thread(feedback_store(services).keep_answer, identity, kept.picture, options)
