"""What a client sent, picture files or numbers, to the tensors of the models that it asked.

    Upload  -> probe -> decode, once -> prepare, once per preprocessing  \\
                                                                          >  Inputs of each preprocessing
    Numbers -> checked against each model's shape                        /

This is work for the CPU and knows no event loop; `is_quick` says whether it is worth a thread.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from service.errors import FeaturemapError, InvalidInput
from service.imaging.codec.files import PIXELS_PER_MS, ImageLimits, decode, decode_cost, probe
from service.imaging.codec.headers import Header
from service.imaging.pixels import FloatArray, Picture
from service.imaging.preprocessing.explain import Overrides, Stage, working_side
from service.imaging.preprocessing.many import is_of_many
from service.imaging.preprocessing.recipes import NO_OVERRIDES, WORKING_SIDE, Mode, Prepared, prepare
from service.imaging.preprocessing.spec import PreprocessSpec, to_colour, to_tensor
from service.inference.numbers import has_contrast, numbers_to_tensor
from service.inference.stages import Question, Staged

_QUICK_MS = 1.0
QUICK_BYTES = 2**16  # to walk through the headers of more than this is work for a thread already
_ITEM_MS = 0.05  # a 28x28 PNG, or 784 numbers
_PREPARED_PIXELS_PER_MS = 30_000
_ENOUGH = 4  # pixels to a side for each that is left: of 3 Pillow's `reducing_gap` says that nobody sees a difference


@dataclass(slots=True)
class Upload:
    """A picture file. `name` is the client's; `where` (`instance 3: `) begins a sentence about it."""

    data: bytes
    name: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A picture as JSON: H x W, H x W x C or C x H x W, numbers 0..1 in the form that the model was trained on."""

    values: object


Item = Upload | Numbers


@dataclass(frozen=True, slots=True)
class PreprocessOptions:
    """How pictures are to be prepared. `explain`: every step is kept."""

    mode: Mode = "auto"
    overrides: Overrides = NO_OVERRIDES
    explain: bool = False


DEFAULT_OPTIONS = PreprocessOptions()


@dataclass(slots=True)
class Inputs:
    """The items as one preprocessing gives them. `prepared` has None where an item was numbers, and `empty` says then
    whether they have any contrast; `steps` holds each item's, where they were asked for."""

    tensors: list[FloatArray] = field(default_factory=list)  # each [1, C, H, W], or as the spec's `tensor_shape` says
    prepared: list[Prepared | None] = field(default_factory=list)
    empty: list[bool] = field(default_factory=list)
    steps: list[list[Stage] | None] = field(default_factory=list)

    # Each [m, C, H, W]: what may be objects in a picture of several, then the further views of one.
    further: list[FloatArray] = field(default_factory=list)

    def tensor(self) -> FloatArray:
        """float32 [n, C, H, W], an item each."""
        return self.tensors[0] if len(self.tensors) == 1 else np.concatenate(self.tensors)

    def batch(self) -> FloatArray:
        """The items, then the regions and views of those that have some, in the items' order."""
        return np.concatenate((*self.tensors, *self.further)) if self.further else self.tensor()

    def picture(self, index: int, spec: PreprocessSpec) -> NDArray[np.uint8]:
        """What the model saw of an item: uint8 of the spec's `picture_shape`."""
        prepared = self.prepared[index]
        if prepared is not None:
            return prepared.pixels
        values = to_colour(self.tensors[index], spec)[0]
        seen: NDArray[np.uint8] = np.rint(values if len(spec.picture_shape) == 3 else values[..., 0]).astype(np.uint8)
        return seen


@dataclass(slots=True)
class Preparation:
    """Inputs by preprocessing, or what is wrong with them for that one, and how many seconds it took."""

    inputs: dict[PreprocessSpec, Inputs | FeaturemapError]
    decode_s: float = 0.0
    preprocess_s: float = 0.0


def probe_quick(items: Sequence[Item], limits: ImageLimits) -> list[Header | None] | None:
    """The pictures' headers (None for numbers), or None where even these are work for a thread.

    Raises what `codec.probe` raises, with the file's place and name.
    """
    if sum([len(item.data) for item in items if isinstance(item, Upload)]) > QUICK_BYTES:
        return None
    return [_probe(item, i, limits) if isinstance(item, Upload) else None for i, item in enumerate(items)]


def is_quick(headers: Sequence[Header | None], specs: Collection[PreprocessSpec]) -> bool:
    """Whether `prepare_inputs` takes less than about a millisecond."""
    for spec in specs:
        if spec.photo is not None:
            return False  # to fill 224 x 224 colours from a small picture takes as long
    return _work_ms(headers, specs) < _QUICK_MS


def expected_s(
    items: Sequence[Item], headers: Sequence[Header | None] | None, specs: Collection[PreprocessSpec]
) -> float:
    """Seconds that `prepare_inputs` may take. Without headers a picture is judged by its bytes, which is what a JPEG's
    decoding goes by."""
    if headers is not None:
        return max(_work_ms(headers, specs), _QUICK_MS) / 1e3
    size = sum(len(item.data) for item in items if isinstance(item, Upload))
    prepared = WORKING_SIDE**2 / _PREPARED_PIXELS_PER_MS * len(specs)
    return (len(items) * prepared + size / PIXELS_PER_MS) / 1e3


def _work_ms(headers: Sequence[Header | None], specs: Collection[PreprocessSpec]) -> float:
    work = _ITEM_MS * len(headers) * len(specs)
    exact = min([spec.width * spec.height for spec in specs])
    for header in headers:
        if header is not None and header.pixels > exact:
            prepared = min(header.pixels, WORKING_SIDE**2) / _PREPARED_PIXELS_PER_MS
            work += decode_cost(header, WORKING_SIDE) / PIXELS_PER_MS + prepared * len(specs)
    return work


def prepare_inputs(
    items: Sequence[Item],
    specs: Collection[PreprocessSpec],
    preprocess: PreprocessOptions,
    limits: ImageLimits,
    headers: Sequence[Header | None] | None = None,
) -> Preparation:
    """Decodes each picture once and prepares it once for each of `specs`.

    A bad picture raises, with its place and name as `file`. Numbers that one of `specs` does not take are
    that one's error alone. `headers` are those of `probe_quick`, if it gave some.
    """
    stages = preparing(items, specs, preprocess, limits, headers)
    while True:
        try:
            next(stages)
        except StopIteration as ended:
            result: Preparation = ended.value
            return result


def preparing(
    items: Sequence[Item],
    specs: Collection[PreprocessSpec],
    preprocess: PreprocessOptions,
    limits: ImageLimits,
    headers: Sequence[Header | None] | None = None,
) -> Staged[Preparation]:
    """The same in stages: between them others may be prepared."""
    result = Preparation({spec: Inputs() for spec in specs})
    for index, item in enumerate(items):
        if isinstance(item, Upload):
            yield from _add_picture(result, item, index, preprocess, limits, headers[index] if headers else None)
        elif preprocess.overrides != NO_OVERRIDES:
            raise InvalidInput(f"instance {index}: polarity, rotate and box are for pictures, not for numbers.")
        else:
            _add_numbers(result, item, index, preprocess.mode)
    return result


def _add_picture(
    result: Preparation,
    item: Upload,
    index: int,
    preprocess: PreprocessOptions,
    limits: ImageLimits,
    header: Header | None,
) -> Staged[None]:
    started = time.perf_counter()
    try:
        header = header or probe(item.data, limits)
        pictures: dict[bool, Picture] = {}
        for spec in result.inputs:
            if (whole := spec.photo is not None) not in pictures:
                pictures[whole] = _decoded(item, header, limits, preprocess, whole, result.inputs)
        result.decode_s += time.perf_counter() - started
        ready = yield _question(pictures, result.inputs, preprocess)
        started = time.perf_counter()
        for spec, inputs in result.inputs.items():
            if isinstance(inputs, Inputs):
                steps: list[Stage] | None = [] if preprocess.explain else None
                if ready is None:
                    picture = pictures[spec.photo is not None]
                    prepared = prepare(picture, spec, preprocess.mode, preprocess.overrides, steps)
                    tensor = to_tensor(prepared.pixels[None], spec)
                else:
                    prepared, tensor, taken = ready
                    started -= taken
                inputs.tensors.append(tensor)
                inputs.prepared.append(prepared)
                inputs.empty.append(False)
                inputs.steps.append(steps)
                if prepared.regions or prepared.views:
                    seen = np.stack([*(region.pixels for region in prepared.regions), *prepared.views])
                    inputs.further.append(to_tensor(seen, spec))
    except FeaturemapError as error:
        raise _located(error, item, index) from None
    result.preprocess_s += time.perf_counter() - started


def _question(
    pictures: Mapping[bool, Picture], specs: Collection[PreprocessSpec], preprocess: PreprocessOptions
) -> Question | None:
    """What may be told of the picture together with others: where one model is asked, and nothing special."""
    if len(specs) > 1 or preprocess is not DEFAULT_OPTIONS:
        return None
    (spec,) = specs
    picture = pictures.get(False)
    return Question(picture.pixels, spec) if picture is not None and is_of_many(picture, spec) else None


def _decoded(
    item: Upload,
    header: Header,
    limits: ImageLimits,
    preprocess: PreprocessOptions,
    whole: bool,
    specs: Collection[PreprocessSpec],
) -> Picture:
    """The picture with all its pixels, which libraries of photographs resize themselves, or with as many as the other
    recipes of `specs` need."""
    if whole:
        return decode(item.data, limits, header=header)
    side = WORKING_SIDE
    if preprocess.mode == "none":  # no recipe looks for anything: what is only resized may be shrunk before
        side = min(side, _ENOUGH * max(max(spec.width, spec.height) for spec in specs if spec.photo is None))
    side = working_side(side, header.width, header.height, preprocess.overrides.box)
    grey = preprocess.mode == "none" and not preprocess.explain
    return decode(item.data, limits, working_side=side, header=header, grey=grey)


def _add_numbers(result: Preparation, item: Numbers, index: int, mode: Mode) -> None:
    started = time.perf_counter()
    for spec, inputs in result.inputs.items():
        if isinstance(inputs, FeaturemapError):
            continue
        try:
            tensor = numbers_to_tensor(item.values, spec)
            inputs.tensors.append(tensor)
            inputs.prepared.append(None)
            inputs.empty.append(mode != "none" and not has_contrast(tensor, spec))
            inputs.steps.append(None)
        except InvalidInput as error:
            result.inputs[spec] = InvalidInput(f"instance {index}: {error.message}")
    result.preprocess_s += time.perf_counter() - started


def _probe(item: Upload, index: int, limits: ImageLimits) -> Header:
    try:
        return probe(item.data, limits)
    except FeaturemapError as error:
        raise _located(error, item, index) from None


def _located(error: FeaturemapError, item: Upload, index: int) -> FeaturemapError:
    error.message = item.where + error.message
    error.details["file"] = {"index": index, "name": item.name}
    return error
