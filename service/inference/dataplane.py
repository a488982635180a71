"""The one object that every front calls: HTTP today, other protocols beside it. It knows no HTTP and no JSON.

    predict   pictures or numbers -> classifications, by one model or several
    infer     a ready tensor -> rows of probabilities as the model gives them
    look      a picture -> what each layer of a model makes of it
    filter    a picture -> what kernels make of it

Each call is checked against what the queues hold, runs until its deadline, a time of the event loop, and raises
`FeaturemapError`s, which each front says in its own words.
"""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from service.errors import FeaturemapError, InvalidInput
from service.imaging.codec.files import ImageLimits
from service.imaging.convolution.budget import Budget
from service.imaging.pixels import FloatArray
from service.inference.activation import probabilities
from service.inference.answers import Classification, ModelResult, Options, Times, calibrate, choose_rows, classify
from service.inference.features import ROWS, Layer
from service.inference.filtering import FilteredPicture, FilterJob, filter_picture
from service.inference.inputs import Item, PreprocessOptions
from service.inference.loader import Model
from service.inference.predictor import Predictor, times
from service.inference.repository import Repository
from service.inference.runtime.limiter import Limiter
from service.inference.runtime.observer import Observer
from service.inference.runtime.request import Answer

MAX_WAITING_FILTERS = 16
_Answered = TypeVar("_Answered")


@dataclass(frozen=True, slots=True)
class Look:
    """The inside of a model for one picture. `layers` are those of what the network takes the picture for: where its
    ink can be read in several ways, of the best reading. Calibrated `probabilities` are float32 [classes]; `rows`, of
    a recurrent model, float32 [steps, classes]."""

    classification: Classification
    layers: dict[str, Layer]
    probabilities: FloatArray
    rows: FloatArray | None
    times: Times


class DataPlane:
    """Serves the models of `repository`. Used from one event loop.

    `executor` is for work of more than about a millisecond; a filtered picture shares its blocks out to `threads` more.
    """

    def __init__(
        self, repository: Repository, limits: ImageLimits, executor: Executor, observer: Observer, threads: int = 1
    ) -> None:
        self.repository = repository
        self.limits = limits
        self._executor = executor
        self._threads = threads
        self._predictor = Predictor(limits, executor, observer)
        # Each filtered picture already shares its blocks out to every CPU; the other threads are for predictions.
        self._filters = Limiter(max(1, threads // 2), MAX_WAITING_FILTERS, "pictures to filter")

    async def predict(
        self,
        models: Sequence[Model | FeaturemapError],
        items: Sequence[Item],
        options: Options,
        started: float | None = None,
    ) -> list[ModelResult | FeaturemapError]:
        """For each model its answer or what kept it from answering; an error among `models` stays one.

        `started` (perf_counter) is when the call began. Raises where a picture is bad, since no model could answer.
        """
        return await self._predictor.predict(models, items, options, started)

    async def infer(
        self, tensor: FloatArray, name: str, version: str | None = None, deadline: float = math.inf
    ) -> Answer:
        """The model's rows [n, classes] for a tensor [n, ...] in its own form, as they come: not calibrated.

        Raises NotFound, NotReady, InvalidInput (another shape or datatype), and what the batcher raises.
        """
        model = self.repository.get(name, version)
        wanted = model.manifest.input
        if tensor.dtype != np.float32 or tensor.shape[1:] != wanted.shape[1:]:
            sizes = ", ".join(map(str, wanted.shape))
            raise InvalidInput(
                f"{wanted.name} of {name} must be {wanted.datatype} [{sizes}], not {tensor.dtype} {list(tensor.shape)}."
            )
        return await model.batcher.submit(tensor, deadline)

    async def look(self, model: Model, item: Item, options: PreprocessOptions, deadline: float = math.inf) -> Look:
        """What each layer makes of a picture. Raises what `predict` raises.

        The layers are run for one reading of it alone, which the network chooses in a batch like any other: a picture
        may become hundreds of candidates, and the layers' output of one is a megabyte.
        """
        started = time.perf_counter()
        model.batcher.check_capacity()
        preparation = await self._predictor.prepare([model], [item], options)
        inputs = preparation.inputs[model.manifest.preprocessing]
        if isinstance(inputs, FeaturemapError):
            raise inputs
        batch = inputs.batch()
        answer = await model.batcher.submit(batch, deadline)
        temperature, output = model.manifest.temperature, model.manifest.output
        (choice,) = choose_rows(inputs, calibrate(probabilities(answer.rows, output), temperature))
        loop, begun = asyncio.get_running_loop(), time.perf_counter()
        layers = await loop.run_in_executor(self._executor, model.features.look, batch[choice.row : choice.row + 1])
        looked = time.perf_counter()
        (classification,) = classify(model.manifest, answer.rows, [item], inputs, Options(preprocess=options))
        rows, took = layers.get(ROWS), times(preparation, answer, started)
        return Look(
            classification,
            layers,
            calibrate(probabilities(layers[output.name].values[None], output), temperature)[0],
            None if rows is None else calibrate(rows.values, temperature),
            replace(took, inference=took.inference + looked - begun),
        )

    async def filter(
        self, data: bytes, job: FilterJob, deadline: float, finish: Callable[[FilteredPicture, int], _Answered]
    ) -> _Answered:
        """What `finish` makes of the filtered picture, in the same thread: encoding one is as much work as filtering.
        It gets the number of threads that it may use. Raises Overloaded, DeadlineExceeded, and what
        `filter_picture` raises."""

        def work() -> _Answered:
            return finish(filter_picture(data, job, self.limits, budget), self._threads)

        async with self._filters:
            budget = Budget(self._threads, deadline)  # the event loop's time is time.monotonic()
            try:
                return await asyncio.get_running_loop().run_in_executor(self._executor, work)
            finally:
                budget.stop.set()  # a caller who left is not worked for
