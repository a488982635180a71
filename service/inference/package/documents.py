"""The JSON files of evidence as pydantic models: what each must hold before anything is made of it.

    summary.json, history.json, metrics.json, failures.json, excitations.json

`training/packaging` writes them; a package from elsewhere may hold anything under these names.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, NonNegativeInt, PositiveInt, RootModel

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class _Document(BaseModel):
    """`strict`, since some are checked and then answered as they were read."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Layer(_Document):
    """`output_shape` is without the batch; pictures are [C, H, W]."""

    name: str
    kind: str
    output_shape: list[int]
    parameters: int
    settings: str = ""


class Summary(_Document):
    input_shape: list[int]
    layers: list[Layer]
    total_parameters: int


class Epoch(_Document):
    """Training figures are means over the epoch, with dropout on; validation is measured after it."""

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


class SeedHistory(_Document):
    seed: int
    epochs: list[Epoch]


class History(_Document):
    """`epochs` is of the published seed, `seeds` of all."""

    validation: str = Field(description="what val_loss and val_accuracy were measured on")
    epochs: list[Epoch]
    seeds: list[SeedHistory]


class Metrics(BaseModel):
    """What the service itself takes from metrics.json; the rest is the training's own and passed on as it is."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)
    __pydantic_extra__: dict[str, JsonValue]

    test_accuracy: Probability | None = None


class ConfusionMatrix(RootModel[list[list[NonNegativeInt]]]):
    """Row i, column j: test samples of true class i that were predicted as class j."""

    model_config = ConfigDict(strict=True)


class ReliabilityBin(BaseModel):
    """Mean confidence and number of the answers in one of 15 bins of equal width; those without any are left out."""

    confidence: Probability
    count: PositiveInt


class Reliability(BaseModel):
    """How sure the answers on the test set were: `calibration.test` of metrics.json."""

    bins: Annotated[list[ReliabilityBin], Field(min_length=1)]


class FailureRow(_Document):
    """A wrong test sample: place in the test set, true and predicted class, a probability for each class; the name of
    its file, where it was one."""

    index: NonNegativeInt
    true: NonNegativeInt
    predicted: NonNegativeInt
    probabilities: list[Probability]
    file: str | None = None


class FailureRows(RootModel[list[FailureRow]]):
    """The whole of failures.json."""


class ExcitedLayer(BaseModel):
    """A convolution: for each filter rows of place in the test set, value, row and column in the map."""

    name: str
    size: PositiveInt
    jump: PositiveInt
    start: int
    filters: Annotated[
        list[Annotated[list[tuple[NonNegativeInt, FiniteFloat, NonNegativeInt, NonNegativeInt]], Field(min_length=1)]],
        Field(min_length=1),
    ]


class ExcitedLayers(BaseModel):
    layers: Annotated[list[ExcitedLayer], Field(min_length=1)]
