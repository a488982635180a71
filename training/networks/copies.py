"""A picture at another size in the same frame, or its mirror image too, as two products: what a network sees beside the
picture itself.

    picture [28, 28] -> rows @ picture @ columns -> the same picture, smaller or larger, around the same middle

The mean of a network's answers over copies is right more often than each of them (Krizhevsky et al., 2012, took it over
crops and mirror images). As products of matrices a copy is the same in every runtime.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Copy(NamedTuple):
    """A picture at a scale, `mirrored` left to right."""

    scale: float
    mirrored: bool = False

    @property
    def name(self) -> str:
        return f"scale{self.scale:g}{'mirrored' if self.mirrored else ''}"

    def rows(self, side: int = 28) -> Tensor:
        """float32 [side, side]: each row says which rows of a picture make one of the copy, linearly between two;
        outside the picture all is 0."""
        middle = (side - 1) / 2
        place = (torch.arange(side, dtype=torch.float64) - middle) / self.scale + middle  # in the picture, of each row
        weights = 1 - (place[:, None] - torch.arange(side, dtype=torch.float64)).abs()
        return weights.clamp(min=0).float()

    def columns(self, side: int = 28) -> Tensor:
        """The same of columns, a column each."""
        rows = self.rows(side)
        return (rows.flip(0) if self.mirrored else rows).T

    def of(self, pictures: Tensor) -> Tensor:
        """The copy of pictures float32 [..., side, side]."""
        side, device = pictures.shape[-1], pictures.device
        return self.rows(side).to(device) @ pictures @ self.columns(side).to(device)
