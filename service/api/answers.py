"""The answer of predict as it is on the wire: rounded numbers, pictures as data URLs, times in milliseconds.

    inference's ModelResult -> model_answer -> ModelAnswer -> JSON

The classes are OpenAPI's too. A picture inside costs its encoding: see `is_quick`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from service.imaging.codec.files import png_data_url
from service.imaging.pixels import shrink
from service.imaging.preprocessing.explain import Fact, Stage
from service.inference.answers import Classification, ModelResult, Options, Reason, Times

_DECIMALS = 6
_SHOWN_SIDE = 512  # pixels: a step of an explanation is shown no larger
_QUICK = 32  # predictions


@dataclass(frozen=True, slots=True)
class Candidate:
    """A class and its calibrated probability."""

    index: int
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture was read. `box` is x, y, width, height of the object in the upright picture's pixels."""

    polarity: Literal["light_on_dark", "dark_on_light"] | None
    box: tuple[int, int, int, int] | None


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of the input's way. `image` is a PNG data URL; `facts` are codes and numbers for a page to word."""

    name: str
    width: int
    height: int
    image: str
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True)
class RegionAnswer:
    """One of several objects in a picture. `box` is x, y, width, height in the upright picture's pixels; `reason` says
    why the object's class is not accepted; `line` counts the lines of a page, from 0 at the top."""

    box: tuple[int, int, int, int]
    index: int
    label: str
    confidence: float
    accepted: bool
    reason: Reason | None
    line: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer for one item. `top` is sorted by probability; `input_png` is a data URL."""

    filename: str | None
    index: int
    label: str
    confidence: float
    accepted: bool
    reason: Reason | None
    top: list[Candidate]
    preprocessing: Preprocessing | None
    input_png: str | None
    regions: list[RegionAnswer] | None = None
    steps: list[ShownStep] | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of each stage. `total` is from the call's first byte to its answer."""

    decode: float
    preprocess: float
    queue: float
    inference: float
    total: float


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """One model's predictions, an item each and in the items' order."""

    model: str
    version: str
    predictions: list[Prediction]
    timing_ms: Timing


def is_quick(options: Options, items: int) -> bool:
    """Whether `model_answer` takes less than about a millisecond: no picture is encoded, and there are not many."""
    return not options.keep_input and not options.preprocess.explain and items <= _QUICK


def model_answer(result: ModelResult) -> ModelAnswer:
    """A model's result as it is told."""
    predictions = [prediction(each) for each in result.classifications]
    return ModelAnswer(result.model, result.version, predictions, _timing(result.times))


def prediction(found: Classification) -> Prediction:
    """A classification as it is told."""
    top = [Candidate(each.index, each.label, round(each.probability, _DECIMALS)) for each in found.top]
    prepared = found.prepared
    return Prediction(
        filename=found.filename,
        index=top[0].index,
        label=top[0].label,
        confidence=top[0].probability,
        accepted=found.accepted,
        reason=found.reason,
        top=top,
        preprocessing=None if prepared is None else Preprocessing(prepared.polarity, prepared.box),
        input_png=None if found.seen is None else png_data_url(found.seen),
        regions=None if found.regions is None else [
            RegionAnswer(
                each.box, each.index, each.label, round(each.confidence, _DECIMALS), each.accepted, each.reason,
                each.line,
            )
            for each in found.regions
        ],
        steps=None if found.stages is None else _shown(found.stages),
    )  # fmt: skip


def _shown(stages: Sequence[Stage]) -> list[ShownStep]:
    pictures = [shrink(stage.pixels, _SHOWN_SIDE)[0] for stage in stages]
    return [
        ShownStep(stage.name, picture.shape[1], picture.shape[0], png_data_url(picture), stage.facts)
        for stage, picture in zip(stages, pictures, strict=True)
    ]


def _timing(times: Times) -> Timing:
    return Timing(
        decode=_ms(times.decode),
        preprocess=_ms(times.preprocess),
        queue=_ms(times.queue),
        inference=_ms(times.inference),
        total=_ms(times.total),
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 3)
