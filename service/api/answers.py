"""The answer of predict as it is on the wire: rounded numbers, pictures as data URLs, times in milliseconds.

    inference's ModelResult -> model_answer -> ModelAnswer -> JSON

The types are OpenAPI's too; what is made is plain dicts, which are written three times as fast as objects. A picture
inside costs its encoding: see `is_quick`.
"""

from typing import Literal

from typing_extensions import TypedDict

from service.imaging.codec.files import png_data_url
from service.imaging.pixels import shrink
from service.imaging.preprocessing.explain import Fact, Stage
from service.inference.answers import Classification, ClassifiedRegion, ModelResult, Options, Reason

_DECIMALS = 6
_SCALE = 10.0**_DECIMALS
_SHOWN_SIDE = 512  # pixels: a step of an explanation is shown no larger
_QUICK = 32  # predictions


class Candidate(TypedDict):
    """A class and its calibrated probability."""

    index: int
    label: str
    probability: float


class Preprocessing(TypedDict):
    """How a picture was read. `box` is x, y, width, height of the object in the upright picture's pixels."""

    polarity: Literal["light_on_dark", "dark_on_light"] | None
    box: tuple[int, int, int, int] | None


class ShownStep(TypedDict):
    """A step of the input's way. `image` is a PNG data URL; `facts` are codes and numbers for a page to word."""

    name: str
    width: int
    height: int
    image: str
    facts: dict[str, Fact]


class RegionAnswer(TypedDict):
    """One of several objects in a picture. `box` is x, y, width, height in the upright picture's pixels; `reason` says
    why the object's class is not accepted; `line` counts the lines of a page, from 0 at the top."""

    box: tuple[int, int, int, int]
    index: int
    label: str
    confidence: float
    accepted: bool
    reason: Reason | None
    line: int


class Prediction(TypedDict):
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
    regions: list[RegionAnswer] | None
    steps: list[ShownStep] | None


class Timing(TypedDict):
    """Milliseconds of each stage. `total` is from the call's first byte to its answer."""

    decode: float
    preprocess: float
    queue: float
    inference: float
    total: float


class ModelAnswer(TypedDict):
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
    times = result.times
    return {
        "model": result.model,
        "version": result.version,
        "predictions": [prediction(each) for each in result.classifications],
        "timing_ms": {
            "decode": round(times.decode * 1e6) / 1e3,
            "preprocess": round(times.preprocess * 1e6) / 1e3,
            "queue": round(times.queue * 1e6) / 1e3,
            "inference": round(times.inference * 1e6) / 1e3,
            "total": round(times.total * 1e6) / 1e3,
        },
    }


def prediction(found: Classification) -> Prediction:
    """A classification as it is told."""
    top: list[Candidate] = [
        {"index": each.index, "label": each.label, "probability": _rounded(each.probability)} for each in found.top
    ]
    best, prepared = top[0], found.prepared
    return {
        "filename": found.filename,
        "index": best["index"],
        "label": best["label"],
        "confidence": best["probability"],
        "accepted": found.accepted,
        "reason": found.reason,
        "top": top,
        "preprocessing": None if prepared is None else {"polarity": prepared.polarity, "box": prepared.box},
        "input_png": None if found.seen is None else png_data_url(found.seen),
        "regions": None if found.regions is None else [_region(each) for each in found.regions],
        "steps": None if found.stages is None else [_shown(stage) for stage in found.stages],
    }


def _rounded(probability: float) -> float:
    """To six decimals, as `round` has them, at a quarter of its cost: a float32 times a million is exact here."""
    if 0 <= probability <= 1:
        return round(probability * _SCALE) / _SCALE
    return round(probability, _DECIMALS)  # whatever a model gives: no number, or an infinite one


def _region(region: ClassifiedRegion) -> RegionAnswer:
    return {
        "box": region.box,
        "index": region.index,
        "label": region.label,
        "confidence": _rounded(region.confidence),
        "accepted": region.accepted,
        "reason": region.reason,
        "line": region.line,
    }


def _shown(stage: Stage) -> ShownStep:
    picture = shrink(stage.pixels, _SHOWN_SIDE)[0]
    height, width = picture.shape[:2]
    return {
        "name": stage.name,
        "width": width,
        "height": height,
        "image": png_data_url(picture),
        "facts": dict(stage.facts),
    }
