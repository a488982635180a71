"""From a client's items to labelled, calibrated predictions of one or several models.

    items -> inputs (inline, or in a thread where it is work) -> each model's batcher -> answers.py

Pictures are decoded once, and prepared once for each distinct preprocessing among the models.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import Executor

from service.errors import FeaturemapError
from service.imaging.codec.files import ImageLimits
from service.inference.answers import ModelAnswer, Options, Timing, predictions_of
from service.inference.inputs import Item, Preparation, is_quick, prepare_inputs, probe_quick
from service.inference.loader import Model
from service.inference.runtime.batcher import Answer

_QUICK_PREDICTIONS = 32


class Predictor:
    """Answers calls with the models that it is given. `executor` runs decoding and preprocessing."""

    def __init__(self, limits: ImageLimits, executor: Executor) -> None:
        self.limits = limits
        self._executor = executor

    async def predict(
        self,
        models: Sequence[Model | FeaturemapError],
        items: Sequence[Item],
        options: Options,
        started: float | None = None,
    ) -> list[ModelAnswer | FeaturemapError]:
        """For each model its answer or what kept it from answering; an error among `models` stays one.

        `started` (perf_counter) is when the call began. Raises where a picture is bad, since no model could
        answer then.
        """
        started = time.perf_counter() if started is None else started
        # Who finds the queue full is told so before the work of decoding.
        admitted = [_admitted(model, len(items)) for model in models]
        preparation = await self._prepare([m for m in admitted if isinstance(m, Model)], items, options)
        calls = [self._answer(model, items, preparation, options, started) for model in admitted]
        return [await calls[0]] if len(calls) == 1 else await asyncio.gather(*calls)

    async def _prepare(self, models: Sequence[Model], items: Sequence[Item], options: Options) -> Preparation:
        specs = {model.manifest.preprocessing for model in models}
        if not specs:
            return Preparation({})
        headers = probe_quick(items, self.limits)
        if (
            headers is not None
            and options.preprocess.overrides.box is None
            and not options.preprocess.explain
            and is_quick(headers, specs)
        ):
            return prepare_inputs(items, specs, options.preprocess, self.limits, headers)
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, prepare_inputs, items, specs, options.preprocess, self.limits, headers
        )

    async def _answer(
        self,
        model: Model | FeaturemapError,
        items: Sequence[Item],
        preparation: Preparation,
        options: Options,
        started: float,
    ) -> ModelAnswer | FeaturemapError:
        if isinstance(model, FeaturemapError):
            return model
        inputs = preparation.inputs[model.manifest.preprocessing]
        if isinstance(inputs, FeaturemapError):
            return inputs
        try:
            answer = await model.batcher.submit(inputs.batch(), options.deadline)
        except FeaturemapError as error:
            return error
        work = (model.manifest, answer.rows, items, inputs, options)
        if len(items) <= _QUICK_PREDICTIONS:
            predictions = predictions_of(*work)
        else:
            loop = asyncio.get_running_loop()
            predictions = await loop.run_in_executor(self._executor, predictions_of, *work)
        timing = _timing(preparation, answer, started)
        return ModelAnswer(model.name, model.version, predictions, timing)


def _admitted(model: Model | FeaturemapError, images: int) -> Model | FeaturemapError:
    if isinstance(model, FeaturemapError):
        return model
    try:
        model.batcher.check_room(images)
    except FeaturemapError as error:
        return error
    return model


def _timing(preparation: Preparation, answer: Answer, started: float) -> Timing:
    return Timing(
        decode=round(preparation.decode_ms, 3),
        preprocess=round(preparation.preprocess_ms, 3),
        queue=round(answer.queue_s * 1e3, 3),
        inference=round(answer.compute_s * 1e3, 3),
        total=round((time.perf_counter() - started) * 1e3, 3),
    )
