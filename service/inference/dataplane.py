"""The one object that every front calls: HTTP today, other protocols beside it. It knows no HTTP and no JSON.

    predict   pictures or numbers -> classifications, by one model or several
    infer     ready tensors, or picture files in their place -> the model's outputs as it gives them
    look      a picture -> what each layer of a model makes of it
    explain   a picture -> why a model answers as it does
    number    a picture -> how one number of a layer came about
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
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from service.errors import FeaturemapError, InvalidInput, PayloadTooLarge
from service.imaging.codec.files import ImageLimits
from service.imaging.convolution.budget import Budget
from service.imaging.pixels import FloatArray
from service.inference.activation import probabilities
from service.inference.answers import Classification, ModelResult, Options, Times, calibrate, choose_rows, pooled
from service.inference.features import ROWS, Layer
from service.inference.filtering import FilteredPicture, FilterJob, filter_picture
from service.inference.inputs import DEFAULT_OPTIONS, Item, PreprocessOptions, Upload
from service.inference.loader import Model, TensorModel
from service.inference.predictor import Predictor, Prepared, run
from service.inference.reading import prepare_for, read_one, with_inference
from service.inference.repository import Repository
from service.inference.runtime.limiter import Limiter
from service.inference.runtime.observer import Observer
from service.inference.runtime.request import Answer
from service.inference.runtime.tensors import NamedTensor, TensorInfo, Tensors, arrange
from service.inference.stages import Staged
from service.inference.tensor_loader import tensors_only
from service.inference.why.explainer import Explainer, Explanation, Wish
from service.inference.why.number import Number, Place

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
    `max_rows` is the largest batch of `infer`, which the batcher splits as it needs.
    """

    def __init__(
        self,
        repository: Repository,
        limits: ImageLimits,
        executor: Executor,
        observer: Observer,
        threads: int = 1,
        max_rows: int = 256,
    ) -> None:
        self.repository = repository
        self.limits = limits
        self._executor = executor
        self._threads = threads
        self._max_rows = max_rows
        self._predictor = Predictor(limits, executor, observer, threads)
        self._explainer = Explainer(self._predictor, executor, threads)
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

    def admit(self, model: Model | FeaturemapError, body_bytes: int) -> Model | FeaturemapError:
        """The model where there is room for a call, asked before its body of so many bytes is read; else why not. An
        error stays one."""
        return self._predictor.admit(model, 1, body_bytes)

    def is_full(self) -> bool:
        """Whether `admit` refuses pictures that are work for a thread."""
        return self._predictor.work.is_full()

    async def work(self, seconds: float, function: Callable[..., _Answered], *arguments: object) -> _Answered:
        """Work for a thread, which is expected to take so long, in turn with the pictures that are prepared. Raises
        what it raises."""
        return await self._predictor.work.run(seconds, function, *arguments)

    def prepare_now(
        self, model: Model, items: Sequence[Item], options: Options, started: float
    ) -> Staged[Prepared | None]:
        """`predict` up to the queue, in stages, for who calls `Prepared.enqueue` in place of waiting. None where it is
        work for a thread: then `predict` is to be called. Raises what it raises."""
        return self._predictor.prepare_now(model, items, options, started)

    def arrange(self, model: TensorModel, inputs: Sequence[NamedTensor]) -> Tensors:
        """Tensors in the model's order, for who calls `Batcher.enqueue` in place of `infer`. Raises InvalidInput,
        PayloadTooLarge."""
        batched = model.batcher.limits.max_batch > 0
        tensors = arrange(model.session.inputs, inputs, batched)
        if batched:
            self._check_rows(len(tensors[0]))
        return tensors

    async def infer(self, model: TensorModel, inputs: Sequence[NamedTensor], deadline: float = math.inf) -> Answer:
        """The model's outputs for its inputs, by name and in any order: as they come, not calibrated.

        Where the model takes pictures, BYTES in place of its input, [n] or [n, 1], are picture files and go the way of
        `predict`. Raises InvalidInput (another name, shape or datatype; TensorsOnly for pictures where it takes none),
        PayloadTooLarge, what the batcher raises, and for pictures what `infer_items` raises.
        """
        if _are_pictures(model.session.inputs, inputs):
            if not isinstance(model, Model):
                raise tensors_only(model.name)
            return await self.infer_items(model, _uploads(inputs[0][1]), deadline)
        return await run(model, *self.arrange(model, inputs), deadline=deadline)

    async def infer_items(self, model: Model, items: Sequence[Item], deadline: float = math.inf) -> Answer:
        """The rows of a classifier for pictures or numbers, float32 [n, classes], an item each: prepared as `predict`
        does, but not calibrated. Raises what `predict` raises, PayloadTooLarge, and what the batcher raises."""
        self._check_rows(len(items))
        model.batcher.check_capacity(len(items))
        _, inputs = await prepare_for(self._predictor, model, items, DEFAULT_OPTIONS)
        answer = await run(model, inputs.batch(), deadline=deadline)
        if not inputs.further:
            return answer
        calibrated = calibrate(probabilities(answer.rows, model.manifest.output), model.manifest.temperature)
        chosen = [choice.row for choice in choose_rows(inputs, calibrated)]
        return replace(answer, outputs=tuple(pooled(rows, inputs)[chosen] for rows in answer.outputs))

    def _check_rows(self, rows: int) -> None:
        if rows > self._max_rows:
            raise PayloadTooLarge(
                f"The batch has {rows} rows; at most {self._max_rows} are accepted.", limit=self._max_rows, actual=rows
            )

    async def look(self, model: Model, item: Item, options: PreprocessOptions, deadline: float = math.inf) -> Look:
        """What each layer makes of a picture. Raises what `predict` raises.

        The layers are run for one reading of it alone, which the network chooses in a batch like any other: a picture
        may become hundreds of candidates, and the layers' output of one is a megabyte.
        """
        reading = await read_one(self._predictor, model, item, options, deadline)
        temperature = model.manifest.temperature
        loop, begun = asyncio.get_running_loop(), time.perf_counter()
        layers = await loop.run_in_executor(self._executor, model.features.look, reading.tensor)
        rows = layers.get(ROWS)
        return Look(
            reading.classification,
            layers,
            reading.row,
            None if rows is None else calibrate(rows.values, temperature),
            with_inference(reading.times, time.perf_counter() - begun),
        )

    async def explain(
        self, model: Model, item: Item, options: PreprocessOptions, wish: Wish, deadline: float = math.inf
    ) -> Explanation:
        """Why the model answers as it does. Raises what `Explainer.explain` raises."""
        return await self._explainer.explain(model, item, options, wish, deadline)

    async def number(
        self, model: Model, item: Item, options: PreprocessOptions, layer: str, place: Place, deadline: float = math.inf
    ) -> Number:
        """How one number of a layer came about. Raises what `Explainer.number` raises."""
        return await self._explainer.number(model, item, options, layer, place, deadline)

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


def _are_pictures(takes: Sequence[TensorInfo], given: Sequence[NamedTensor]) -> bool:
    """Whether BYTES stand for a model's only input, which is something else."""
    if len(takes) != 1 or len(given) != 1:
        return False
    (info,), ((name, array),) = takes, given
    return name == info.name and info.datatype != "BYTES" and array.dtype == np.object_


def _uploads(array: NDArray[Any]) -> list[Item]:
    if array.shape not in ((array.size,), (array.size, 1)):
        raise InvalidInput(f"Pictures must have the shape [n] or [n, 1], not {list(array.shape)}.")
    if not array.size:
        raise InvalidInput("The request holds no pictures; at least one is needed.")
    return [Upload(data, where=f"picture {i}: ") for i, data in enumerate(array.ravel().tolist())]
