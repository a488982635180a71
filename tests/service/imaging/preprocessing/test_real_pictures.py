"""Upload-like pictures of test digits, read by the published model: what the recipe is for."""

from collections.abc import Callable

import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image, ImageFilter

from service.imaging.codec.files import ImageLimits, decode
from service.imaging.preprocessing.recipes import WORKING_SIDE, prepare
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from tests.ci import ON_CI
from tests.paths import MODELS
from tests.service.imaging.pictures import encode, paper, place, sample, stroke_mask

MODEL = MODELS / "mnist_cnn" / "1" / "model.onnx"
SPEC = PreprocessSpec(recipe="digit")
COUNT = 50 if ON_CI else 20


def photograph(ink: np.ndarray, rng: np.random.Generator) -> bytes:
    return encode(paper(ink, rng, shadow=float(rng.uniform(0, 0.5))), "JPEG", quality=80)


def small_in_the_frame(ink: np.ndarray, rng: np.random.Generator) -> bytes:
    part = np.asarray(Image.fromarray(ink).resize((160, 120), Image.Resampling.BOX))
    sheet = place(part, 800, 600, 450, 300)
    return encode(paper(sheet, rng), "JPEG", quality=80)


def fine_liner(ink: np.ndarray, rng: np.random.Generator) -> bytes:
    thin = Image.fromarray((ink * 255).astype(np.uint8)).filter(ImageFilter.MinFilter(5))
    return encode(paper(np.asarray(thin, np.float32) / np.float32(255), rng, pen=(90, 90, 110)), "JPEG", quality=80)


def marker(ink: np.ndarray, rng: np.random.Generator) -> bytes:
    thick = Image.fromarray((ink * 255).astype(np.uint8))
    for _ in range(6):
        thick = thick.filter(ImageFilter.MaxFilter(3))
    return encode(paper(np.asarray(thick, np.float32) / np.float32(255), rng, pen=(150, 20, 30)), "JPEG", quality=80)


def blackboard(ink: np.ndarray, rng: np.random.Generator) -> bytes:
    chalk = ink * np.clip(rng.normal(0.85, 0.2, ink.shape), 0, 1)
    return encode(paper(chalk.astype(np.float32), rng, pen=(230, 230, 225), background=(45, 70, 60)), "JPEG")


def drawing_pad(ink: np.ndarray, rng: np.random.Generator) -> bytes:
    alpha = np.asarray(Image.fromarray(ink).resize((280, 210), Image.Resampling.BOX)) * 255
    colour = int(rng.choice([0, 255]))
    return encode(np.dstack((*[np.full(alpha.shape, colour)] * 3, alpha)), "PNG")


def tight_crop(ink: np.ndarray, rng: np.random.Generator) -> bytes:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return encode(paper(np.pad(crop, 4), rng), "JPEG", quality=80)


Kind = Callable[[np.ndarray, np.random.Generator], bytes]
KINDS = [photograph, small_in_the_frame, fine_liner, marker, blackboard, drawing_pad, tight_crop]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_model_reads_nine_in_ten_of_each_kind(kind: Kind) -> None:
    images, labels = sample("mnist")
    rng = np.random.default_rng(11)
    session = ort.InferenceSession(MODEL, providers=["CPUExecutionProvider"])
    chosen = rng.choice(len(images), COUNT, replace=False)
    shown = []
    for index in chosen:
        mask = stroke_mask(images[index], int(rng.integers(180, 300)))
        left, top = rng.integers(0, 640 - mask.shape[1]), rng.integers(0, 480 - mask.shape[0])
        ink = place(mask, 640, 480, int(left), int(top))
        prepared = prepare(decode(kind(ink, rng), ImageLimits(), working_side=WORKING_SIDE), SPEC)
        shown.append(prepared.pixels)
    (probabilities,) = session.run(None, {"input": to_tensor(np.stack(shown), SPEC)})
    right = np.count_nonzero(probabilities.argmax(axis=1) == labels[chosen])
    assert right >= 0.9 * COUNT, f"{right} of {COUNT}"
