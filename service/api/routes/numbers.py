"""How one number of a layer came about: the windows, weights, products and sums behind it.

query + body, or ?sample= -> one item -> data plane: number -> Number -> JSON
"""

import re
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from service.api.deadline import Deadline
from service.api.deps import JSON_ONLY, ServicesDep
from service.api.one_picture import read_one_item
from service.api.openapi import PICTURE_BODY, STATUSES, errors
from service.api.requests.queries import CardQuery, PictureQuery
from service.api.why_schemas import NextActivation, NumberAnswer
from service.inference.why.number import Place

router = APIRouter(prefix="/api/v1/models/{model}", tags=["why"], dependencies=[JSON_ONLY])
_AT = r"[0-9]{1,5}(,[0-9]{1,5})?"


def _check_at(text: str) -> str:
    if re.fullmatch(_AT, text) is None:
        raise PydanticCustomError("at", "it must be x,y of a map, a unit, or unit,step of a recurrent layer")
    return text


class NumberQuery(PictureQuery, CardQuery):
    layer: str = Field(max_length=100, description="as feature-maps names it")
    map: int | None = Field(None, ge=0, description="of a layer that has maps")
    at: Annotated[str, AfterValidator(_check_at)] = Field(
        description="x,y of a map; a unit; or unit,step of a recurrent layer"
    )

    def place(self) -> Place:
        x, _, y = self.at.partition(",")
        return Place(self.map, int(x), int(y or 0))


@router.post(
    "/trace",
    summary="How one number of a layer came about",
    openapi_extra=PICTURE_BODY,
    responses={200: {"model": NumberAnswer}, **errors(*STATUSES)},
    response_class=Response,
)
async def trace(
    model: str, query: Annotated[NumberQuery, Query()], services: ServicesDep, request: Request
) -> Response:
    """A convolution's windows with their weights and sums, pooling's numbers, a dense unit's largest products, the
    gates of a recurrent step: they add up to the number."""
    found = services.repository.get(model, query.version)
    item = await read_one_item(request, services, found, query.sample, "a number is traced in")
    place = query.place()
    async with Deadline(request.receive, services.settings.deadline_ms / 1e3) as deadline:
        options = query.preprocess_options()
        told = await services.dataplane.number(found, item, options, query.layer, place, deadline.at)
    document = asdict(told)
    document["after"] = None if told.after is None else NextActivation(layer=told.after[0], value=told.after[1])
    answer = NumberAnswer(
        model=found.name,
        version=found.version,
        layer=query.layer,
        kind=found.features.kind_of(query.layer),
        place=asdict(place),
        **document,
    )
    return Response(answer.model_dump_json(), media_type="application/json")
