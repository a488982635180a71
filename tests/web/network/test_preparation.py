"""A drawing is prepared in the page to the same bit as in the service."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from service.imaging.pixels import Picture
from service.imaging.preprocessing.recipes import Prepared, prepare
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.package.manifest import read_manifest
from tests.paths import newest
from tests.web.network.node import run_in_node

SIDE = 280
FINE = 4  # pixels of a stroke as it is drawn to one of the picture, so that its edges are grey
Strokes = list[list[tuple[float, float]]]
_SAMPLES = """
import { sample } from "./js/classify/samples.js";
print(Array.from({ length: 10 }, (_, digit) => sample(digit).map(({ points }) => points.map(({ x, y }) => [x, y]))));
"""
_PREPARE = """
import { prepare } from "./js/preparation/prepare.js";
const all = readFileSync(files[0]);
const spec = JSON.parse(readFileSync(files[1], "utf8"));
const side = 280 * 280;
print(Array.from({ length: all.length / side }, (_, i) => {
  const values = new Uint8Array(all.subarray(i * side, (i + 1) * side));
  const found = prepare({ values, width: 280, height: 280 }, spec);
  return found && { ...found, pixels: Array.from(found.pixels) };
}));
"""


@pytest.fixture(scope="module")
def spec() -> PreprocessSpec:
    return read_manifest(newest("mnist_cnn")).preprocessing


@pytest.fixture(scope="module")
def samples() -> list[Strokes]:
    """The page's own ten digits."""
    found: list[Strokes] = run_in_node(_SAMPLES)
    return found


def inked(strokes: Strokes, width: float, grey: int = 0) -> NDArray[np.uint8]:
    """Strokes with round ends on white, uint8 [280, 280]."""
    image = Image.new("L", (SIDE * FINE, SIDE * FINE), 255)
    pen = ImageDraw.Draw(image)
    radius = width * FINE / 2
    for stroke in strokes:
        points = [(x * FINE, y * FINE) for x, y in stroke]
        pen.line(points, fill=grey, width=round(width * FINE), joint="curve")
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=grey)
    return np.asarray(image.reduce(FINE))


def moved(strokes: Strokes, angle: float, zoom: float, shift: tuple[float, float]) -> Strokes:
    """Turned about the middle, zoomed, and shifted."""
    c, s, middle = zoom * math.cos(angle), zoom * math.sin(angle), SIDE / 2

    def at(x: float, y: float) -> tuple[float, float]:
        x, y = x - middle, y - middle
        return middle + c * x - s * y + shift[0], middle + s * x + c * y + shift[1]

    return [[at(x, y) for x, y in stroke] for stroke in strokes]


def drawings(samples: list[Strokes]) -> list[NDArray[np.uint8]]:
    """A hundred: ten of each digit, turned, zoomed, shifted, with pens of 6 to 36 pixels, whole and half drawn."""
    rng = np.random.default_rng(20)
    made = []
    for number in range(100):
        strokes = samples[number % 10]
        if number >= 80:  # the pen is still down
            strokes = [stroke[: max(1, int(len(stroke) * rng.uniform(0.1, 0.9)))] for stroke in strokes]
        angle, zoom = float(rng.normal(0, 0.15)), float(rng.uniform(0.3, 1.05))
        shift = tuple(float(each) for each in rng.uniform(-50, 50, 2) * (1.1 - zoom))
        made.append(inked(moved(strokes, angle, zoom, (shift[0], shift[1])), float(rng.uniform(6, 36))))
    return made


def in_page(pictures: list[NDArray[np.uint8]], spec: PreprocessSpec, folder: Path) -> list[dict[str, Any] | None]:
    (folder / "pictures").write_bytes(b"".join(picture.tobytes() for picture in pictures))
    (folder / "spec.json").write_text(
        f'{{"width": {spec.width}, "height": {spec.height}, "box": {spec.box}, "min_contrast": {spec.min_contrast}}}'
    )
    found: list[dict[str, Any] | None] = run_in_node(_PREPARE, folder / "pictures", folder / "spec.json")
    return found


def in_service(picture: NDArray[np.uint8], spec: PreprocessSpec) -> Prepared:
    return prepare(Picture(picture, SIDE, SIDE, "PNG", False), spec)


def test_a_hundred_drawings_become_the_same_pixels(
    samples: list[Strokes], spec: PreprocessSpec, tmp_path: Path
) -> None:
    pictures = drawings(samples)
    ours = in_page(pictures, spec, tmp_path)
    one_way = 0
    for number, (picture, found) in enumerate(zip(pictures, ours, strict=True)):
        theirs = in_service(picture, spec)
        assert found is not None, number
        assert found["pixels"] == theirs.pixels.ravel().tolist(), number
        assert (found["reason"], found["polarity"]) == (theirs.reason, theirs.polarity), number
        assert found["box"] == (None if theirs.box is None else list(theirs.box)), number
        if found["isOneWay"]:
            assert theirs.regions == (), number
            assert not found["isPerhapsSeveral"], number
            one_way += 1
    assert one_way >= 70, "otherwise most would be the service's to read"
    doubtful = sum(found["isPerhapsSeveral"] for found in ours if found is not None)
    assert doubtful <= 15, "one digit would often not be told as one where there is no service"


def test_two_digits_are_never_taken_for_one(samples: list[Strokes], spec: PreprocessSpec, tmp_path: Path) -> None:
    """Beside each other and one above the other, near and far: several, or perhaps several."""
    pictures = []
    for first in range(10):
        for shift in ((62, 0), (80, 0), (0, 66), (0, 75)):
            a = moved(samples[first], 0, 0.42, (-shift[0], -shift[1]))
            b = moved(samples[(first * 3 + 1) % 10], 0, 0.42, (float(shift[0]), float(shift[1])))
            pictures.append(inked([*a, *b], 10))
    for number, found in enumerate(in_page(pictures, spec, tmp_path)):
        assert found is not None
        assert found["reason"] == "multiple" or found["isPerhapsSeveral"], number


def test_what_is_no_single_digit(samples: list[Strokes], spec: PreprocessSpec, tmp_path: Path) -> None:
    """Nothing, a dot, a line, two digits, pale ink, a scribble over everything."""
    left, right = moved(samples[3], 0, 0.45, (-70, 0)), moved(samples[8], 0, 0.45, (70, 0))
    lines: Strokes = [[(x, 0), (x, 279)] for x in range(0, 280, 14)]
    pictures = [
        np.full((SIDE, SIDE), 255, np.uint8),
        inked([[(140, 140)]], 20),
        inked([[(20, 140), (260, 140)]], 12),
        inked([*left, *right], 14),
        inked(samples[5], 20, grey=200),
        inked(samples[5], 20, grey=250),
        inked(lines, 9),
    ]
    reasons = []
    for picture, found in zip(pictures, in_page(pictures, spec, tmp_path), strict=True):
        theirs = in_service(picture, spec)
        reasons.append("the service's" if found is None else found["reason"])
        if found is not None:
            assert found["pixels"] == theirs.pixels.ravel().tolist()
            assert found["reason"] == theirs.reason
            assert not found["isOneWay"] or theirs.regions == ()
    assert reasons[0] == "empty"
    assert "multiple" in reasons


def test_a_frame_and_a_dark_rim_are_left_to_the_service(
    samples: list[Strokes], spec: PreprocessSpec, tmp_path: Path
) -> None:
    framed = inked(samples[2], 20).copy()
    framed[:6] = framed[-6:] = framed[:, :6] = framed[:, -6:] = 0
    shaded = np.minimum(inked(samples[2], 20), 90).astype(np.uint8)
    assert in_page([framed, shaded], spec, tmp_path) == [None, None]
