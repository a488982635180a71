"""Training pictures changed at random, as cameras, hands and cutting change them.

    pictures float32 [n, 1, 28, 28] in 0..1 -> place (affine, elastic) -> ink (stroke, blur, level) -> the same shape

Every picture of a batch gets its own change; what is random comes from the generator alone.
"""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

Augmentation = Literal["none", "digits", "clothes"]
_SIDE, _CUT = 28, 16  # pixels


def augment(pictures: Tensor, kind: Augmentation, generator: Generator, strength: float = 1.0) -> Tensor:
    """The batch, changed in the way of its kind; `none` gives it back as it is.

    `strength` 0..1 scales how far and how often they are changed, but for the mirror of clothes.
    """
    if kind == "digits":
        return _digits(pictures, generator, strength)
    return _clothes(pictures, generator, strength) if kind == "clothes" else pictures


def lay_down(pictures: Tensor, share: float, generator: Generator) -> None:
    """Turns this share of the pictures [n, 1, 28, 28] by a quarter, in place: what lies on its side. Where they are
    mirrored as well, that is either side."""
    lying = _chance(len(pictures), share, generator)
    pictures[lying] = pictures[lying].rot90(1, (2, 3))


def _digits(x: Tensor, generator: Generator, strength: float) -> Tensor:
    """Handwriting: slant, turn, size, place, a wobble of the hand, pens of other widths, weak or blurred ink, a part
    missing: random erasing (Zhong et al., 2020) of 8 to 14 pixels."""
    scale = (1 - 0.15 * strength, 1 + 0.18 * strength)
    theta = _affine(len(x), generator, turn=13 * strength, shear=0.25 * strength, scale=scale, shift=2.2 * strength)
    x = _warp(x, theta, generator, wobble=0.8 * strength)
    thick = F.max_pool2d(x, 3, 1, 1)
    thin = -F.max_pool2d(-x, 3, 1, 1)
    x = _blend(x, thick, generator, share=0.2 * strength, most=0.7)
    x = _blend(x, thin, generator, share=0.2 * strength, most=0.5)
    return _erase(_finish(x, generator, strength), generator, share=0.35 * strength, sides=(8, 15))


def _clothes(x: Tensor, generator: Generator, strength: float) -> Tensor:
    """Photographs: mirrored, moved (padding and cropping), nearer or farther, lighter or darker, with a part hidden:
    cutout (DeVries and Taylor, 2017) of 16 pixels, which may reach over the rim."""
    scale = (1 - 0.08 * strength, 1 + 0.1 * strength)
    theta = _affine(len(x), generator, turn=4 * strength, shear=0.04 * strength, scale=scale, shift=2.5 * strength)
    mirrored = _chance(len(x), 0.5, generator)
    theta[:, 0, :2] = torch.where(mirrored[:, None], -theta[:, 0, :2], theta[:, 0, :2])
    x = _finish(_warp(x, theta, generator, wobble=0.0), generator, 0.5 * strength)
    return _cut_out(x, generator, share=0.8 * strength)


def _affine(
    n: int, generator: Generator, turn: float, shear: float, scale: tuple[float, float], shift: float
) -> Tensor:
    """[n, 2, 3] from the result's coordinates to the source's. `turn` in degrees, `shift` in pixels."""
    a = _uniform(n, -turn, turn, generator) * (math.pi / 180)
    k = _uniform(n, -shear, shear, generator)
    sx, sy = _uniform(n, *scale, generator), _uniform(n, *scale, generator)
    dx, dy = (_uniform(n, -shift, shift, generator) * (2 / _SIDE) for _ in range(2))
    cos, sin = torch.cos(a), torch.sin(a)
    rows = [cos * sx, (k * cos - sin) * sy, dx, sin * sx, (k * sin + cos) * sy, dy]
    return torch.stack(rows, 1).view(n, 2, 3)


def _warp(x: Tensor, theta: Tensor, generator: Generator, wobble: float) -> Tensor:
    """Bilinear sampling at the places of `theta`, moved by a smooth random field of `wobble` pixels (sd)."""
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    if wobble:
        coarse = torch.randn(len(x), 2, 5, 5, generator=generator) * (wobble * 2 / _SIDE)
        field = F.interpolate(coarse, size=(_SIDE, _SIDE), mode="bicubic", align_corners=True)
        grid = grid + field.permute(0, 2, 3, 1)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _finish(x: Tensor, generator: Generator, strength: float = 1.0) -> Tensor:
    """What lenses and light do: blur, another level, noise."""
    x = _blend(x, F.avg_pool2d(x, 3, 1, 1), generator, share=0.25 * strength, most=0.9)
    gain = torch.where(
        _chance(len(x), 0.3 * strength, generator), _uniform(len(x), 0.6, 1.35, generator), torch.ones(len(x))
    )
    x = (x * gain[:, None, None, None]).clamp_(max=1)
    noise = torch.where(
        _chance(len(x), 0.2 * strength, generator), _uniform(len(x), 0.0, 0.08, generator), torch.zeros(len(x))
    )
    return (x + torch.randn(x.shape, generator=generator) * noise[:, None, None, None]).clamp_(0, 1)


def _erase(x: Tensor, generator: Generator, share: float, sides: tuple[int, int]) -> Tensor:
    """A rectangle within the picture, its sides of `sides` (the second not included) pixels, becomes one random grey,
    in `share` of the pictures; black in half of those."""
    n = len(x)
    h, w = (_uniform(n, *sides, generator).floor() for _ in range(2))
    top, left = ((_uniform(n, 0, 1, generator) * (_SIDE - size + 1)).floor() for size in (h, w))
    grey = _uniform(n, -1, 1, generator).clamp(min=0)
    return _hide(x, (top, left, h, w), _chance(n, share, generator), grey)


def _cut_out(x: Tensor, generator: Generator, share: float) -> Tensor:
    """A square of 16 pixels around any pixel becomes black, in `share` of the pictures."""
    n = len(x)
    top, left = (_uniform(n, 0, _SIDE, generator).floor() - _CUT // 2 for _ in range(2))
    side = torch.full((n,), float(_CUT))
    return _hide(x, (top, left, side, side), _chance(n, share, generator), torch.zeros(n))


def _hide(x: Tensor, box: tuple[Tensor, Tensor, Tensor, Tensor], where: Tensor, grey: Tensor) -> Tensor:
    """The pictures with their boxes (top, left, height, width: [n] each) filled with `grey` [n], where `where` [n]."""
    top, left, h, w = box
    place = torch.arange(_SIDE)
    rows = (place >= top[:, None]) & (place < (top + h)[:, None])
    columns = (place >= left[:, None]) & (place < (left + w)[:, None])
    hidden = rows[:, :, None] & columns[:, None, :] & where[:, None, None]
    return torch.where(hidden[:, None], grey[:, None, None, None], x)


def _blend(x: Tensor, other: Tensor, generator: Generator, share: float, most: float) -> Tensor:
    """Up to `most` of `other` mixed into `share` of the pictures."""
    amount = _uniform(len(x), 0, most, generator) * _chance(len(x), share, generator)
    return x + (other - x) * amount[:, None, None, None]


def _uniform(n: int, low: float, high: float, generator: Generator) -> Tensor:
    return torch.rand(n, generator=generator) * (high - low) + low


def _chance(n: int, share: float, generator: Generator) -> Tensor:
    return torch.rand(n, generator=generator) < share
