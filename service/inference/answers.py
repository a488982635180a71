"""Probabilities to labelled, calibrated predictions, each accepted or with a reason.

    rows [n, classes] -> calibrate -> top-k -> judge -> Prediction, with what the client asked to see

Everything here is plain work on arrays; who asks which model when is `predictor.py`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.imaging.codec.files import png_data_url
from service.imaging.pixels import shrink
from service.imaging.preprocessing.explain import Fact, Stage, rejoined
from service.imaging.preprocessing.recipes import Prepared, Region, choose_reading
from service.inference.inputs import DEFAULT_OPTIONS, Inputs, Item, PreprocessOptions, Upload
from service.inference.package.manifest import Manifest

Reason = Literal["empty", "no_object", "multiple", "unlike_training", "low_confidence"]

_SHOWN_SIDE = 512  # pixels: a step of an explanation is shown no larger


@dataclass(frozen=True, slots=True)
class Options:
    """How a call wants its answer. `deadline` is a time of the event loop."""

    top_k: int = 3
    return_input: bool = False
    deadline: float = math.inf
    preprocess: PreprocessOptions = DEFAULT_OPTIONS


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
    """One of several objects in a picture. `box` is x, y, width, height in the upright picture's pixels."""

    box: tuple[int, int, int, int]
    index: int
    label: str
    confidence: float


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


def predictions_of(
    manifest: Manifest, rows: NDArray[np.float32], items: Sequence[Item], inputs: Inputs, options: Options
) -> list[Prediction]:
    """Rows as the model gave them for `inputs.batch()`, [m, classes], to one Prediction for each of the n items."""
    calibrated = calibrate(rows, manifest.temperature)
    predictions = []
    taken = len(items)
    for i, item in enumerate(items):
        prepared, steps, row = inputs.prepared[i], inputs.steps[i], calibrated[i]
        regions = None
        if prepared is not None and prepared.regions:
            own = calibrated[taken : taken + len(prepared.regions)]
            taken += len(own)
            prepared, places = choose_reading(prepared, own.max(axis=1).tolist())
            if len(places) == 1:
                row = own[places[0]]
                if steps is not None and prepared.box is not None:
                    steps = rejoined(steps, prepared.pixels, prepared.box)
            else:
                regions = [_region(*each, manifest) for each in zip(prepared.regions, own[places], strict=True)]
        top = [Candidate(k, manifest.labels[k], round(float(row[k]), 6)) for k in _order(row, options.top_k)]
        reason = judge(row, prepared, manifest)
        seen = prepared.pixels if prepared else inputs.picture(i, manifest.preprocessing)
        predictions.append(
            Prediction(
                filename=item.name if isinstance(item, Upload) else None,
                index=top[0].index,
                label=top[0].label,
                confidence=top[0].probability,
                accepted=reason is None,
                reason=reason,
                top=top,
                preprocessing=Preprocessing(prepared.polarity, prepared.box) if prepared else None,
                input_png=png_data_url(seen) if options.return_input else None,
                regions=regions,
                steps=_shown(steps),
            )
        )
    return predictions


def _order(row: NDArray[np.float32], count: int) -> list[int]:
    order: list[int] = np.argsort(-row, kind="stable")[:count].tolist()  # a tie: the lower index
    return order


def _region(region: Region, row: NDArray[np.float32], manifest: Manifest) -> RegionAnswer:
    best = int(row.argmax())
    return RegionAnswer(region.box, best, manifest.labels[best], round(float(row[best]), 6))


def _shown(steps: Sequence[Stage] | None) -> list[ShownStep] | None:
    if steps is None:
        return None
    pictures = [shrink(step.pixels, _SHOWN_SIDE)[0] for step in steps]
    return [
        ShownStep(step.name, picture.shape[1], picture.shape[0], png_data_url(picture), step.facts)
        for step, picture in zip(steps, pictures, strict=True)
    ]


def calibrate(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """p^(1/T), made to sum to 1 again: what softmax gives for logits divided by T. [n, classes] each."""
    if temperature == 1.0:
        return probabilities
    powers = probabilities.astype(np.float64) ** (1.0 / temperature)
    normalised: NDArray[np.float32] = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return normalised


def judge(row: NDArray[np.float32], prepared: Prepared | None, manifest: Manifest) -> Reason | None:
    """Why the answer is not accepted, or None. `row` holds the calibrated probabilities [classes].

    Who hesitates between two classes has seen one of them; who spreads over many has seen none.
    """
    if prepared is not None and prepared.reason is not None:
        return prepared.reason
    if likeness(row) < manifest.rejection.min_likeness:
        return "unlike_training"
    return "low_confidence" if float(row.max()) < manifest.rejection.min_confidence else None


def likeness(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much like the training: the two largest probabilities together, of each row, [..., classes] -> [...]."""
    two: NDArray[np.float64] = np.partition(probabilities, -2, axis=-1)[..., -2:].sum(axis=-1, dtype=np.float64)
    return two
