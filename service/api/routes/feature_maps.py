"""The inside of a model for one picture, layer by layer.

query + body, or ?sample= -> one item -> data plane: look -> Layers -> JSON, or a layer's PNG
"""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from pydantic_core import to_json
from starlette.responses import Response

from service.api.answers import prediction
from service.api.deadline import Deadline
from service.api.deps import ServicesDep, negotiate
from service.api.map_answers import find_layer, map_sheet, number, numbers
from service.api.one_picture import read_one_item
from service.api.openapi import FEATURE_MAPS, PICTURE_BODY
from service.api.requests.queries import MapQuery, PictureQuery
from service.api.schemas import FeatureLayer, FeatureMap, FeatureMaps
from service.api.server_timing import server_timing
from service.errors import InvalidInput
from service.imaging.codec.files import png_data_url
from service.imaging.drawing.contact_sheet import tile_maps
from service.imaging.drawing.scaling import to_pixels
from service.inference.dataplane import Look
from service.inference.features import ROWS, Layer
from service.inference.loader import Model

router = APIRouter(prefix="/api/v1/models/{model}", tags=["features"])


class FeatureMapsQuery(PictureQuery, MapQuery):
    layer: str | None = Field(None, max_length=100, description="one layer alone")


@router.post("/feature-maps", summary="Every layer's output for a picture", openapi_extra=PICTURE_BODY, **FEATURE_MAPS)
async def feature_maps(
    model: str, query: Annotated[FeatureMapsQuery, Query()], services: ServicesDep, request: Request
) -> Response:
    """PNG is of one layer, its maps 16 a row. Map i begins at `x = gap + (i % columns) * (width + gap)`,
    `y = gap + (i // columns) * (height + gap)`; `sheet` has these numbers, and so have the `X-Sheet-*` headers."""
    found = services.repository.get(model, query.version)
    as_png = negotiate(request, "application/json", "image/png") == "image/png"
    if query.layer is None and (as_png or query.map is not None):
        raise InvalidInput("A sheet, and a map, is of one layer: name it, as ?layer=conv1 does.")
    item = await read_one_item(request, services, found, query.sample, "the layers are shown of")
    loop = asyncio.get_running_loop()
    async with Deadline(request.receive, services.settings.deadline_ms / 1e3) as deadline:
        look = await services.dataplane.look(found, item, query.preprocess_options(), deadline.at)
        return await loop.run_in_executor(services.executor, _response, found, look, query, as_png)


def _response(model: Model, look: Look, query: FeatureMapsQuery, as_png: bool) -> Response:
    """The layers as they are asked for; in a thread, as drawing them takes milliseconds."""
    begun = time.perf_counter()
    if as_png:
        layer = find_layer(look.layers, str(query.layer))
        picked = list(query.pick(layer.count, layer.name))
        response = map_sheet(layer.maps[picked], query.scale_of(layer.values))
    else:
        response = Response(to_json(_document(model, look, query)), media_type="application/json")
    times = look.times
    stages = {"decode": times.decode, "preprocess": times.preprocess, "queue": times.queue,
              "inference": times.inference, "draw": time.perf_counter() - begun}  # fmt: skip
    response.headers["Server-Timing"] = server_timing(stages)
    return response


def _document(model: Model, look: Look, query: FeatureMapsQuery) -> FeatureMaps:
    layers = look.layers
    # `rows` stands in the answer as numbers; who asks for it gets it as a layer too.
    shown = [layer for layer in layers.values() if layer.name != ROWS]
    if query.layer is not None:
        shown = [find_layer(layers, query.layer)]
    return FeatureMaps(
        model=model.name,
        version=model.version,
        prediction=prediction(look.classification),
        probabilities=numbers(look.probabilities),
        rows=None if look.rows is None else numbers(look.rows),
        layers=[_describe(layer, query) for layer in shown],
    )


def _describe(layer: Layer, query: FeatureMapsQuery) -> FeatureLayer:
    maps, scale = layer.maps, query.scale_of(layer.values)
    described = []
    for i in query.pick(layer.count, layer.name):
        drawn = to_pixels(maps[i], scale)
        described.append(
            FeatureMap(
                index=i,
                min=number(maps[i].min()),
                max=number(maps[i].max()),
                black=number(drawn.black),
                white=number(drawn.white),
                image=png_data_url(drawn.pixels),
                values=None if query.map is None else numbers(layer.map(i)),
            )
        )
    return FeatureLayer(
        name=layer.name,
        kind=layer.kind,
        shape=list(layer.values.shape),
        scale=scale,
        sheet=tile_maps(len(described), *maps.shape[1:]),
        maps=described,
    )
