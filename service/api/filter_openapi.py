"""The form of filters/apply and its answers, for OpenAPI."""

from typing import Any

from service.api.filter_schemas import Filtered, FilteredSheet
from service.api.openapi import PICTURE, errors
from service.api.requests.filter_form import MAX_FILTERS, MAX_KERNEL, MAX_STEPS

_IMAGES = {
    kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/png", "image/jpeg", "image/webp")
}

FILTER_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Filtered | FilteredSheet,
        "description": "The filtered picture, in the form that Accept prefers; PNG where it does not care. "
        "`X-Output-Width` and `X-Output-Height` give its size.",
        "content": _IMAGES,
    },
    **errors(400, 404, 406, 408, 413, 415, 422, 500, 503, 504),
}


def _field(description: str, **schema: object) -> dict[str, object]:
    return {"type": "string", "description": description, **schema}


FILTER_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A picture and exactly one of filter, filters, kernel and steps.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": PICTURE,
                        "filter": _field("a name of /api/v1/filters"),
                        "filters": _field(
                            f"names separated by commas, at most {MAX_FILTERS}: a sheet of all, the picture brought to "
                            "512 pixels first"
                        ),
                        "kernel": _field(
                            f"rows of numbers as JSON, at most {MAX_KERNEL} x {MAX_KERNEL}, odd or even, square or not",
                            examples=["[[0,-1,0],[-1,5,-1],[0,-1,0]]"],
                        ),
                        "steps": _field(
                            f"a JSON list of at most {MAX_STEPS} layers: convolve, max_pool, avg_pool, relu",
                            examples=[
                                '[{"op":"convolve","filter":"sharpen"},{"op":"max_pool","size":2},{"op":"relu"}]'
                            ],
                        ),
                        "divisor": _field("what the sum is divided by; 1, or the filter's own"),
                        "stride": _field("pixels between windows: one number, or x,y", default="1"),
                        "padding": _field(
                            "same: output ceil(W / S); valid: none; or a total of both sides: one, or x,y. "
                            "An odd total puts the extra pixel at the end",
                            default="same",
                        ),
                        "pad_mode": _field("what stands outside", enum=["zeros", "edge", "reflect"], default="zeros"),
                        "scale": _field(
                            "how numbers become pixels. clip: below 0 is black, above 255 white; abs: the sign is "
                            "dropped, so both sides of an edge show; centre: zero is middle grey, the largest size "
                            "black or white; minmax: the least is black, the greatest white",
                            enum=["clip", "abs", "centre", "minmax"],
                            default="clip",
                        ),
                        "at": _field(
                            "x,y of an output pixel of the last convolution: the JSON answer (then the default) holds "
                            "its window, products and sum"
                        ),
                        "at_step": _field("of which step `at` tells, counted from 1; also pooling has a window"),
                        "channels": _field(
                            "each: every colour has a map of its own; sum: the three together make one, as in a "
                            "network's first layer",
                            enum=["each", "sum"],
                            default="each",
                        ),
                        "color": _field("grey: one channel", enum=["keep", "grey"], default="keep"),
                    },
                }
            }
        },
    }
}
