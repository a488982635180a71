"""Photographs of things that are no clothes, cut out: how many a package accepts as clothes.

    pictures with alpha -> on white, on grey, on a table, as JPEG -> the service's own way -> accepted or not

Tux Paint's stamps (Debian: package `tuxpaint-stamps-default`, GPL-2) are animals, food, tools, cars: 392 of them,
without its cartoons, symbols and clothes, nearly all photographs. No network has seen them.

    python -m benchmarks.cut_out_things /usr/share/tuxpaint/stamps --model fashion_robust
"""

import argparse
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from service.imaging.codec.files import ImageLimits, decode
from service.imaging.preprocessing.recipes import WORKING_SIDE, prepare
from service.imaging.preprocessing.spec import to_tensor
from service.inference.answers import calibrate, judge
from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import Session
from training.packaging.packages import find_package
from training.rendering.glyphs import Photo, Rng
from training.rendering.grounds import Size, board, paper, plain, table
from training.rendering.optics import light

_NOT = (
    "cartoon",
    "symbols",
    "roadsign",
    "_mirror",
    "clothes",
)  # in a path in the folder: drawn, twice, a garment
_LARGEST = 260  # pixels


def white(size: Size, rng: Rng) -> Photo:  # noqa: ARG001
    return plain(size, (255, 255, 255))


def grey(size: Size, rng: Rng) -> Photo:
    return light(plain(size, (rng.uniform(170, 235),) * 3), rng, 0.1)


def anywhere(size: Size, rng: Rng) -> Photo:
    """A table, a board or a sheet of paper, in some light."""
    return light((table, board, paper)[rng.integers(3)](size, rng), rng, 0.3)


GROUNDS = (white, grey, anywhere)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of pictures with alpha, in any folders within it")
    parser.add_argument("--model", default="fashion_robust")
    parser.add_argument("--models", type=Path, default=Path("models"))
    chosen = parser.parse_args()
    package = find_package(chosen.models, chosen.model)
    manifest, session = read_manifest(package), Session(package / "model.onnx")
    spec, paths = manifest.preprocessing, _paths(chosen.folder)
    if not paths:
        parser.error(f"{chosen.folder} holds no PNG files of things; tuxpaint-stamps-default has some")
    print(f"{package}: {len(paths)} things, threshold {manifest.rejection}")
    for number, ground in enumerate(GROUNDS):
        taken = dict.fromkeys(manifest.labels, 0)
        for i, path in enumerate(paths):
            data = _photographed(path, ground, np.random.default_rng([7, i, number]))
            prepared = prepare(decode(data, ImageLimits(), working_side=WORKING_SIDE), spec)
            seen = to_tensor(np.stack((prepared.pixels, *prepared.views)), spec)
            row = calibrate(session.run(seen).mean(axis=0, keepdims=True), manifest.temperature)[0]
            if judge(row, prepared, manifest) is None:
                taken[manifest.labels[int(row.argmax())]] += 1
        kinds = ", ".join(f"{label} {count}" for label, count in taken.items() if count)
        print(f"{ground.__name__:9} accepted {sum(taken.values()) / len(paths):6.1%}  {kinds}")


def _paths(folder: Path) -> list[Path]:
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.png")))
    return [folder / name for name in names if not any(part in name for part in _NOT)]


def _photographed(path: Path, ground: Callable[[Size, Rng], Photo], rng: Rng) -> bytes:
    """The thing anywhere in a frame up to twice as large, as a JPEG."""
    with Image.open(path) as opened:
        thing = opened.convert("RGBA")
    thing.thumbnail((_LARGEST, _LARGEST))
    size = int(thing.width * rng.uniform(1.1, 1.6)), int(thing.height * rng.uniform(1.1, 1.6))
    photo = Image.fromarray(ground(size, rng).clip(0, 255).astype(np.uint8))
    place = int(rng.integers(size[0] - thing.width + 1)), int(rng.integers(size[1] - thing.height + 1))
    photo.paste(thing, place, thing)
    buffer = BytesIO()
    photo.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


if __name__ == "__main__":
    main()
