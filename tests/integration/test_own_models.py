"""Classifiers from the package index, packaged here, against the libraries that they come with.

50 pictures -> the library's own answer, in its own environment -> `package`, `predict` -> equal
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.integration.environments import environment_python, run
from tests.integration.server import command

pytestmark = [pytest.mark.install, pytest.mark.timeout(600)]
REFERENCE = Path(__file__).with_name("own_models_reference.py").read_text()
PICTURES = 50
WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "reads", "what", "it", "sees"]
OPTIONS = {
    "orientation": ["--preprocess", "paddleclas", "--interpolation", "lanczos", "--order", "BGR"],
    "lines": ["--preprocess", "paddleocr-cls", "--size", "192x48", "--labels", "lines.txt"],
    "nsfw": ["--preprocess", "open-nsfw", "--labels", "nsfw.txt"],
}
LABELS = {
    "orientation": ["0", "90", "180", "270"],
    "lines": ["0", "180"],
    "nsfw": ["sfw", "nsfw"],
}


def page(seed: int) -> Image.Image:
    """A sheet of text in some light and colour, turned by a quarter now and then."""
    random = np.random.default_rng(seed)
    width, height = random.integers(300, 900, 2).tolist()
    slope = np.linspace(random.integers(120, 256), random.integers(120, 256), width)
    tint = random.uniform(0.7, 1, 3)
    image = Image.fromarray((np.tile(slope, (height, 1))[..., None] * tint).astype(np.uint8))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(int(random.integers(12, 36)))
    for y in range(20, height - 40, int(font.size * 1.5)):  # type: ignore[union-attr]
        draw.text(
            (20, y), " ".join(random.choice(WORDS, 12)), fill=tuple(random.integers(0, 90, 3).tolist()), font=font
        )
    return image.rotate(90 * int(random.integers(4)), expand=True)


def line(seed: int) -> Image.Image:
    """A line of text as wide as it is, every other one upside down."""
    random = np.random.default_rng(seed)
    font = ImageFont.load_default(int(random.integers(16, 60)))
    text = " ".join(random.choice(WORDS, int(random.integers(1, 5))))
    left, top, right, bottom = font.getbbox(text)
    image = Image.new(
        "RGB", (int(right - left) + 12, int(bottom - top) + 10), tuple(random.integers(180, 256, 3).tolist())
    )
    ImageDraw.Draw(image).text((6 - left, 5 - top), text, fill=tuple(random.integers(0, 80, 3).tolist()), font=font)
    return image.rotate(180 * (seed % 2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    for kind, draw in (("pages", page), ("lines", line)):
        (folder / kind).mkdir()
        for seed in range(PICTURES):
            draw(seed).save(folder / kind / f"{kind}-{seed:02}.png")
    for name in ("lines", "nsfw"):
        (folder / f"{name}.txt").write_text("".join(f"{label}\n" for label in LABELS[name]))
    return folder


@pytest.fixture(scope="module")
def reference(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run(environment_python("own_models"), REFERENCE, str(folder)))
    return told


@pytest.mark.parametrize("name", list(OPTIONS))
def test_the_answers_are_those_of_its_own_library(name: str, folder: Path, reference: dict[str, Any]) -> None:
    options = [str(folder / option) if option.endswith(".txt") else option for option in OPTIONS[name]]
    models = ["--models", str(folder / "models")]
    made = command("package", reference["models"][name], "--name", name, *options, *models)
    assert made.returncode == 0, made.stderr
    pictures = folder / ("lines" if name == "lines" else "pages")
    asked = command("predict", name, str(pictures), "--format", "json", "--top-k", "4", *models)
    assert asked.returncode == 0, asked.stderr
    rows = [json.loads(row) for row in asked.stdout.splitlines()]
    assert len(rows) == PICTURES
    ours = np.array([_probabilities(row["prediction"]) for row in rows])
    theirs = np.array([reference["answers"][name][Path(row["file"]).name] for row in rows])
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).all()
    assert np.abs(ours - theirs).max() < 1e-3
    if name != "nsfw":
        assert [row["prediction"]["label"] for row in rows] == [
            reference["labels"][Path(row["file"]).name] for row in rows
        ]
        assert len(set(theirs.argmax(axis=1))) > 1  # the pictures tell classes apart


def _probabilities(prediction: dict[str, Any]) -> list[float]:
    found = {each["index"]: each["probability"] for each in prediction["top"]}
    return [found[index] for index in sorted(found)]
