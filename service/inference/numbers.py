"""A picture sent as numbers, checked and brought into a model's form.

    nested lists, H x W or H x W x C, 0..1  ->  float32 [1, C, H, W]  ->  is there anything on it?

They are in the form that the model was trained on, by their sender's word: no recipe and no inverting touches them,
whatever their background is. Only that they show something at all is asked, as it is of a picture.
Each check is one pass in C over rows or numbers, not a Python loop over 784 of them.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidInput
from service.imaging.preprocessing.spec import PreprocessSpec

_ROUNDING = 1e-6  # of the range: a float32 of 0.1 is not 0.1


def numbers_to_tensor(values: object, spec: PreprocessSpec) -> NDArray[np.float32]:
    """`(255 x / divisor - mean) / std` of each number x. Raises InvalidInput that says what is wrong where."""
    numbers = _flat(values, spec)
    try:
        pixels = np.array(numbers, dtype=np.float32)
    except OverflowError:
        raise InvalidInput("it has a whole number that is far outside 0..1.") from None
    if not (pixels.min() >= 0 and pixels.max() <= 1):  # so that NaN fails too
        raise InvalidInput(_outside(pixels, spec))
    pixels *= np.float32(255 / spec.divisor)
    if spec.mean:
        pixels -= np.float32(spec.mean)
    if spec.std != 1:
        pixels /= np.float32(spec.std)
    tensor = pixels.reshape(1, spec.height, spec.width, spec.channels)
    return np.ascontiguousarray(tensor.transpose(0, 3, 1, 2))


def has_contrast(tensor: NDArray[np.float32], spec: PreprocessSpec) -> bool:
    """Whether, of some channel, the least and the greatest number behind a tensor [1, C, H, W] are `spec.min_contrast`
    apart.

    Numbers that are all the same have none, whatever the package asks for.
    """
    apart = float(np.ptp(tensor, axis=(2, 3)).max())
    return apart > 0 and apart * spec.std * spec.divisor / 255 >= spec.min_contrast - _ROUNDING


def _flat(values: object, spec: PreprocessSpec) -> list[float]:
    """The numbers in C order."""
    rows = _joined([values], spec.height, "the instance", spec)
    cells = _joined(rows, spec.width, "row {}", spec)
    kinds = set(map(type, cells))
    if list in kinds or spec.channels != 1:
        cells = _joined(cells, spec.channels, "pixel {}", spec)
        kinds = set(map(type, cells))
    if not kinds <= {int, float}:  # bool is no number here, though Python counts it as one
        raise InvalidInput(f"every element must be a number from 0 to 1, {_shape(spec)} of them.")
    return cells


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
    return f"the number at row {row}, column {column} is {kind}; every number must be from 0 to 1."


def _shape(spec: PreprocessSpec) -> str:
    sizes = f"{spec.height}x{spec.width}"
    return f"{sizes} or {sizes}x1 numbers" if spec.channels == 1 else f"{sizes}x{spec.channels} numbers"
