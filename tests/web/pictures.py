"""Pictures that a person might send: real digits of the committed sample, as files."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.datasets.idx import read_idx

SAMPLE = Path(__file__).parents[1] / "data" / "mnist"


def sample_digit(index: int) -> tuple[NDArray[np.uint8], str]:
    """uint8 [28, 28], light on dark, and its label."""
    images = read_idx(SAMPLE / "t10k-images-idx3-ubyte.gz")
    labels = read_idx(SAMPLE / "t10k-labels-idx1-ubyte.gz")
    return images[index], str(labels[index])


def digit_file(folder: Path, index: int) -> tuple[Path, str]:
    """A test digit as the 28 x 28 PNG that it is."""
    pixels, label = sample_digit(index)
    path = folder / f"digit-{index}.png"
    Image.fromarray(pixels).save(path)
    return path, label


def photograph(folder: Path, index: int) -> tuple[Path, str]:
    """A test digit as blue ink on paper, off the middle of a 640 x 480 JPEG."""
    pixels, label = sample_digit(index)
    ink = Image.fromarray(pixels).resize((200, 200), Image.Resampling.BICUBIC)
    paper = Image.new("RGB", (640, 480), (222, 214, 200))
    paper.paste((40, 50, 110), (330, 150), ink)
    path = folder / f"IMG_{index}.jpg"
    paper.save(path, quality=92)
    return path, label


def phone_photograph(folder: Path, index: int) -> tuple[Path, str]:
    """The same as a phone of 24 megapixels takes it, noise and all: more bytes and pixels than the service takes."""
    path, label = photograph(folder, index)
    with Image.open(path) as small:
        large = np.asarray(small.resize((5712, 4284), Image.Resampling.BICUBIC))
    noise = np.random.default_rng(0).integers(-12, 13, large.shape[:2], np.int16)[..., None]
    Image.fromarray(np.clip(large + noise, 0, 255).astype(np.uint8)).save(path, quality=97)
    return path, label


def blank(folder: Path) -> Path:
    path = folder / "blank.png"
    Image.new("L", (300, 200), 255).save(path)
    return path


def text_file(folder: Path) -> Path:
    path = folder / "notes.png"
    path.write_text("These are notes, whatever the name says.")
    return path
