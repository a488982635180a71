"""Explains an answer: asks the model about changed copies of a picture, in batches, as anybody asks it.

    picture -> Reading -> covered copies -> Occlusion
                       -> changed copies -> Flip
                       -> its last maps, where the network ends so -> ClassActivation

Each batch goes through the model's queue on its own, so that others get their turn between two of them, and an
explanation is refused, or told that its time is over, like any other work.
"""

import asyncio
import time
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.errors import NotFound
from service.imaging.pixels import FloatArray
from service.inference.activation import probabilities
from service.inference.answers import Classification, Times, calibrate
from service.inference.inputs import Item, PreprocessOptions
from service.inference.loader import Model
from service.inference.package.evidence import class_index
from service.inference.predictor import Predictor, run
from service.inference.reading import Reading, read_one, with_inference
from service.inference.runtime.limiter import Limiter
from service.inference.why.arithmetic import explain_number
from service.inference.why.class_activation import ClassActivation, class_activation, find_head
from service.inference.why.covering import Windows, cover_of, covered, windows
from service.inference.why.flipping import MAX_PIXELS, Allowance, Flip, flip
from service.inference.why.network import Network
from service.inference.why.number import Number, Place

MAX_WAITING = 16  # explanations, beyond those that are worked on
_SHARE_OF_TIME = 0.8  # of what is left until the deadline, for a search that can say that it found nothing


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: `class_name` by index or label, None for the answer; patch and stride in pixels, None for the
    usual; `pixels` at most changed."""

    occlusion: bool = True
    flip: bool = True
    class_activation: bool = True
    class_name: str | None = None
    patch: int | None = None
    stride: int | None = None
    pixels: int = MAX_PIXELS


@dataclass(frozen=True, slots=True)
class Occlusion:
    """`falls`: by how much a class's calibrated `probability` falls where a patch is covered; float64, a number a
    window. Below zero it rises. `cover` is the grey of the patch, 0..1."""

    index: int
    probability: float
    windows: Windows
    cover: float
    falls: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was wished for; `class_activation` is None, too, where the network does not end in an average and a dense
    layer. `row` are the answer's calibrated probabilities [classes]."""

    classification: Classification
    row: FloatArray
    index: int
    occlusion: Occlusion | None
    flip: Flip | None
    class_activation: ClassActivation | None
    times: Times


class Explainer:
    """Explains the answers of any model. Used from one event loop. As many explanations at a time as half of the
    `threads`; the other half is for predictions."""

    def __init__(self, predictor: Predictor, executor: Executor, threads: int) -> None:
        self._predictor = predictor
        self._executor = executor
        self._turns = Limiter(max(1, threads // 2), MAX_WAITING, "explanations")

    async def explain(
        self, model: Model, item: Item, options: PreprocessOptions, wish: Wish, deadline: float
    ) -> Explanation:
        """Raises InvalidInput and PayloadTooLarge (class, patches), Overloaded, DeadlineExceeded, and what `predict`
        raises."""
        spec, labels = model.manifest.preprocessing, model.manifest.labels
        places = windows(spec, wish.patch, wish.stride) if wish.occlusion else None
        chosen = None if wish.class_name is None else class_index(labels, wish.class_name, "class")
        async with self._turns:
            reading = await read_one(self._predictor, model, item, options, deadline, keep_input=True)
            begun = time.perf_counter()
            index = reading.classification.index if chosen is None else chosen
            ask = _Asking(model, deadline)
            occlusion = None if places is None else await _occlude(model, reading, places, index, ask)
            activation = await self._activation(model, reading, index) if wish.class_activation else None
            flipped = await self._flip(model, reading, wish.pixels, ask, deadline) if wish.flip else None
            return Explanation(
                reading.classification,
                reading.row,
                index,
                occlusion,
                flipped,
                activation,
                with_inference(reading.times, time.perf_counter() - begun),
            )

    async def number(
        self, model: Model, item: Item, options: PreprocessOptions, layer: str, place: Place, deadline: float
    ) -> Number:
        """How one number of a layer came about. Raises what `explain_number`, `Features` and `predict` raise."""
        reading = await read_one(self._predictor, model, item, options, deadline)

        def work() -> Number:
            nodes, weights = model.features.graph
            return explain_number(Network(nodes, weights, model.features.look(reading.tensor)), layer, place)

        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def _activation(self, model: Model, reading: Reading, index: int) -> ClassActivation | None:
        return await asyncio.get_running_loop().run_in_executor(self._executor, _activation, model, reading, index)

    async def _flip(self, model: Model, reading: Reading, pixels: int, ask: "_Asking", deadline: float) -> Flip:
        now = time.monotonic()  # the event loop's clock
        until = now + _SHARE_OF_TIME * (deadline - now)
        allowed = Allowance(ask.batch, until, pixels)
        return await flip(reading.tensor, model.manifest.preprocessing, reading.row, ask.until(until), allowed)


class _Asking:
    """The model's calibrated probabilities for tensors, a batch a call."""

    def __init__(self, model: Model, deadline: float) -> None:
        self._model = model
        self._deadline = deadline
        self.batch = max(1, model.batcher.limits.max_batch)

    def until(self, deadline: float) -> "_Asking":
        return _Asking(self._model, deadline)

    async def __call__(self, tensors: FloatArray) -> FloatArray:
        answer = await run(self._model, tensors, deadline=self._deadline)
        manifest = self._model.manifest
        return calibrate(probabilities(answer.rows, manifest.output), manifest.temperature)


async def _occlude(model: Model, reading: Reading, places: Windows, index: int, ask: _Asking) -> Occlusion:
    spec = model.manifest.preprocessing
    rows = [await ask(copies) for copies in covered(reading.tensor, spec, places, ask.batch)]
    own = np.concatenate(rows)[:, index].astype(np.float64).reshape(places.shape)
    probability = float(reading.row[index])
    return Occlusion(index, probability, places, cover_of(spec) / 255, probability - own)


def _activation(model: Model, reading: Reading, index: int) -> ClassActivation | None:
    """None where the package does not show its layers, or the network does not end in an average and a dense layer."""
    try:
        head = find_head(*model.features.graph, model.manifest.output.name)
    except NotFound:
        return None
    if head is None:
        return None
    layer = model.features.look(reading.tensor).get(head.layer)
    return None if layer is None else class_activation(head, layer.values, index)
