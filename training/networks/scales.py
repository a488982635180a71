"""A picture at another size in the same frame, as two products: what a network sees beside the picture itself.

    picture [28, 28] -> rows @ picture @ rows.T -> the same picture, smaller or larger, around the same middle

The mean of a network's answers over sizes is right more often than each of them (Krizhevsky et al., 2012, took it over
crops). As products of matrices a size is the same in every runtime.
"""

import torch
from torch import Tensor


def scaling(scale: float, side: int = 28) -> Tensor:
    """float32 [side, side]: each row says which rows of a picture make one of the picture at that scale, linearly
    between two; outside the picture all is 0."""
    middle = (side - 1) / 2
    place = (torch.arange(side, dtype=torch.float64) - middle) / scale + middle  # in the picture, of each row
    weights = 1 - (place[:, None] - torch.arange(side, dtype=torch.float64)).abs()
    return weights.clamp(min=0).float()


def scaled(pictures: Tensor, scale: float) -> Tensor:
    """Pictures float32 [..., side, side] at that scale."""
    rows = scaling(scale, pictures.shape[-1]).to(pictures.device)
    return rows @ pictures @ rows.T
