"""What the answers on layers, kernels and excitations share: numbers, and contact sheets as PNG."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from starlette.responses import Response

from service.errors import InvalidInput
from service.imaging.codec.files import encode_png
from service.imaging.drawing.contact_sheet import draw_maps, tile_maps
from service.imaging.drawing.scaling import Scale, to_pixels

DECIMALS = 6
Found = TypeVar("Found")


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
    """A number as answers have it, rounded."""
    return round(float(value), DECIMALS)


def numbers(values: NDArray[Any]) -> Any:
    """Nested lists of the array's shape, each number rounded."""
    return np.round(values.astype(np.float64), DECIMALS).tolist()


def find_layer(layers: Mapping[str, Found], name: str) -> Found:
    """The layer of this name. Raises InvalidInput that lists the names."""
    if name not in layers:
        raise InvalidInput(f"There is no such layer. The layers are: {', '.join(layers)}.")
    return layers[name]
