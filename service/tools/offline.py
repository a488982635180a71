"""Answers of a model without a server, by the functions that the server calls: decode, prepare, run, choose, calibrate.

picture files -> Inputs -> session -> rows, an item each (judging) or Classifications (predicting)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from service.errors import FeaturemapError, InferenceFailed
from service.imaging.codec.files import ImageLimits
from service.imaging.pixels import FloatArray
from service.inference.activation import probabilities
from service.inference.answers import Classification, Options, calibrate, choose_rows, classify, pooled
from service.inference.inputs import DEFAULT_OPTIONS, Inputs, Item, PreprocessOptions, prepare_inputs
from service.inference.loader import Model

_Any = TypeVar("_Any")


@dataclass(frozen=True, slots=True)
class Asked:
    """Items as the model saw them, and its rows for `inputs.batch()`, float32 [m, ...]."""

    items: Sequence[Item]
    inputs: Inputs
    rows: FloatArray


def ask(model: Model, items: Sequence[Item], options: PreprocessOptions, limits: ImageLimits) -> Asked:
    """Raises what is wrong with a picture, and InferenceFailed."""
    spec = model.manifest.preprocessing
    inputs = prepare_inputs(items, {spec}, options, limits).inputs[spec]
    if isinstance(inputs, FeaturemapError):
        raise inputs
    batch, size = inputs.batch(), max(1, model.batcher.limits.max_batch)
    try:
        rows = [model.session.run(batch[i : i + size]) for i in range(0, len(batch), size)]
    except Exception:  # onnxruntime raises many kinds
        raise InferenceFailed(f"{model.name} failed on these pictures.") from None
    return Asked(items, inputs, np.concatenate(rows))


def predict(model: Model, items: Sequence[Item], options: Options, limits: ImageLimits) -> list[Classification]:
    """An answer for each item. Raises what `ask` raises."""
    asked = ask(model, items, options.preprocess, limits)
    return classify(model.manifest, asked.rows, items, asked.inputs, options)


def item_probabilities(model: Model, items: Sequence[Item], limits: ImageLimits) -> FloatArray:
    """Of each item, float32 [n, classes], not calibrated. Raises what `ask` raises."""
    asked = ask(model, items, DEFAULT_OPTIONS, limits)
    plain = pooled(probabilities(asked.rows, model.manifest.output), asked.inputs)
    calibrated = calibrate(plain, model.manifest.temperature)
    return plain[[choice.row for choice in choose_rows(asked.inputs, calibrated)]]


def in_chunks(items: Sequence[_Any], size: int) -> Iterator[Sequence[_Any]]:
    return (items[i : i + size] for i in range(0, len(items), size))
