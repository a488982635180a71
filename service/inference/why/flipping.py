"""How few pixels change a network's mind: single pixels, each made black or white, the most telling first.

    tensor [1, ...] -> every pixel changed, one a copy -> the class's lead in each copy -> the pixel that costs it most
    -> again, on top of that one, among the pixels that came next -> another answer | the budget is spent

The greedy form of what J. Su, D. V. Vargas and K. Sakurai search for by differential evolution ("One pixel attack for
fooling deep neural networks", 2019). What it finds is an upper bound: there may be fewer.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.errors import DeadlineExceeded
from service.imaging.pixels import FloatArray
from service.imaging.preprocessing.spec import PreprocessSpec, from_colour, to_colour

MAX_PIXELS = 10  # changed in a picture
MAX_TRIES = 2_500  # copies that the model is asked about
_CANDIDATES = 1024  # pixels of the first round; of a larger picture every second, or third, of each row and column
_KEPT = 128  # of them, for the rounds after it: with all of them the tests' pictures need no fewer pixels
_HALF = 127.5

Ended = Literal["found", "pixels", "tries", "time"]
Ask = Callable[[FloatArray], Awaitable[FloatArray]]  # tensors [n, ...] -> calibrated probabilities [n, classes]


@dataclass(frozen=True, slots=True)
class ChangedPixel:
    """A pixel of the model's input, and its grey before and after, 0..1."""

    x: int
    y: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Flip:
    """`pixels` is empty where none were found. `after` are the probabilities [classes] of the changed picture, or of
    the one nearest to another answer. `ended` says what ended the search."""

    pixels: tuple[ChangedPixel, ...]
    after: FloatArray
    tried: int
    ended: Ended

    @property
    def found(self) -> bool:
        return self.ended == "found"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a search may cost: pixels changed, copies asked about, seconds on time.monotonic()'s clock. `batch` is how
    many copies go at a time."""

    batch: int
    until: float
    pixels: int = MAX_PIXELS
    tries: int = MAX_TRIES


async def flip(tensor: FloatArray, spec: PreprocessSpec, row: FloatArray, ask: Ask, allowed: Allowance) -> Flip:
    """Searches on [1, *tensor_shape], whose calibrated probabilities are `row`. Raises what `ask` raises, but for a
    deadline that passes: then the search has ended in time."""
    search = _Search(tensor, spec, int(row.argmax()), ask, allowed)
    try:
        ended = await search.run()
    except DeadlineExceeded:
        ended = "time"
    if ended != "found":
        return Flip((), row if search.nearest is None else search.nearest, search.tried, ended)
    pixels = tuple(_told(place, search.grey, search.new) for place in search.changed)
    assert search.nearest is not None
    return Flip(pixels, search.nearest, search.tried, ended)


class _Search:
    """The state of one search. Pixels are numbered row by row."""

    def __init__(self, tensor: FloatArray, spec: PreprocessSpec, index: int, ask: Ask, allowed: Allowance) -> None:
        colours = to_colour(tensor, spec)
        self.grey = colours[0].mean(axis=2) / 255  # [H, W], 0..1
        self.new = np.where(self.grey * 255 < _HALF, 1.0, 0.0)
        self.changed: list[int] = []
        self.nearest: FloatArray | None = None
        self.tried = 0
        self._spec = spec
        self._index = index
        self._ask = ask
        self._allowed = allowed
        extreme = np.repeat(self.new[None, :, :, None] * 255, spec.channels, axis=3).astype(np.float32)
        self._extreme = _planes(from_colour(extreme, spec), spec)[0]  # [H * W, C]
        self._original = _planes(tensor, spec)[0]
        self._picture = tensor.copy()

    async def run(self) -> Ended:
        pool = _grid(*self.grey.shape)
        while len(self.changed) < self._allowed.pixels:
            leads: list[float] = []
            for first in range(0, len(pool), self._allowed.batch):
                some = pool[first : first + self._allowed.batch]
                if self.tried + len(some) > self._allowed.tries:
                    return "tries"
                if time.monotonic() >= self._allowed.until:
                    return "time"
                rows = await self._ask(self._copies(some))
                self.tried += len(some)
                lead = _leads(rows, self._index)
                best = int(lead.argmin())
                if rows[best].argmax() != self._index:
                    self._change(int(some[best]))
                    self.nearest = rows[best]
                    await self._drop_idle()
                    return "found"
                leads.extend(lead)
                if lead[best] == min(leads):
                    self.nearest = rows[best]
            order = np.argsort(leads, kind="stable")
            self._change(int(pool[order[0]]))
            pool = pool[order[1 : _KEPT + 1]]
            if not len(pool):
                break
        return "pixels"

    async def _drop_idle(self) -> None:
        """Takes back changes that the answer no longer needs, now that all are made: one of many, at times."""
        for place in list(self.changed[:-1]):
            if self.tried >= self._allowed.tries or time.monotonic() >= self._allowed.until:
                return
            without = self._picture.copy()
            _planes(without, self._spec)[0, place] = self._original[place]
            row = (await self._ask(without))[0]
            self.tried += 1
            if row.argmax() != self._index:
                self._picture, self.nearest = without, row
                self.changed.remove(place)

    def _copies(self, places: NDArray[np.int64]) -> FloatArray:
        """The picture once for each of `places`, with that pixel changed."""
        copies = np.repeat(self._picture, len(places), axis=0)
        _planes(copies, self._spec)[np.arange(len(places)), places] = self._extreme[places]
        return copies

    def _change(self, place: int) -> None:
        self.changed.append(place)
        _planes(self._picture, self._spec)[0, place] = self._extreme[place]


def _planes(tensors: FloatArray, spec: PreprocessSpec) -> FloatArray:
    """A view of [n, *tensor_shape] as [n, H * W, C]: a pixel a row."""
    n, pixels = len(tensors), spec.height * spec.width
    if spec.layout == "NHWC":
        return tensors.reshape(n, pixels, spec.channels)
    return tensors.reshape(n, spec.channels, pixels).transpose(0, 2, 1)


def _grid(height: int, width: int) -> NDArray[np.int64]:
    """The pixels of the first round, evenly spread where there are too many."""
    step = 1
    while -(-height // step) * -(-width // step) > _CANDIDATES:
        step += 1
    return np.arange(height * width).reshape(height, width)[::step, ::step].ravel()


def _leads(rows: FloatArray, index: int) -> NDArray[np.float64]:
    """How far a class is ahead of the best other in each of the probabilities [n, classes]: a difference of logarithms,
    since many a network is so sure that the differences of probabilities are all 0."""
    logs = np.log(np.maximum(rows.astype(np.float64), float(np.finfo(np.float32).tiny)))
    own = logs[:, index].copy()
    logs[:, index] = -np.inf
    lead: NDArray[np.float64] = own - logs.max(axis=1)
    return lead


def _told(place: int, before: NDArray[np.float32], after: NDArray[np.float64]) -> ChangedPixel:
    y, x = divmod(place, before.shape[1])
    return ChangedPixel(x, y, float(before[y, x]), float(after[y, x]))
