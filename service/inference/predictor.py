"""From a client's items to labelled, calibrated predictions of one or several models.

    items -> inputs (inline, or in a thread where it is work) -> each model's batcher -> answers.py

Pictures are decoded once, and prepared once for each distinct preprocessing among the models.
"""

import asyncio
import time
from collections.abc import Collection, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from service.errors import FeaturemapError, Overloaded
from service.imaging.codec.files import ImageLimits
from service.imaging.codec.headers import Header
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.answers import Classification, ModelResult, Options, Times, classify
from service.inference.inputs import (
    QUICK_BYTES,
    Inputs,
    Item,
    Preparation,
    PreprocessOptions,
    expected_s,
    is_quick,
    prepare_inputs,
    preparing,
    probe_quick,
)
from service.inference.loader import Model, TensorModel
from service.inference.runtime.observer import Observer, tell
from service.inference.runtime.request import Answer, Done, Request
from service.inference.runtime.work_queue import WorkQueue
from service.inference.stages import Staged
from service.spans import note

_QUICK_PREDICTIONS = 32
_WITHOUT_OBJECT = ("empty", "no_object", "multiple")


@dataclass(slots=True)
class Prepared:
    """A call to one model whose items are ready to be run. `started` (perf_counter) is when it began."""

    model: Model
    items: Sequence[Item]
    options: Options
    started: float
    preparation: Preparation
    inputs: Inputs

    def enqueue(self, done: Done) -> Request:
        """Hands the items to the batcher, which calls `done`. Raises what `Batcher.enqueue` raises."""
        return self.model.batcher.enqueue((self.inputs.batch(),), self.options.deadline, done)

    def result(self, answer: Answer) -> ModelResult:
        """What the batcher's answer says of the items: work of less than a millisecond up to 32 of them."""
        classifications = classify(self.model.manifest, answer.rows, self.items, self.inputs, self.options)
        taken = times(self.preparation, answer, self.started)
        return ModelResult(self.model.name, self.model.version, classifications, taken)


class Predictor:
    """Answers calls with the models that it is given. `executor` runs decoding and preprocessing, `threads` at a
    time; `observer` hears how long they took."""

    def __init__(self, limits: ImageLimits, executor: Executor, observer: Observer, threads: int = 1) -> None:
        self.limits = limits
        self._executor = executor
        self._observer = observer
        self.work = WorkQueue(executor, threads, "pictures")

    async def predict(
        self,
        models: Sequence[Model | FeaturemapError],
        items: Sequence[Item],
        options: Options,
        started: float | None = None,
    ) -> list[ModelResult | FeaturemapError]:
        """For each model its answer or what kept it from answering; an error among `models` stays one.

        `started` (perf_counter) is when the call began. Raises where a picture is bad, since no model could
        answer then.
        """
        started = time.perf_counter() if started is None else started
        # Who finds the queue full is told so before the work of decoding.
        taking = [self.admit(model, len(items)) for model in models]
        preparation = await self.prepare([m for m in taking if isinstance(m, Model)], items, options.preprocess)
        calls = [self._answer(model, items, preparation, options, started) for model in taking]
        return [await calls[0]] if len(calls) == 1 else await asyncio.gather(*calls)

    def prepare_now(
        self, model: Model, items: Sequence[Item], options: Options, started: float
    ) -> Staged[Prepared | None]:
        """In stages the items as the model wants them, or None where to make them so is work for a thread: then
        `predict` is to be called. Raises what it raises."""
        if len(items) > _QUICK_PREDICTIONS:
            return None
        spec = model.manifest.preprocessing
        headers = probe_quick(items, self.limits)
        if not _is_inline(headers, (spec,), options.preprocess):
            return None
        yield None
        preparation = yield from preparing(items, (spec,), options.preprocess, self.limits, headers)
        self._tell([model], preparation)
        inputs = preparation.inputs[spec]
        if isinstance(inputs, FeaturemapError):
            raise inputs
        return Prepared(model, items, options, started, preparation, inputs)

    async def prepare(self, models: Sequence[Model], items: Sequence[Item], options: PreprocessOptions) -> Preparation:
        """The items as the models want them, decoded once; in a thread where that is work. Raises where one is bad."""
        specs = {model.manifest.preprocessing for model in models}
        if not specs:
            return Preparation({})
        headers = probe_quick(items, self.limits)
        if _is_inline(headers, specs, options):
            preparation = prepare_inputs(items, specs, options, self.limits, headers)
        else:
            self._check_work(models)
            seconds = expected_s(items, headers, specs)
            preparation = await self.work.run(seconds, prepare_inputs, items, specs, options, self.limits)
        self._tell(models, preparation)
        return preparation

    def admit(self, model: Model | FeaturemapError, images: int = 1, body_bytes: int = 0) -> Model | FeaturemapError:
        """The model where there is room for so many images, else why not: asked before a body of `body_bytes` is read,
        and before its pictures are decoded. An error stays one."""
        if isinstance(model, FeaturemapError):
            return model
        try:
            model.batcher.check_capacity(images)
            if body_bytes > QUICK_BYTES:
                self._check_work([model])
        except FeaturemapError as error:
            return error
        return model

    def _check_work(self, models: Sequence[Model]) -> None:
        try:
            self.work.check()
        except Overloaded:
            for model in models:
                tell(self._observer.refused, model.name, "queue_full")
            raise

    def _tell(self, models: Sequence[Model], preparation: Preparation) -> None:
        note("", decode=preparation.decode_s, preprocess=preparation.preprocess_s)
        for model in models:
            tell(self._observer.stage, model.name, "decode", preparation.decode_s)
            tell(self._observer.stage, model.name, "preprocess", preparation.preprocess_s)

    async def _answer(
        self,
        model: Model | FeaturemapError,
        items: Sequence[Item],
        preparation: Preparation,
        options: Options,
        started: float,
    ) -> ModelResult | FeaturemapError:
        if isinstance(model, FeaturemapError):
            return model
        inputs = preparation.inputs[model.manifest.preprocessing]
        if isinstance(inputs, FeaturemapError):
            return inputs
        try:
            answer = await run(model, inputs.batch(), deadline=options.deadline)
        except FeaturemapError as error:
            return error
        prepared = Prepared(model, items, options, started, preparation, inputs)
        if len(items) <= _QUICK_PREDICTIONS:
            result = prepared.result(answer)
        else:
            result = await asyncio.get_running_loop().run_in_executor(self._executor, prepared.result, answer)
        tell_answers(self._observer, result)
        return result


async def run(model: TensorModel, *inputs: NDArray[Any], deadline: float) -> Answer:
    """What the model's batcher answers, noted for who traces the request. Raises what `Batcher.submit` raises."""
    answer = await model.batcher.submit(*inputs, deadline=deadline)
    note(model.name, queue=answer.queue_s, inference=answer.compute_s)
    return answer


def tell_answers(observer: Observer, result: ModelResult) -> None:
    """Lets the observer count what was answered."""
    for answer in result.classifications:
        outcome = answer.reason or "accepted"
        tell(observer.answered, result.model, result.version, outcome, _objects(answer))


def _objects(answer: Classification) -> list[tuple[int, float]]:
    """Class and confidence of each object in a picture. Where none was found the model's answer is about nothing."""
    if answer.regions:
        return [(region.index, region.confidence) for region in answer.regions]
    return [] if answer.reason in _WITHOUT_OBJECT else [(answer.top[0].index, answer.top[0].probability)]


def _is_inline(
    headers: Sequence[Header | None] | None, specs: Collection[PreprocessSpec], options: PreprocessOptions
) -> bool:
    """Whether the event loop may do it; what a caller turns or boxes, or asks to see each step of, takes longer."""
    return headers is not None and options.overrides.box is None and not options.explain and is_quick(headers, specs)


def times(preparation: Preparation, answer: Answer, started: float) -> Times:
    """The seconds of a call that began at `started` (perf_counter) and ends now."""
    total = time.perf_counter() - started
    return Times(preparation.decode_s, preparation.preprocess_s, answer.queue_s, answer.compute_s, total)
