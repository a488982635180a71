"""From a drawn sheet to a photograph: perspective, light, shadow, colour, lens, sensor.

Pictures are float [H, W, 3], 0 to 255.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from training.rendering.glyphs import Ink, Photo, Rng

Corners = NDArray[np.float64]  # [4, 2]: x, y of top left, top right, bottom right, bottom left


def grid(shape: tuple[int, ...]) -> tuple[Ink, Ink]:
    """y and x of each pixel, 0 to 1, [H, W]."""
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j].astype(np.float32)
    return y, x


def light(photo: Photo, rng: Rng, fall: float) -> Photo:
    """Light that falls off to one side by up to `fall`, and a little to the corners."""
    y, x = grid(photo.shape)
    angle = rng.uniform(0, 2 * np.pi)
    across = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle) + 0.5
    corners = 1 - rng.uniform(0, 0.15) * ((x - 0.5) ** 2 + (y - 0.5) ** 2) * 2
    return photo * ((1 - fall * across.clip(0, 1)) * corners)[..., None]


def shade(photo: Photo, rng: Rng, depth: float) -> Photo:
    """A shadow's edge across the picture, straight or round, hard or soft; `depth` of the light is lost in it."""
    y, x = grid(photo.shape)
    angle, softness = rng.uniform(0, 2 * np.pi), rng.uniform(15, 120)
    if rng.random() < 0.3:
        edge = rng.uniform(0.25, 0.7) - np.hypot(x - rng.uniform(0, 1), y - rng.uniform(0, 1))
    else:
        edge = (x - rng.uniform(0.25, 0.75)) * np.cos(angle) + (y - rng.uniform(0.25, 0.75)) * np.sin(angle)
    return photo * (1 - depth / (1 + np.exp(-(edge * softness).clip(-50, 50))))[..., None]


def cast(photo: Photo, rng: Rng, strength: float) -> Photo:
    """The colour of the light: each channel loses up to `strength`."""
    return photo * (1 - rng.uniform(0, strength, 3)).astype(np.float32)


def expose(photo: Photo, rng: Rng, noise: float, blur: float) -> NDArray[np.uint8]:
    """Lens and sensor: a Gaussian of `blur` pixels, then noise that is partly alike in all channels."""
    pixels = np.clip(photo, 0, 255).astype(np.uint8)
    if blur > 0.2:
        pixels = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(blur)))
    grain = rng.standard_normal(pixels.shape[:2], np.float32)[..., None] * np.float32(noise)
    colour = rng.standard_normal(pixels.shape, np.float32) * np.float32(noise * 0.4)
    return np.clip(pixels + grain + colour, 0, 255).astype(np.uint8)


def tilt(sheet: Photo, ground: Photo, corners: Corners) -> tuple[Photo, Ink]:
    """The sheet seen with its corners at these places of `ground`, and how much of each pixel it covers."""
    height, width = sheet.shape[:2]
    flat = [(0, 0), (width, 0), (width, height), (0, height)]
    rows, values = [], []
    for (u, v), (x, y) in zip(flat, corners.tolist(), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    coefficients = np.linalg.solve(np.array(rows), np.array(values, float)).tolist()
    size = (ground.shape[1], ground.shape[0])
    how = (size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    seen = Image.fromarray(np.clip(sheet, 0, 255).astype(np.uint8)).transform(*how)
    cover = np.asarray(Image.new("L", (width, height), 255).transform(*how), np.float32) / 255
    return np.asarray(seen, np.float32) * cover[..., None] + ground * (1 - cover[..., None]), cover


def corners_near(box: tuple[float, float, float, float], rng: Rng, degrees: float, squeeze: float) -> Corners:
    """The corners of a box (left, top, right, bottom), turned and each moved by up to `squeeze` of its sides."""
    left, top, right, bottom = box
    plain = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)
    middle, turned = plain.mean(axis=0), np.deg2rad(degrees)
    rotation = np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]])
    moved = (plain - middle) @ rotation.T + middle
    return moved + rng.uniform(-squeeze, squeeze, (4, 2)) * (right - left, bottom - top)
