"""What the answers on layers, kernels and excitations share: the query for one map, numbers, and sheets as PNG."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from starlette.responses import Response

from service.api.routes.models import CardQuery
from service.errors import InvalidInput
from service.imaging.codec.files import encode_png
from service.imaging.drawing.contact_sheet import draw_maps, tile_maps
from service.imaging.drawing.scaling import Scale, fitting_scale, to_pixels

DECIMALS = 6
Found = TypeVar("Found")


class OneMapQuery(CardQuery):
    map: int | None = Field(None, ge=0, description="one map alone, with all its numbers")

    def pick(self, count: int, layer: str) -> Sequence[int]:
        """The indices that are asked for, of `count`. Raises InvalidInput that says how many the layer has."""
        if self.map is None:
            return range(count)
        if self.map >= count:
            known = f"maps 0 to {count - 1}" if count > 1 else "map 0 alone"
            raise InvalidInput(f"There is no such map; {layer} has {known}.")
        return [self.map]


class MapQuery(OneMapQuery):
    scale: Literal["auto", "clip", "abs", "centre", "minmax"] = Field(
        "auto",
        description="what grey means. clip: zero and less is black, the greatest value white; abs: the same of the "
        "sizes; centre: zero is middle grey, the largest size black or white; minmax: the least is black, the greatest "
        "white; auto: centre where a value of the layer is negative, else clip",
    )

    def scale_of(self, values: NDArray[np.float32]) -> Scale:
        return fitting_scale(values) if self.scale == "auto" else self.scale


def map_sheet(maps: NDArray[np.float32], scale: Scale) -> Response:
    """Maps [n, H, W] as one PNG, each in its own tones; the headers say how it is laid out."""
    response = sheet_of(np.stack([to_pixels(values, scale).pixels for values in maps]))
    response.headers["X-Sheet-Scale"] = scale
    return response


def sheet_of(pictures: NDArray[np.uint8]) -> Response:
    """Pictures [n, H, W] as one PNG, in the same layout."""
    tiling = asdict(tile_maps(*pictures.shape))
    headers = {f"X-Sheet-{name.title()}": str(number) for name, number in tiling.items()}
    return Response(encode_png(draw_maps(pictures)), media_type="image/png", headers=headers)


def number(value: Any) -> float:
    return round(float(value), DECIMALS)


def numbers(values: NDArray[np.float32]) -> Any:
    """Nested lists of the array's shape, each number rounded."""
    return np.round(values.astype(np.float64), DECIMALS).tolist()


def find_layer(layers: Mapping[str, Found], name: str) -> Found:
    """The layer of this name. Raises InvalidInput that lists the names."""
    if name not in layers:
        raise InvalidInput(f"There is no such layer. The layers are: {', '.join(layers)}.")
    return layers[name]
