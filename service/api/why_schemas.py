"""The shapes of the answers that explain an answer, for OpenAPI and for those that pydantic writes."""

from typing import Literal

from pydantic import ConfigDict, Field

from service.api.answers import Prediction
from service.api.schemas import _Answer


class ClassShare(_Answer):
    """A class and its calibrated probability."""

    index: int
    label: str
    probability: float


class OcclusionMap(_Answer):
    """What hangs on each place. Row i, column j of `map` is of the patch whose upper left corner is at
    x = j * stride, y = i * stride of what the model saw."""

    index: int
    label: str
    probability: float = Field(description="of the class, where nothing is covered")
    patch: int = Field(description="side in pixels of the model's input")
    stride: int
    cover: float = Field(description="grey of the patch, 0 to 1: that of no ink, else the middle")
    map: list[list[float]] = Field(description="by how much the probability falls; where negative, it rises")


class FlippedPixel(_Answer):
    model_config = ConfigDict(validate_by_name=True)

    x: int
    y: int
    before: float = Field(alias="from", description="grey, 0 to 1")
    after: float = Field(alias="to")


class FlipAnswer(_Answer):
    """The fewest single-pixel changes found that change the answer, each to black or to white. There may be fewer."""

    found: bool
    pixels: list[FlippedPixel] = Field(description="empty where none were found")
    before: ClassShare
    after: ClassShare = Field(description="with them; where none were found, of the nearest that was tried")
    tried: int = Field(description="changed copies that the model was asked about")
    ended: Literal["found", "pixels", "tries", "time"] = Field(
        description="what ended the search: an answer, as many pixels as may change, as many copies, or the time"
    )


class ClassActivationMap(_Answer):
    """What each place of the last maps adds to the class's number before the softmax: the mean of `map`, and `bias`."""

    layer: str
    index: int
    label: str
    map: list[list[float]]
    bias: float
    logit: float


class OcclusionAnswer(OcclusionMap):
    model: str
    version: str


class ModelFlip(FlipAnswer):
    model: str
    version: str


class ExplanationAnswer(_Answer):
    """Why the model answers as it does. `class_activation` is null where the network does not end in a global average
    and one dense layer."""

    model: str
    version: str
    prediction: Prediction
    occlusion: OcclusionMap
    flip: FlipAnswer
    class_activation: ClassActivationMap | None


class NumberPlace(_Answer):
    """`map` is null where a layer has units alone: then `x` counts them, and `y` the steps of a recurrent layer."""

    map: int | None
    x: int
    y: int


class NumberPatch(_Answer):
    """A window of a map, its upper left corner at `x`, `y`; what lies in the padding is 0 for a convolution, and null
    for pooling. `total` is the sum of values times weights, or of the values."""

    layer: str
    map: int
    x: int
    y: int
    values: list[list[float | None]]
    weights: list[list[float]] | None
    total: float | None


class NumberTerm(_Answer):
    layer: str
    place: NumberPlace
    value: float
    weight: float
    product: float


class NumberGate(_Answer):
    """`value` is `function` of `total`: what the step's row, the state before it and the bias add up to."""

    name: str
    from_input: float
    from_state: float
    bias: float
    total: float
    function: Literal["sigmoid", "tanh"]
    value: float


class OtherTerms(_Answer):
    """Those that are not told one by one."""

    count: int
    total: float


class NextActivation(_Answer):
    layer: str
    value: float


class NumberAnswer(_Answer):
    """How one number of a layer came about. What an operation has none of is null or empty."""

    model: str
    version: str
    layer: str
    kind: str | None
    place: NumberPlace
    operation: str = Field(
        description="input, convolution, max_pooling, dense, relu, leakyrelu, sigmoid, tanh, normalisation, sum, "
        "average, softmax, two_classes, rnn, gru or lstm"
    )
    value: float
    patches: list[NumberPatch] = Field(description="of a convolution the maps that add most; of pooling its window")
    terms: list[NumberTerm] = Field(description="the largest products; of a recurrent step those of its last gate")
    others: OtherTerms | None = Field(description="the patches or terms beyond these")
    bias: float | None
    total: float | None
    gates: list[NumberGate]
    parts: dict[str, float] = Field(description="the other numbers that it is made of, by name")
    after: NextActivation | None = Field(description="the activation that takes the number, and what it gives")
