"""Probabilities to labelled, calibrated classifications, each accepted or with a reason.

    rows [m, classes] -> views of one picture averaged -> calibrate -> which row answers each item -> top-k -> judge
    -> Classification

Everything here is plain work on arrays; who asks which model when is `predictor.py`, how an answer looks on the wire is
the front's.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.imaging.pixels import FloatArray, Pixels
from service.imaging.preprocessing.explain import Stage, rejoined
from service.imaging.preprocessing.recipes import Prepared, choose_reading
from service.inference.activation import probabilities
from service.inference.inputs import DEFAULT_OPTIONS, Inputs, Item, PreprocessOptions, Upload
from service.inference.package.manifest import Manifest

_FEW = 64  # classes: Python has ordered so few before numpy has begun
Reason = Literal["empty", "no_object", "multiple", "unlike_training", "low_confidence"]
Box = tuple[int, int, int, int]  # x, y, width, height in the upright picture's pixels


@dataclass(slots=True)
class Options:
    """How a call wants its answer. `keep_input`: what the model saw is kept. `deadline` is a time of the event loop."""

    top_k: int = 3
    keep_input: bool = False
    deadline: float = math.inf
    preprocess: PreprocessOptions = DEFAULT_OPTIONS


@dataclass(slots=True)
class ClassProbability:
    """A class and its calibrated probability."""

    index: int
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class ClassifiedRegion:
    """One of several objects in a picture: where it is, its most probable class, how probable that is, why that is not
    accepted where it is not, and in which line of the picture it stands, from 0 at the top."""

    box: Box
    index: int
    label: str
    confidence: float
    reason: Reason | None
    line: int

    @property
    def accepted(self) -> bool:
        return self.reason is None


@dataclass(slots=True)
class Classification:
    """The answer for one item. `top` is sorted by probability, the best first; `reason` says why it is not accepted.

    `prepared` tells how a picture was read, None for numbers; `seen` is what the model saw, uint8, where it was
    to be kept; `stages` the way there, where they were asked for.
    """

    filename: str | None
    top: list[ClassProbability]
    reason: Reason | None
    prepared: Prepared | None
    seen: Pixels | None
    regions: list[ClassifiedRegion] | None
    stages: list[Stage] | None

    @property
    def index(self) -> int:
        return self.top[0].index

    @property
    def label(self) -> str:
        return self.top[0].label

    @property
    def confidence(self) -> float:
        return self.top[0].probability

    @property
    def accepted(self) -> bool:
        return self.reason is None


@dataclass(slots=True)
class Times:
    """Seconds of each stage. `total` is from the call's first byte to its answer."""

    decode: float
    preprocess: float
    queue: float
    inference: float
    total: float


@dataclass(slots=True)
class ModelResult:
    """One model's classifications, an item each and in the items' order."""

    model: str
    version: str
    classifications: list[Classification]
    times: Times


@dataclass(slots=True)
class Choice:
    """Which row of the batch answers an item, and those of its regions where it holds several objects."""

    prepared: Prepared | None
    row: int
    regions: list[int] | None = None


def pooled(rows: FloatArray, inputs: Inputs) -> FloatArray:
    """The rows for `inputs.batch()`, [m, ...], an item's own replaced by the mean over its views where it has several.

    Averaged before they are calibrated: a mean of calibrated probabilities is too unsure (Rahaman and Thiery, 2021).
    """
    if not inputs.further:
        return rows
    result, place = rows.copy(), len(inputs.prepared)
    for i, prepared in enumerate(inputs.prepared):
        if prepared is None:
            continue
        place += len(prepared.regions)
        if prepared.views:
            further = rows[place : place + len(prepared.views)]
            result[i] = np.concatenate((rows[i : i + 1], further)).mean(axis=0)
            place += len(further)
    return result


def choose_rows(inputs: Inputs, calibrated: FloatArray) -> Iterator[Choice]:
    """For each item of `inputs.batch()`, whose calibrated probabilities are [m, classes], the rows that answer it."""
    first_region = len(inputs.prepared)
    for i, prepared in enumerate(inputs.prepared):
        if prepared is None or not prepared.regions:
            yield Choice(prepared, i)
            first_region += 0 if prepared is None else len(prepared.views)
            continue
        own = calibrated[first_region : first_region + len(prepared.regions)]
        prepared, places = choose_reading(prepared, own.max(axis=1).tolist())
        rows = [first_region + place for place in places]
        yield Choice(prepared, rows[0]) if len(rows) == 1 else Choice(prepared, i, rows)
        first_region += len(own) + len(prepared.views)


def classify(
    manifest: Manifest, rows: FloatArray, items: Sequence[Item], inputs: Inputs, options: Options
) -> list[Classification]:
    """Rows as the model gave them for `inputs.batch()`, float32 [m, classes], to one Classification for each of the n
    items."""
    calibrated = calibrate(pooled(probabilities(rows, manifest.output), inputs), manifest.temperature)
    classifications = []
    for i, (item, choice) in enumerate(zip(items, choose_rows(inputs, calibrated), strict=True)):
        prepared, row = choice.prepared, calibrated[choice.row]
        values: list[float] = row.tolist()
        regions = _regions(manifest, calibrated, choice)
        reason: Reason | None = "empty" if inputs.empty[i] else judge(row, prepared, manifest)
        seen = None
        if options.keep_input:
            seen = prepared.pixels if prepared else inputs.picture(i, manifest.preprocessing)
        classifications.append(
            Classification(
                filename=item.name if isinstance(item, Upload) else None,
                top=[ClassProbability(k, manifest.labels[k], values[k]) for k in _order(row, values, options.top_k)],
                reason=_of_all(reason, regions),
                prepared=prepared,
                seen=seen,
                regions=regions,
                stages=_stages(inputs.steps[i], choice, i),
            )
        )
    return classifications


def _order(row: FloatArray, values: list[float], count: int) -> list[int]:
    """The most probable classes of a row, which is also given as a list."""
    if len(values) <= _FEW and not math.isnan(sum(values)):
        return sorted(range(len(values)), key=values.__getitem__, reverse=True)[:count]  # a tie stays in its order
    order: list[int] = np.argsort(-row, kind="stable")[:count].tolist()  # a tie: the lower index
    return order


def _regions(manifest: Manifest, calibrated: FloatArray, choice: Choice) -> list[ClassifiedRegion] | None:
    if choice.regions is None or choice.prepared is None:
        return None
    regions = []
    for region, row in zip(choice.prepared.regions, calibrated[choice.regions], strict=True):
        best = int(row.argmax())
        reason = judge(row, None, manifest)
        line = region.span.line
        regions.append(ClassifiedRegion(region.box, best, manifest.labels[best], float(row[best]), reason, line))
    return regions


def _of_all(reason: Reason | None, regions: list[ClassifiedRegion] | None) -> Reason | None:
    """A picture's reason; where it holds several objects and none of them is accepted, theirs: it is no number."""
    if reason != "multiple" or not regions or any(region.accepted for region in regions):
        return reason
    return "unlike_training" if any(region.reason == "unlike_training" for region in regions) else regions[0].reason


def _stages(stages: list[Stage] | None, choice: Choice, item: int) -> list[Stage] | None:
    """The item's stages; where its pieces were read as one object, those of that object."""
    prepared = choice.prepared
    if stages is None or choice.row == item or prepared is None or prepared.box is None:
        return stages
    return rejoined(stages, prepared.pixels, prepared.box)


def calibrate(rows: FloatArray, temperature: float) -> FloatArray:
    """p^(1/T), made to sum to 1 again: what softmax gives for logits divided by T. float32 [n, classes] each."""
    if temperature == 1.0:
        return rows
    powers = rows.astype(np.float64) ** (1.0 / temperature)
    normalised: FloatArray = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return normalised


def judge(row: FloatArray, prepared: Prepared | None, manifest: Manifest) -> Reason | None:
    """Why the answer is not accepted, or None. `row` holds the calibrated probabilities [classes].

    Who hesitates between two classes has seen one of them; who spreads over many has seen none.
    """
    if prepared is not None and prepared.reason is not None:
        return prepared.reason
    least = manifest.rejection
    second, best = _two_largest(row)
    if best + second < least.min_likeness or (least.min_margin is not None and margin(row) < least.min_margin):
        return "unlike_training"
    return "low_confidence" if best < least.min_confidence else None


def _two_largest(row: FloatArray) -> tuple[float, float]:
    """The second and the largest of [classes], as likeness adds them."""
    if len(row) <= _FEW:
        second, best = sorted(row.tolist())[-2:]
    else:
        second, best = np.partition(row, -2)[-2:].tolist()
    return second, best


def likeness(rows: FloatArray) -> NDArray[np.float64]:
    """The two largest of the probabilities [..., classes] together: [...], 0..1."""
    two: NDArray[np.float64] = np.partition(rows, -2)[..., -2:].sum(axis=-1, dtype=np.float64)
    return two


def margin(probabilities: FloatArray) -> NDArray[np.float64]:
    """How far the largest of the probabilities [..., classes] is ahead of the next: log p1 - log p2, [...], in nats.

    A probability that has become 0 counts as the smallest that a float32 holds in full.
    """
    two = np.partition(probabilities, -2)[..., -2:].astype(np.float64)
    logs: NDArray[np.float64] = np.log(np.maximum(two, float(np.finfo(np.float32).tiny)))
    return logs[..., 1] - logs[..., 0]
