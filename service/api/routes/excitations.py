"""What excites a filter: the test pictures, and the patch of each that it saw.

repository -> Model -> Evidence -> Excited filters + test set -> JSON, or the patches as PNG where Accept asks for it
"""

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query
from pydantic import Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from service.api.addressing import relative_address
from service.api.deps import ServicesDep, negotiate
from service.api.map_answers import find_layer, sheet_of
from service.api.openapi import json_or_png
from service.api.requests.queries import OneMapQuery
from service.api.schemas import Excitations, ExcitedMap, ExcitingPicture
from service.errors import NotFound
from service.imaging.drawing.contact_sheet import tile_maps
from service.imaging.drawing.patches import draw_patches, tile_side
from service.inference.loader import Model
from service.inference.package.excitations import Excited

router = APIRouter(prefix="/api/v1/models/{model}", tags=["features"])


class ExcitationsQuery(OneMapQuery):
    layer: str | None = Field(None, max_length=100, description="a convolution; without it the first")
    of: Literal["patches", "guided"] = Field(
        "patches",
        description="as PNG: the patches, or what in each of them excited the filter, where the package has it: its "
        "guided gradient, zero in middle grey",
    )


@router.get("/excitations", summary="What excites a filter most", **json_or_png(Excitations, 404, 406, 422, 503))
def excitations(
    model: str, query: Annotated[ExcitationsQuery, Query()], services: ServicesDep, request: Request
) -> Response:
    """After Zeiler and Fergus (2014): the nine test pictures, a place in each. PNG: a tile of 3 x 3 patches a
    filter, the strongest first; with `map` a tile a patch. What lies outside the picture is black, as padding is."""
    found = services.repository.get(model, query.version)
    as_png = negotiate(request, "application/json", "image/png") == "image/png"
    layers = found.evidence.excitations
    layer = find_layer(layers, query.layer or next(iter(layers)))
    picked = query.pick(len(layer.filters), layer.name)
    images = found.evidence.test_images
    if as_png:
        if query.of == "guided":
            _check_guided(found, layer)
            gradients = found.evidence.guided(layer)
            patches = [gradients[i] for i in picked]
        else:
            patches = [layer.patches(i, images) for i in picked]
        return sheet_of(patches[0] if query.map is not None else np.stack([draw_patches(nine) for nine in patches]))
    count, side = len(picked), tile_side(layer.size)
    if query.map is not None:
        count, side = len(layer.filters[query.map]), layer.size
    answer = Excitations(
        model=found.name,
        version=found.version,
        dataset=found.manifest.dataset,
        layers=list(layers),
        layer=layer.name,
        field=layer.size,
        guided=layer.name in found.evidence.guided_layers,
        sheet=tile_maps(count, side, side),
        maps=[_describe(found, layer, i, request) for i in picked],
    )
    return Response(to_json(answer), media_type="application/json")


def _check_guided(model: Model, layer: Excited) -> None:
    if layer.name not in model.evidence.guided_layers:
        raise NotFound(f"The package of {model.name} has no guided gradients of {layer.name}.")


def _describe(model: Model, layer: Excited, index: int, request: Request) -> ExcitedMap:
    manifest, images, classes = model.manifest, model.evidence.test_images, model.evidence.test_classes
    pictures = [
        ExcitingPicture(
            index=one.index,
            label=manifest.labels[classes[one.index]],
            value=one.value,
            at=(one.column, one.row),
            box=layer.box(one, *images.shape[1:]),
            image_url=relative_address(request, f"/api/v1/datasets/{manifest.dataset}/test/{one.index}.png"),
        )
        for one in layer.filters[index]
    ]
    return ExcitedMap(index=index, pictures=pictures)
