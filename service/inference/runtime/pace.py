"""How fast a model is, as its batches have shown: how large they should be, and whether they are worth a thread.

    images and seconds of each batch  ->  Pace  ->  is_quick, most, wait

Of what is measured the least counts, since other work on the CPU only adds to it; it is believed a little less with
each batch, so that a model that has become slower is found out.
"""

import math

QUICK_S = 0.001  # so long the event loop can do without itself; a thread takes a fifth of it there and back
BUSY_S = 0.005  # where it is busy, with another full batch behind this one: it would hear of a thread's end late
_HALF_BUSY_S = 0.002  # where this one is half full: much more may be read before the loop hears of anything
_COMPANY = 4  # images in a batch from which it shows whether batching pays
_GAIN = 0.8  # of its cost alone: what an image in such a batch costs at most where it does
_SLOWER = 1.002  # a batch


def spare_s(images: int, behind: int, most: int) -> float:
    """Seconds that the event loop can do without itself for a batch of `images`, where `behind` more wait, and `most`
    make a full one."""
    if behind >= most:
        return BUSY_S
    return _HALF_BUSY_S if 2 * images >= most else QUICK_S


class Pace:
    """Seconds that an image takes."""

    def __init__(self) -> None:
        self._smoothed = 0.0  # what callers see
        self._best = self._alone = self._in_company = math.inf  # of any batch, of one image, of several

    def note(self, images: int, seconds: float) -> None:
        """A batch has run."""
        pace = seconds / images
        self._smoothed += (pace - self._smoothed) * (0.1 if self._smoothed else 1)
        self._best = min(self._best * _SLOWER, pace)
        if images == 1:
            self._alone = min(self._alone * _SLOWER, pace)
        elif images >= _COMPANY:
            self._in_company = min(self._in_company * _SLOWER, pace)

    def is_quick(self, images: int, within: float = QUICK_S) -> bool:
        """Whether the event loop may wait for so many; not before a batch has shown it."""
        return self._best * images < within

    def most(self, limit: int) -> int:
        """The images of the largest batch that is worth it, up to `limit`: all where an image costs less in company.
        Where it does not, as the model is bound by its own work, small batches answer sooner and none later."""
        if self._in_company == math.inf or self._in_company < _GAIN * self._alone:
            return limit
        return min(limit, max(_COMPANY, int(QUICK_S / self._best)))

    def wait(self, images: int) -> float:
        """Seconds until so many have been run."""
        return images * self._smoothed
