"""The shapes of the filters' answers, for OpenAPI and for those that pydantic writes."""

from typing import Literal

from pydantic import Field

from service.api.schemas import _Answer


class FilterCard(_Answer):
    """A named kernel. `signed`: its numbers lie on both sides of zero, so `scale` matters."""

    name: str
    title: str
    kernel: list[list[float]]
    divisor: float
    description: str
    signed: bool


class FilterCards(_Answer):
    filters: list[FilterCard]


class GeometryStep(_Answer):
    """How a step's window slid. Each is [x, y]; padding is the total of both sides: `floor((W - F + P) / S) + 1`."""

    op: Literal["convolve", "max_pool", "avg_pool", "relu"]
    input: list[int]
    kernel: list[int]
    stride: list[int]
    padding: list[int]
    output: list[int]


class PixelTrace(_Answer):
    """The formula with numbers in it. `window`, `products`, `sum` and `value` hold one entry a channel."""

    x: int
    y: int
    origin: list[int] = Field(description="x, y of the window's first place in the step's input")
    kernel: list[list[float]]
    window: list[list[list[float]]]
    products: list[list[list[float]]]
    sum: list[float]
    divisor: float
    value: list[float] = Field(
        description="the output's number there: sum / divisor; of max_pool the largest of the window; one number where "
        "the channels are added up"
    )
    op: Literal["convolve", "max_pool", "avg_pool"] = Field("convolve", exclude_if=lambda op: op == "convolve")


class Filtered(_Answer):
    """A filtered picture. `range` is least and greatest number before `scale` made pixels of them."""

    width: int
    height: int
    channels: int = Field(description="of colour; alpha is not counted")
    range: list[float]
    geometry: list[GeometryStep]
    at: PixelTrace | None = None
    image_png: str
    values: list[list[list[float]]] | None = Field(description="H x W x C, where there are at most 4,096")


class SheetFilter(_Answer):
    name: str
    range: list[float]
    geometry: list[GeometryStep]


class FilteredSheet(_Answer):
    """Several filters on one picture, side by side."""

    width: int
    height: int
    filters: list[SheetFilter]
    image_png: str
