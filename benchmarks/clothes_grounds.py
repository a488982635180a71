"""How clothes are read on other grounds than white: held-out pictures of Fashion-MNIST made photographs again.

    the first of the last 5,000 training pictures -> negated, 200 pixels, on a ground, with noise
    -> the preparation that serves -> the network -> right and accepted, wrong and accepted

Needs the data sets (FEATUREMAP_DATA).

    python -m benchmarks.clothes_grounds --pictures 300
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.datasets.idx import read_idx
from service.imaging.pixels import Picture, Pixels
from service.imaging.preprocessing.recipes import prepare
from service.imaging.preprocessing.spec import to_tensor
from service.inference.answers import calibrate
from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import Session

_SIDE = 200  # pixels of the garment; a margin of 30 is around it
_MARGIN = 30
_INK = 8  # grey level of an original over which a pixel is the garment's
_RNG = np.random.default_rng(0)
Make = Callable[[Pixels], Pixels]


def on_ground(*colour: int, falling: float = 0.0) -> Make:
    """A photograph on a colour, which is darker by the share `falling` at the foot."""

    def make(original: Pixels) -> Pixels:
        large, mask = (_resized(each, _SIDE).astype(float) for each in (original, _masked(original)))
        side = _SIDE + 2 * _MARGIN
        photo = np.linspace(1, 1 - falling, side)[:, None, None] * np.asarray(colour, float) * np.ones((side, side, 3))
        inside = photo[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
        share = mask[..., None] / 255
        inside[:] = (255 - large)[..., None] * share + inside * (1 - share)
        noisy: Pixels = np.clip(photo + _RNG.normal(0, 2, photo.shape), 0, 255).astype(np.uint8)
        return noisy

    return make


def framed(make: Make, width: int, shade: int) -> Make:
    """The same in a frame."""

    def framed_too(original: Pixels) -> Pixels:
        photo = make(original)
        photo[:width] = photo[-width:] = photo[:, :width] = photo[:, -width:] = shade
        return photo

    return framed_too


def _masked(original: Pixels) -> Pixels:
    return np.where(original > _INK, 255, 0).astype(np.uint8)


def _resized(pixels: Pixels, side: int) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))


KINDS: dict[str, Make] = {
    "28 x 28 as they are": lambda original: original,
    "white": on_ground(255, 255, 255),
    "grey 180": on_ground(180, 180, 180),
    "grey 100": on_ground(100, 100, 100),
    "grey 60": on_ground(60, 60, 60),
    "nearly black (20)": on_ground(20, 20, 20),
    "navy (30, 60, 140)": on_ground(30, 60, 140),
    "teal (70, 150, 155)": on_ground(70, 150, 155),
    "235, a third darker at the foot": on_ground(235, 235, 235, falling=0.3),
    "180, the same": on_ground(180, 180, 180, falling=0.3),
    "grey 200 in a black frame of 1 pixel": framed(on_ground(200, 200, 205), 1, 0),
    "the same in a white frame of 6": framed(on_ground(200, 200, 205), 6, 255),
    "enlarged to 64 x 64, light on dark": lambda original: _resized(original, 64),
    "enlarged to 280 x 280": lambda original: _resized(original, 280),
    "on white, lying sideways": lambda original: np.rot90(on_ground(250, 250, 250)(original)).copy(),
    "on white, upside down": lambda original: on_ground(250, 250, 250)(original)[::-1, ::-1].copy(),
}


def measured(folder: Path, originals: Pixels, labels: NDArray[np.uint8], make: Make) -> tuple[float, float]:
    """The shares that are right and accepted, and wrong and accepted, by largest probability."""
    manifest, session = read_manifest(folder), Session(folder / "model.onnx")
    rows = []
    for original in originals:
        pixels = make(original)
        seen = prepare(Picture(pixels, pixels.shape[1], pixels.shape[0], "PNG", False), manifest.preprocessing)
        views = np.stack([seen.pixels, *seen.views])
        rows.append(session.run(to_tensor(views, manifest.preprocessing)).mean(axis=0))
    p = calibrate(np.stack(rows), manifest.temperature)
    least = manifest.rejection.min_confidence if manifest.rejection else None
    accepted, right = p.max(axis=1) >= (least or 0.0), p.argmax(axis=1) == labels
    return float((right & accepted).mean()), float((~right & accepted).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description="Clothes on other grounds than white.")
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--package", type=Path, help="default: the newest version of models/fashion_robust")
    options = parser.parse_args()
    versions = [path for path in Path("models/fashion_robust").iterdir() if path.name.isdigit()]
    folder = options.package or max(versions, key=lambda path: int(path.name))
    if "FEATUREMAP_DATA" not in os.environ:
        parser.error("FEATUREMAP_DATA names no folder with fashion_mnist/")
    data = Path(os.environ["FEATUREMAP_DATA"]) / "fashion_mnist"
    held_out = slice(-5000, -5000 + options.pictures)
    originals = read_idx(data / "train-images-idx3-ubyte.gz")[held_out]
    labels = read_idx(data / "train-labels-idx1-ubyte.gz")[held_out]
    print(
        f"{folder}, {len(originals)} pictures\n\n| ground | right and accepted | wrong and accepted |\n|---|---:|---:|"
    )
    for name, make in KINDS.items():
        right, wrong = measured(folder, originals, labels, make)
        print(f"| {name} | {right:.3f} | {wrong:.3f} |")


if __name__ == "__main__":
    main()
