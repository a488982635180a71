"""The inside of a model for one picture, layer by layer.

query + body, or ?sample= -> one item -> prepared as predict does -> Features -> Layers -> JSON, or a layer's PNG
"""

import asyncio
import math
import re
import time
from collections.abc import Mapping
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from pydantic import Field
from pydantic_core import to_json
from starlette.responses import Response

from service.api.deadline import Deadline
from service.api.deps import Services, ServicesDep, negotiate
from service.api.map_answers import MapQuery, find_layer, map_sheet, number, numbers
from service.api.openapi import FEATURE_MAPS, PICTURE_BODY
from service.api.requests.body import read_items
from service.api.requests.queries import PreprocessingQuery
from service.api.schemas import FeatureLayer, FeatureMap, FeatureMaps
from service.datasets import read_sample
from service.errors import FeaturemapError, InvalidInput
from service.imaging.codec.files import ImageLimits, encode_png, png_data_url
from service.imaging.drawing.contact_sheet import tile_maps
from service.imaging.drawing.scaling import to_pixels
from service.imaging.pixels import FloatArray
from service.imaging.preprocessing.recipes import choose_reading
from service.inference.answers import Options, Prediction, calibrate, predictions_of
from service.inference.features import ROWS, Layer
from service.inference.inputs import Inputs, Item, Upload, prepare_inputs
from service.inference.loader import Model

_SAMPLE = re.compile(r"((?P<dataset>\w+)/)?(?P<index>[0-9]{1,9})")

router = APIRouter(prefix="/api/v1/models/{model}", tags=["features"])


class FeatureMapsQuery(PreprocessingQuery, MapQuery):
    sample: str | None = Field(
        None,
        max_length=50,
        description="a test sample in place of a body: 4444 (of the model's data set) or mnist/4444",
    )
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
    item = await _read_item(request, services, found, query)
    async with Deadline(request.receive, services.settings.deadline_ms / 1e3):
        work = (found, item, query, as_png, services.predictor.limits)
        return await asyncio.get_running_loop().run_in_executor(services.executor, _answer, *work)


async def _read_item(request: Request, services: Services, model: Model, query: FeatureMapsQuery) -> Item:
    """The picture of the body, or the test sample that the query names."""
    if query.sample is not None:
        if await request.body():
            raise InvalidInput("There are two pictures: the body, and the query parameter sample. Send one of them.")
        named = _SAMPLE.fullmatch(query.sample)
        if named is None:
            raise InvalidInput("The query parameter sample must be an index, as 4444, or as mnist/4444.")
        image, _ = read_sample(named["dataset"] or model.manifest.dataset, int(named["index"]))
        return Upload(encode_png(image))
    count = math.prod(model.manifest.input.shape[1:])
    items = await read_items(request, services.settings, services.executor, count)
    if len(items) > 1:
        raise InvalidInput(f"The body has {len(items)} pictures; the layers are shown of one at a time.")
    return items[0]


def _answer(model: Model, item: Item, query: FeatureMapsQuery, as_png: bool, limits: ImageLimits) -> Response:
    spec = model.manifest.preprocessing
    preparation = prepare_inputs([item], [spec], query.preprocess_options(), limits)
    inputs = preparation.inputs[spec]
    if isinstance(inputs, FeaturemapError):
        raise inputs
    prepared = time.perf_counter()
    layers, probabilities = _look(model, inputs)
    looked = time.perf_counter()
    if as_png:
        layer = find_layer(layers, str(query.layer))
        picked = list(query.pick(layer.count, layer.name))
        response = map_sheet(layer.maps[picked], query.scale_of(layer.values))
    else:
        (prediction,) = predictions_of(model.manifest, probabilities, [item], inputs, Options())
        document = _document(model, prediction, layers, query)
        response = Response(to_json(document), media_type="application/json")
    timing = {
        "decode": preparation.decode_ms,
        "preprocess": preparation.preprocess_ms,
        "inference": (looked - prepared) * 1e3,
        "draw": (time.perf_counter() - looked) * 1e3,
    }
    response.headers["Server-Timing"] = ", ".join(f"{stage};dur={round(ms, 3)}" for stage, ms in timing.items())
    return response


def _look(model: Model, inputs: Inputs) -> tuple[Mapping[str, Layer], FloatArray]:
    """The layers for the picture, and the probabilities [m, classes] of it and of each of its regions.

    Where the ink can be read in several ways and the network takes it for one object, that object's layers.
    """
    looks = model.features.look(inputs.batch())
    probabilities = np.stack([layers[model.manifest.output.name].values for layers in looks])
    prepared, chosen = inputs.prepared[0], 0
    if prepared is not None and prepared.regions:
        own = calibrate(probabilities[1:], model.manifest.temperature)
        _, places = choose_reading(prepared, own.max(axis=1).tolist())
        chosen = 1 + places[0] if len(places) == 1 else 0
    return looks[chosen], probabilities


def _document(
    model: Model, prediction: Prediction, layers: Mapping[str, Layer], query: FeatureMapsQuery
) -> FeatureMaps:
    manifest, rows = model.manifest, layers.get(ROWS)
    probabilities = layers[manifest.output.name].values[None]
    # `rows` stands in the answer as numbers; who asks for it gets it as a layer too.
    shown = [layer for layer in layers.values() if layer.name != ROWS]
    if query.layer is not None:
        shown = [find_layer(layers, query.layer)]
    return FeatureMaps(
        model=model.name,
        version=model.version,
        prediction=prediction,
        probabilities=numbers(calibrate(probabilities, manifest.temperature)[0]),
        rows=None if rows is None else numbers(calibrate(rows.values, manifest.temperature)),
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
