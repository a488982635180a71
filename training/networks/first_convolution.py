"""The first convolution with its pooling as matrix products, for the CPU: one picture plane in, no gradient to it.

    pictures [n, 1, h, w] -> windows of 4 x 4, two apart [n * h/2 * w/2, 16]
                          -> four products, one for each place under the pooling -> their greatest
    its gradient          -> to the first of the greatest -> four products with the same windows

A convolution of one plane writes 32 times what it reads, pooling keeps a quarter of it, and its gradient is mostly
zeros: torch takes twice as long over the two layers (docs/training.md). Here the four places under a pooling
never lie in one map.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PLACES = ((0, 0), (0, 1), (1, 0), (1, 1))  # under a pooling of 2 x 2, in torch's order


def can_join(convolution: nn.Module, pooling: nn.Module) -> bool:
    """Whether `convolve_and_pool` computes these two layers: 3 x 3 on one plane, then a pooling of 2."""
    return (
        isinstance(convolution, nn.Conv2d)
        and isinstance(pooling, nn.MaxPool2d)
        and (convolution.in_channels, convolution.kernel_size, convolution.stride) == (1, (3, 3), (1, 1))
        and convolution.bias is not None
        and (pooling.kernel_size, pooling.stride, pooling.padding) == (2, 2, 0)
    )


def convolve_and_pool(pictures: Tensor, kernel: Tensor, bias: Tensor, padding: int) -> Tensor:
    """max_pool2d(conv2d(pictures, kernel, bias, padding=padding), 2) to rounding, with gradients for kernel and bias.

    pictures [n, 1, h, w] of even h and w, kernel [maps, 1, 3, 3], bias [maps], all float32
    -> [n, maps, h/2 - 1 + padding, w/2 - 1 + padding] in channels-last memory.
    """
    pooled: Tensor = _ConvolveAndPool.apply(pictures, kernel, bias, padding)
    return pooled


class _ConvolveAndPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, pictures: Tensor, kernel: Tensor, bias: Tensor, padding: int) -> Tensor:
        n, _, h, w = pictures.shape
        windows = _windows(pictures, padding)
        sums = [torch.addmm(bias, windows, placed) for placed in _placed(kernel)]
        greatest = torch.maximum(sums[0], sums[1])
        for other in sums[2:]:
            torch.maximum(greatest, other, out=greatest)
        ctx.save_for_backward(windows, greatest, *sums[:-1])
        return greatest.view(n, h // 2 - 1 + padding, w // 2 - 1 + padding, -1).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, Tensor, None]:
        windows, greatest, *sums = ctx.saved_tensors
        maps = greatest.shape[1]
        left = gradient.permute(0, 2, 3, 1).reshape(-1, maps).clone()  # of the gradient, for the places to come
        bias = left.sum(0)
        kernel = gradient.new_zeros(3, 3, maps)
        for (i, j), value in zip(PLACES, [*sums, greatest], strict=True):
            here = left * torch.eq(value, greatest, out=torch.empty_like(left))
            kernel += (windows.t() @ here).view(4, 4, maps)[i : i + 3, j : j + 3]
            left -= here
        return None, kernel.permute(2, 0, 1).unsqueeze(1), bias, None


def _windows(pictures: Tensor, padding: int) -> Tensor:
    """What each pooled value depends on: [n, 1, h, w] -> [n * pooled height * pooled width, 16]."""
    padded = F.pad(pictures[:, 0], (padding,) * 4)
    return padded.unfold(1, 4, 2).unfold(2, 4, 2).reshape(-1, 16)


def _placed(kernel: Tensor) -> list[Tensor]:
    """The kernel at each place of a window of 4 x 4: [maps, 1, 3, 3] -> four of [16, maps]."""
    placed = kernel.new_zeros(4, 4, 4, len(kernel))
    for window, (i, j) in zip(placed, PLACES, strict=True):
        window[i : i + 3, j : j + 3] = kernel[:, 0].permute(1, 2, 0)
    return list(placed.view(4, 16, -1))
