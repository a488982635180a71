"""One picture as a model reads it: the tensor that its answer is of, and that answer.

    item -> inputs -> the model, in a batch like any other -> which reading answers -> Reading

Where its ink can be read in several ways a picture is many tensors; the network chooses among them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.errors import FeaturemapError
from service.imaging.pixels import FloatArray
from service.inference.activation import probabilities
from service.inference.answers import Classification, Options, Times, calibrate, choose_rows, classify
from service.inference.inputs import Inputs, Item, Preparation, PreprocessOptions
from service.inference.loader import Model
from service.inference.predictor import Predictor, run, times


@dataclass(frozen=True, slots=True)
class Reading:
    """`tensor` is [1, *tensor_shape], `row` its calibrated probabilities, float32 [classes].

    Of a picture that is seen in several views it is the first, the object cut out; the classification is of all.
    """

    tensor: FloatArray
    row: FloatArray
    classification: Classification
    times: Times


async def read_one(
    predictor: Predictor,
    model: Model,
    item: Item,
    options: PreprocessOptions,
    deadline: float,
    keep_input: bool = False,
) -> Reading:
    """Raises what `predict` raises. `keep_input`: what the model saw is kept."""
    started = time.perf_counter()
    model.batcher.check_capacity()
    preparation, inputs = await prepare_for(predictor, model, [item], options)
    batch = inputs.batch()
    answer = await run(model, batch, deadline=deadline)
    calibrated = calibrate(probabilities(answer.rows, model.manifest.output), model.manifest.temperature)
    (choice,) = choose_rows(inputs, calibrated)
    wanted = Options(keep_input=keep_input, preprocess=options)
    (classification,) = classify(model.manifest, answer.rows, [item], inputs, wanted)
    took = times(preparation, answer, started)
    return Reading(batch[choice.row : choice.row + 1], calibrated[choice.row], classification, took)


async def prepare_for(
    predictor: Predictor, model: Model, items: Sequence[Item], options: PreprocessOptions
) -> tuple[Preparation, Inputs]:
    """The items as the model wants them. Raises where it takes none of them so."""
    preparation = await predictor.prepare([model], items, options)
    inputs = preparation.inputs[model.manifest.preprocessing]
    if isinstance(inputs, FeaturemapError):
        raise inputs
    return preparation, inputs


def with_inference(taken: Times, seconds: float) -> Times:
    """The same call once it has worked on, for so many seconds."""
    return replace(taken, inference=taken.inference + seconds, total=taken.total + seconds)
