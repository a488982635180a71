"""A picture sent as numbers, checked and brought into a model's form.

    nested lists, H x W, H x W x C or C x H x W, 0..1  ->  float32 [1, C, H, W], or as its layout says

C x H x W is the model's own form, as its card has it; where the sizes fit both (3 x 3 x 3) it is H x W x C.

They are in the form that the model was trained on, by their sender's word: no recipe and no inverting touches them,
whatever their background is. Only that they show something at all is asked, as it is of a picture.
Each check is one pass in C over rows or numbers, not a Python loop over 784 of them.
"""

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidInput
from service.imaging.preprocessing.spec import PreprocessSpec, from_colour, to_colour

_ROUNDING = 1e-6  # of the range: a float32 of 0.1 is not 0.1

_LEAST_GREY = 2
_KINDS: dict[type, str] = {
    str: "a string, in quotation marks",
    bool: "true or false",
    type(None): "null",
    list: "a list",
    dict: "an object",
}


def numbers_to_tensor(values: object, spec: PreprocessSpec) -> NDArray[np.float32]:
    """`(255 x / divisor - mean) / std` of each number x. Raises InvalidInput that says what is wrong where."""
    sizes = _sizes(values)
    _check_nesting(sizes, spec)
    planes = sizes == _channels_first(spec) != (spec.height, spec.width, spec.channels)
    numbers = _flat_planes(values, spec) if planes else _flat(values, spec)
    try:
        pixels = np.array(numbers, dtype=np.float32)
    except OverflowError:
        raise InvalidInput("it has a whole number that is far outside 0..1.") from None
    if planes:
        pixels = pixels.reshape(_channels_first(spec)).transpose(1, 2, 0).flatten()
    if not (pixels.min() >= 0 and pixels.max() <= 1):  # so that NaN fails too
        raise InvalidInput(_outside(pixels, spec))
    if not spec.is_plain:
        return from_colour(pixels.reshape(1, spec.height, spec.width, spec.channels) * np.float32(255), spec)
    pixels *= np.float32(255 / spec.divisor)
    if spec.mean:
        pixels -= np.float32(spec.mean)
    if spec.std != 1:
        pixels /= np.float32(spec.std)
    tensor = pixels.reshape(1, spec.height, spec.width, spec.channels)
    return np.ascontiguousarray(tensor.transpose(0, 3, 1, 2))


def _sizes(values: object) -> tuple[int, ...]:
    """How long nested lists are, told by the first of each, down to five."""
    sizes: list[int] = []
    while isinstance(values, list) and len(sizes) < 5:
        sizes.append(len(values))
        values = values[0] if values else None
    return tuple(sizes)


def _channels_first(spec: PreprocessSpec) -> tuple[int, int, int]:
    return spec.channels, spec.height, spec.width


def _check_nesting(sizes: tuple[int, ...], spec: PreprocessSpec) -> None:
    """Raises InvalidInput for what is a picture but for its lists: what people send first."""
    height, width, channels = spec.height, spec.width, spec.channels
    forms = {(height, width, channels), _channels_first(spec), (height, width) if channels == 1 else ()} - {()}
    if sizes in forms:
        return
    count = height * width * channels
    if sizes == (count,):
        rows = f"{height} rows of {width}" if channels == 1 else f"{height} rows of {width} pixels of {channels}"
        raise InvalidInput(f"it is a flat list of {count} numbers; reshape it to {rows}: {_shape(spec)} are needed.")
    if sizes in ((width,), (width, channels)):
        raise InvalidInput(
            "it is a single row. instances is a list of pictures; is this a picture without a list around it? "
            f'Send {{"instances": [picture]}}, each picture {_shape(spec)}.'
        )
    if sizes[1:] in forms:
        raise InvalidInput(f"it is a list of pictures; each instance is one picture, {_shape(spec)}.")


def has_contrast(tensor: NDArray[np.float32], spec: PreprocessSpec) -> bool:
    """Whether, of some channel, the least and the greatest number behind a tensor [1, *tensor_shape] are
    `spec.min_contrast` apart.

    Numbers that are all the same have none, whatever the package asks for.
    """
    apart = float(np.ptp(to_colour(tensor, spec), axis=(1, 2)).max()) / 255
    return apart > 0 and apart >= spec.min_contrast - _ROUNDING


def _flat(values: object, spec: PreprocessSpec) -> list[float]:
    """The numbers of H x W or H x W x C in C order."""
    rows = _joined([values], spec.height, "the instance", spec)
    cells = _joined(rows, spec.width, "row {}", spec)
    if list in set(map(type, cells)) or spec.channels != 1:
        cells = _joined(cells, spec.channels, "pixel {}", spec)
    return _checked(cells, spec, lambda at: at // spec.channels)


def _flat_planes(values: object, spec: PreprocessSpec) -> list[float]:
    """The numbers of C x H x W in C order."""
    planes = _joined([values], spec.channels, "the instance", spec)
    rows = _joined(planes, spec.height, "channel {}", spec)
    cells = _joined(rows, spec.width, "row {} of all channels", spec)
    return _checked(cells, spec, lambda at: at % (spec.height * spec.width))


def _checked(cells: list[float], spec: PreprocessSpec, pixel: Callable[[int], int]) -> list[float]:
    """`cells`, all numbers; `pixel` says of which pixel one is."""
    if set(map(type, cells)) <= {int, float}:  # bool is no number here, though Python counts it as one
        return cells
    at = next(i for i, cell in enumerate(cells) if type(cell) not in (int, float))
    row, column = divmod(pixel(at), spec.width)
    raise InvalidInput(
        f"every element must be a number from 0 to 1, {_shape(spec)} of them; "
        f"the one at row {row}, column {column} is {_KINDS.get(type(cells[at]), 'none')}."
    )


def _joined(lists: Sequence[object], length: int, name: str, spec: PreprocessSpec) -> list[float]:
    """The elements of `lists` in a row; raises InvalidInput unless each is a list of `length`."""
    if set(map(type, lists)) == {list} and set(map(len, lists)) == {length}:  # type: ignore[arg-type]
        return list(chain.from_iterable(lists))  # type: ignore[arg-type]
    for i, item in enumerate(lists):
        if not isinstance(item, list):
            raise InvalidInput(f"{name.format(i)} must be a list of {length}; {_shape(spec)} are needed.")
        if len(item) != length:
            raise InvalidInput(f"{name.format(i)} has {len(item)} elements, not {length}; "
                               f"{_shape(spec)} are needed.")  # fmt: skip
    raise AssertionError("one of the lists is at fault")


def _outside(pixels: NDArray[np.float32], spec: PreprocessSpec) -> str:
    at = int(np.flatnonzero(~((pixels >= 0) & (pixels <= 1)))[0])
    kind = "outside 0..1" if np.isfinite(pixels[at]) else "not finite"
    row, column = divmod(at // spec.channels, spec.width)
    told = f"the number at row {row}, column {column} is {kind}; every number must be from 0 to 1."
    # A little above 1 is a rounding error, and no grey of 0 to 255.
    greys = pixels.min() >= 0 and _LEAST_GREY <= pixels.max() <= 255
    return f"{told} These look like greys from 0 to 255: divide each by 255." if greys else told


def _shape(spec: PreprocessSpec) -> str:
    sizes = f"{spec.height}x{spec.width}"
    return f"{sizes} or {sizes}x1 numbers" if spec.channels == 1 else f"{sizes}x{spec.channels} numbers"
