"""What must not matter to a digit's reading: a rim, the margin, the scale, the container, the polarity, a shift.

Pictures are rendered from the shipped test set, single digits and rows in several pens and grounds; those that are read
right are changed, and must be read as before. FEATUREMAP_METAMORPHIC says how many (40 on CI, elsewhere 10).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from PIL import Image

from service.datasets import read_test_set
from service.imaging.codec.files import ImageLimits
from service.imaging.pixels import Pixels, tight
from service.inference.answers import Classification, Options, classify
from service.inference.inputs import Inputs, PreprocessOptions, Upload, prepare_inputs
from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import Session
from tests.ci import ON_CI
from tests.paths import newest
from tests.service.imaging.pictures import encode, stroke_mask

PACKAGE = newest("mnist_robust")
COUNT = int(os.environ.get("FEATUREMAP_METAMORPHIC", "40" if ON_CI else "10"))
MOST = 0.02  # of the pictures may be read otherwise after a change
GROUNDS = ((255, 0), (0, 255), (235, 40), (60, 225), (200, 110), (250, 20))  # of paper and pen, grey


@dataclass(frozen=True)
class Case:
    """A picture uint8 [H, W], the ground's level, where its ink is, and its digits."""

    pixels: Pixels
    ground: int
    ink: np.ndarray
    digits: str


def drawn(index: int) -> Case:
    """The picture of that number: every other one a row of two to five digits."""
    rng = np.random.default_rng(1000 + index)
    images, labels = read_test_set("mnist")
    side = int(rng.integers(60, 150))
    places = rng.choice(len(images), 1 if index % 2 else int(rng.integers(2, 6)), replace=False)
    masks = [stroke_mask(images[place], side) for place in places]
    gap, margin = max(8, side // 4), side // 2
    ink = np.zeros((side * 3 // 2 + 2 * margin, sum(mask.shape[1] + gap for mask in masks) + 2 * margin), np.float32)
    left = margin
    for mask in masks:
        top = margin + int(rng.integers(0, side // 8))
        ink[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
        left += mask.shape[1] + gap
    ground, pen = GROUNDS[index // 2 % len(GROUNDS)]
    noise = rng.normal(0, 2 if ground not in (0, 255) else 0, ink.shape)
    pixels = np.clip(np.rint(ground + (pen - ground) * ink + noise), 0, 255).astype(np.uint8)
    return Case(pixels, ground, ink > 0.5, "".join(str(labels[place]) for place in places))


@cache
def session() -> Session:
    return Session(PACKAGE / "model.onnx")


def read(data: bytes) -> Classification:
    manifest, items = read_manifest(PACKAGE), [Upload(data)]
    inputs = prepare_inputs(items, {manifest.preprocessing}, PreprocessOptions(), ImageLimits()).inputs[
        manifest.preprocessing
    ]
    assert isinstance(inputs, Inputs)
    return classify(manifest, session().run(inputs.batch()), items, inputs, Options())[0]


def digits(told: Classification) -> str:
    """What was read: an accepted digit, or the digits of several; nothing where it is refused."""
    return told.label if told.accepted else "".join(region.label for region in told.regions or ())


@cache
def cases() -> list[Case]:
    """Pictures that are read right as they are."""
    right: list[Case] = []
    number = 0
    while len(right) < COUNT:
        case, number = drawn(number), number + 1
        if digits(read(encode(case.pixels, "PNG"))) == case.digits:
            right.append(case)
    assert number <= 1.2 * COUNT + 2
    return right


def with_rim(width: int, shade: int) -> Callable[[Case], bytes]:
    return lambda case: encode(np.pad(case.pixels, width, constant_values=shade), "PNG")


def with_margin(share: float) -> Callable[[Case], bytes]:
    """Cut at so much of the ink's height around it."""

    def change(case: Case) -> bytes:
        left, top, right, bottom = tight(case.ink)
        margin = round(share * (bottom - top))
        rows = slice(max(top - margin, 0), bottom + margin)
        return encode(case.pixels[rows, max(left - margin, 0) : right + margin], "PNG")

    return change


def scaled(factor: float) -> Callable[[Case], bytes]:
    def change(case: Case) -> bytes:
        size = [round(side * factor) for side in case.pixels.shape[::-1]]
        return encode(Image.fromarray(case.pixels).resize((size[0], size[1]), Image.Resampling.BICUBIC), "PNG")

    return change


def as_file(kind: str, **options: object) -> Callable[[Case], bytes]:
    return lambda case: encode(case.pixels, kind, **options)


def inverted(case: Case) -> bytes:
    return encode(255 - case.pixels, "PNG")


def shifted(case: Case) -> bytes:
    """More ground to the left and above."""
    height, width = case.pixels.shape
    return encode(np.pad(case.pixels, ((height // 2, 0), (width // 4, 0)), constant_values=case.ground), "PNG")


CHANGES: dict[str, Callable[[Case], bytes]] = {
    **{f"rim {width} {shade}": with_rim(width, shade) for width in (1, 2, 3, 5, 8) for shade in (0, 128, 255)},
    **{f"margin {share}": with_margin(share) for share in (0, 0.02, 0.05, 0.1, 0.25, 0.5)},
    **{f"scale {factor}": scaled(factor) for factor in (0.5, 0.7, 1.5, 2.3, 4)},
    **{f"JPEG {quality}": as_file("JPEG", quality=quality) for quality in (60, 95)},
    "WebP": as_file("WEBP", quality=80),
    "BMP": as_file("BMP"),
    "inverted": inverted,
    "shifted": shifted,
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_must_not_matter_does_not(name: str) -> None:
    changed = []
    for number, case in enumerate(cases()):
        told = read(CHANGES[name](case))
        if digits(told) != case.digits:
            changed.append((number, case.digits, digits(told)))
            assert not told.accepted, f"{name}: picture {number}, {case.digits}, is {told.label}, and sure of it"
    assert len(changed) <= max(1, MOST * COUNT), changed
