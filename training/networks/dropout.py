"""Dropout with masks from the bits of a fast generator, for the CPU.

    x -> a seed from torch's generator -> SFC64 words -> 8 or 16 bits a value, kept below a limit -> x * mask / keep

torch draws a mask one number at a time in one thread (docs/training.md).
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class Dropout(nn.Dropout):
    """Sets each value to zero with probability `p` while training and divides the others by the probability to stay.

    Srivastava et al. (2014). Where `p` is a multiple of 1/256, 8 bits decide about a value, else 16: `keep` is the
    exact probability to stay, within 1/131072 of 1 - p, and the scale is its reciprocal, so that the mean is exact.
    On another device than the CPU this is torch's own dropout.
    """

    def __init__(self, p: float) -> None:
        if not 0.0 <= p < 1.0:
            raise ValueError(f"The probability of dropout must be at least 0 and below 1, not {p}.")
        super().__init__(p)
        self.bits = np.uint8 if (256 * p).is_integer() else np.uint16
        self.levels = np.iinfo(self.bits).max + 1
        self.limit = round((1.0 - p) * self.levels)

    @property
    def keep(self) -> float:
        """The probability that a value stays."""
        return self.limit / self.levels

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.limit == self.levels:
            return x
        if x.device.type != "cpu":
            return super().forward(x)
        return x * self._mask(x)

    def _mask(self, like: Tensor) -> Tensor:
        """0 or 1 / keep, in the shape and memory layout of `like`; follows from torch's generator alone."""
        mask = torch.empty_like(like, requires_grad=False)
        n = mask.numel()
        source = np.random.SFC64(int(torch.empty((), dtype=torch.int64).random_()))
        words = source.random_raw(-(-n * np.dtype(self.bits).itemsize // 8))
        stays: NDArray[np.bool_] = np.less(words.view(self.bits)[:n], self.limit)
        mask.as_strided((n,), (1,)).copy_(torch.from_numpy(stays.view(np.uint8))).mul_(1.0 / self.keep)
        return mask
