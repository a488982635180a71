"""The weights of a model's first layer.

repository -> Model -> Features -> Kernels -> JSON, or PNG where Accept asks for it
"""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from service.api.deps import ServicesDep, negotiate
from service.api.map_answers import map_sheet, numbers
from service.api.openapi import json_or_png
from service.api.requests.queries import MapQuery
from service.api.schemas import KernelsAnswer
from service.imaging.drawing.contact_sheet import tile_maps

MOST_VALUES = 65_536  # numbers in an answer

router = APIRouter(prefix="/api/v1/models/{model}", tags=["features"])


@router.get("/kernels", summary="The first layer's weights", **json_or_png(KernelsAnswer, 404, 406, 422, 503))
def kernels(model: str, query: Annotated[MapQuery, Query()], services: ServicesDep, request: Request) -> Response:
    """A dense unit is a filter as large as the picture; a recurrent layer has one for each of its gates, a row a
    unit and a column a pixel of the picture's row. With PNG the channels of a filter stand below each other."""
    found = services.repository.get(model, query.version)
    as_png = negotiate(request, "application/json", "image/png") == "image/png"
    learned = found.features.kernels
    picked = list(query.pick(len(learned.values), learned.layer))
    values = learned.values[picked]
    stacked = values.reshape(len(values), -1, values.shape[-1])
    scale = query.scale_of(learned.values)
    if as_png:
        return map_sheet(stacked, scale)
    answer = KernelsAnswer(
        model=found.name,
        version=found.version,
        layer=learned.layer,
        kind=learned.kind,
        shape=list(values.shape),
        gates=None if learned.gates is None else [learned.gates[i] for i in picked],
        scale=scale,
        sheet=tile_maps(*stacked.shape),
        min=numbers(stacked.min(axis=(1, 2))),
        max=numbers(stacked.max(axis=(1, 2))),
        bias=None if learned.bias is None else numbers(learned.bias[picked]),
        values=numbers(values) if values.size <= MOST_VALUES else None,
    )
    return Response(to_json(answer), media_type="application/json")
