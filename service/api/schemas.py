"""The shapes of answers, for OpenAPI and for those that pydantic writes.

The answer of predict is in `answers.py`.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from service.api.answers import ModelAnswer, Prediction
from service.api.requests.filter_form import (
    MAX_FIELDS,
    MAX_FILTERS,
    MAX_KERNEL,
    MAX_PADDING,
    MAX_POOL,
    MAX_STEPS,
    MAX_STRIDE,
)
from service.api.requests.json_text import MAX_DEPTH
from service.imaging.convolution.pipeline import MAX_MULTIPLY_ADDS
from service.imaging.drawing.contact_sheet import Tiling
from service.imaging.drawing.scaling import Scale
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.dataplane import MAX_WAITING_FILTERS
from service.inference.entry import State
from service.inference.package.manifest import OutputSpec, Provenance, Rejection, TensorSpec
from service.inference.runtime.providers import ExecutionProvider
from service.inference.why.covering import MAX_PATCHES
from service.inference.why.explainer import MAX_WAITING
from service.inference.why.flipping import MAX_PIXELS, MAX_TRIES


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BadFile(_Answer):
    """Which of several files was at fault."""

    index: int
    name: str | None


class Problem(_Answer):
    """RFC 9457. Members after `request_id` are there where they say something."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    limit: int | None = Field(default=None, description="the limit that was passed, in the unit that detail names")
    actual: int | None = None
    file: BadFile | None = None
    model: str | None = Field(default=None, description="where several models were asked")


class PredictSeveralAnswer(_Answer):
    results: list[ModelAnswer | Problem]


class CardCalibration(_Answer):
    """How its confidence was fitted, and how far it is off: mean |accuracy - confidence| over 15 equal bins (expected
    calibration error, Guo et al., 2017)."""

    temperature: float
    error: float | None = Field(description="on the pictures of its test")
    rendered_error: float | None = Field(description="on rendered pictures; null where it was not asked any")


class Card(_Answer):
    """All that a client needs to know of a model. Without a readable model.json most of it is null."""

    name: str
    title: str | None = None
    description: str | None = None
    group: str | None = Field(default=None, description="models of a group answer the same question")
    version: str | None = Field(default=None, description="the one that this card is about")
    versions: list[str] = Field(description="those that are served, oldest first")
    state: State
    reason: str | None = Field(default=None, description="why the version is not ready, or could not be loaded anew")
    notes: list[str] | None = Field(
        default=None,
        exclude_if=lambda notes: notes is None,
        description="what of config.pbtxt is not followed, and what a model that takes tensors only lacks",
    )
    task: str | None = None
    dataset: str | None = None
    labels: list[str] | None = None
    input: TensorSpec | None = None
    output: OutputSpec | None = None
    parameters: int | None = Field(default=None, description="count of trained weights")
    preprocessing: PreprocessSpec | None = None
    temperature: float | None = Field(default=None, description="of the calibration of its probabilities")
    calibration: CardCalibration | None = Field(default=None, description="null where it was never fitted")
    rejection: Rejection | None = None
    metrics: dict[str, Any] | None = Field(default=None, description="on the test set, as the training wrote them")
    training: Provenance | None = Field(default=None, description="recipe, seeds, versions, data")
    execution_provider: ExecutionProvider | None = None
    sha256: str | None = Field(default=None, description="of model.onnx")


class Cards(_Answer):
    models: list[Card]


class Limits(_Answer):
    """Every limit that the service holds. Bytes, pixels, milliseconds, counts."""

    max_body_bytes: int
    max_body_bytes_in_flight: int
    max_image_bytes: int
    max_pixels: int
    max_side: int
    max_jpeg_scans: int
    max_jpeg_pixels: int = Field(description="of a JPEG of one scan that is sent to predict; else max_pixels")
    max_jpeg_side: int = Field(description="of the same; else max_side")
    max_instances: int
    max_files: int
    queue_ms: int = Field(description="work that waits for a model; then 503")
    deadline_ms: int
    max_head_bytes: int = Field(description="address and headers of a request; then 431")
    max_connections: int = Field(description="of a process; beyond it idle ones are closed first, then 503")
    head_timeout_ms: int = Field(description="for a request's head to arrive; then 408")
    body_timeout_ms: int = Field(description="for its body, or min_bytes_per_s of it, and as long again; then 408")
    write_timeout_ms: int = Field(
        description="for an answer to be read, or as much of it; then the connection is closed"
    )
    min_bytes_per_s: int
    keep_alive_s: int = Field(description="a connection without a request is closed after it")
    max_kernel: int = Field(MAX_KERNEL, description="side of a filter's kernel; pixels of its output: max_pixels")
    max_stride: int = Field(MAX_STRIDE, description="of a filter or a pooling step")
    max_pool: int = Field(MAX_POOL, description="side of a pooling step's window")
    max_padding: int = Field(MAX_PADDING, description="total on an axis, where it is given as a number")
    max_multiply_adds: int = Field(MAX_MULTIPLY_ADDS, description="of all steps on one channel, as they are done")
    max_fields: int = Field(MAX_FIELDS, description="of a filter's form, the file among them")
    max_json_depth: int = Field(MAX_DEPTH, description="lists and objects inside each other")
    max_decompressed_bytes: int = Field(description="of a body in gzip or deflate; that of max_body_bytes")
    max_steps: int = Field(MAX_STEPS, description="steps of a sequence of layers")
    max_filters: int = Field(MAX_FILTERS, description="filters on a sheet")
    feedback_max_bytes: int | None = Field(
        default=None, exclude_if=lambda most: most is None, description="of all reports; there where they are taken"
    )
    feedback_max_days: int | None = Field(default=None, exclude_if=lambda most: most is None, description="of each")
    feedback_answers_s: int | None = Field(
        default=None, exclude_if=lambda most: most is None, description="for which an answer can be reported by its id"
    )
    max_waiting_filters: int = Field(MAX_WAITING_FILTERS, description="pictures that wait to be filtered; then 503")
    max_patches: int = Field(MAX_PATCHES, description="covered copies of a picture that an occlusion map is made of")
    max_flip_pixels: int = Field(MAX_PIXELS, description="changed by a search for another answer")
    max_flip_tries: int = Field(MAX_TRIES, description="changed copies of a picture that such a search asks about")
    max_waiting_explanations: int = Field(MAX_WAITING, description="answers that wait to be explained; then 503")


class FeatureMap(_Answer):
    """One map. `image` is a PNG data URL, a pixel a value; its grey is linear from `black` to `white`."""

    index: int
    min: float
    max: float
    black: float = Field(description="the value that black stands for; its magnitude where scale is abs")
    white: float = Field(description="the value that white stands for")
    image: str
    values: list[Any] | None = Field(description="the numbers in the layer's own shape, where one map is asked for")


class FeatureLayer(_Answer):
    """`shape` is without the batch: [maps, H, W], or [units] or [steps, units], which make one map."""

    name: str
    kind: str | None
    shape: list[int]
    scale: Scale = Field(
        description="centre: zero is middle grey (128); clip: zero and less is black, the greatest value white"
    )
    sheet: Tiling = Field(description="of the picture that Accept: image/png gives")
    maps: list[FeatureMap]


class FeatureMaps(_Answer):
    """The layers from `input` to `probabilities`. `rows`: recurrent models' probabilities after each row."""

    model: str
    version: str
    prediction: Prediction
    probabilities: list[float] = Field(description="calibrated, a number a label")
    rows: list[list[float]] | None
    layers: list[FeatureLayer]


class KernelsAnswer(_Answer):
    """`values` is [filters, channels, H, W]: `shape`. `min` and `max` are of each filter."""

    model: str
    version: str
    layer: str
    kind: str | None
    shape: list[int]
    gates: list[str] | None = Field(description="of a recurrent layer: what each filter is for")
    scale: Scale
    sheet: Tiling
    min: list[float]
    max: list[float]
    bias: list[float] | None
    values: list[list[list[list[float]]]] | None = Field(description="null where there are more than 65,536")


class ExcitingPicture(_Answer):
    """A test picture and where the filter answered most in it."""

    index: int = Field(description="in the test set")
    label: str
    value: float = Field(description="of the filter's map there, before any activation")
    at: tuple[int, int] = Field(description="x, y in the map")
    box: tuple[int, int, int, int] = Field(description="x, y, width, height of what the filter saw of the picture")
    image_url: str


class ExcitedMap(_Answer):
    index: int
    pictures: list[ExcitingPicture]


class Excitations(_Answer):
    """The strongest nine pictures of each filter, the strongest first. `field`: side of what a filter sees."""

    model: str
    version: str
    dataset: str
    layers: list[str] = Field(description="those that can be asked for")
    layer: str
    field: int
    guided: bool = Field(
        False,
        exclude_if=lambda guided: not guided,
        description="whether ?of=guided gives as PNG what in each patch excited the filter",
    )
    sheet: Tiling
    maps: list[ExcitedMap]


class Sample(_Answer):
    """A test sample; `image` is a PNG data URL."""

    dataset: str
    index: int
    class_index: int
    label: str
    image: str
    image_url: str


class Comparison(_Answer):
    name: str
    title: str


class Comparisons(_Answer):
    comparisons: list[Comparison]


class Live(_Answer):
    live: bool


class ModelCount(_Answer):
    ready: int
    total: int


class Ready(_Answer):
    ready: bool
    models: ModelCount
