"""How sure a network may be: temperature and the threshold of likeness, fitted on rendered pictures.

    rendered pictures of held-out training pictures -> the service's preparation -> probabilities
    -> temperature (least loss) -> likeness that few of the own kind lack -> reliability

A temperature that is fitted on clean pictures does not carry over to photographs (issue 6), so rendered ones
are asked. Nothing here sees a test picture.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.answers import calibrate as divide_by_temperature
from service.inference.answers import likeness
from service.inference.package.manifest import Rejection
from service.inference.runtime.session import Session
from training.data.sets import Dataset
from training.fitting.recipe import Calibration, Recipe
from training.packaging.metrics import loss, reliability
from training.rendering import FAMILIES, render, render_all
from training.rendering.sources import Source, held_out_source
from training.robust.rendered_set import RenderedSet, collect

SEED = 10  # of the renderer
OWN, UNKNOWN = 1400, 40  # pictures of the model's own classes in all; of each kind of others
_TEMPERATURES = np.round(np.geomspace(0.4, 3.0, 60), 3)
_LIKENESS = np.round(np.arange(0.0, 0.61, 0.01), 2)
_MOST_REFUSED = 0.01  # of the pictures that are read right, by likeness alone


def calibrate(recipe: Recipe, dataset: Dataset, models: Sequence[Path]) -> list[Calibration]:
    """A calibration for each of `models`, ONNX files of this recipe's network, all on the same rendered pictures.

    Raises ValueError where the data set comes without the other one.
    """
    if dataset.others is None:
        raise ValueError(f"{dataset.name} comes without the other data set, which rendered pictures need")
    own = "digits" if recipe.dataset == "mnist" else "clothes"
    pairs = [(dataset.train_images, dataset.train_labels), dataset.others]
    digits, garments = pairs if own == "digits" else pairs[::-1]
    asked = pictures(recipe.preprocessing, own, held_out_source(digits, garments))
    return [fit(Session(model), recipe.preprocessing, *asked) for model in models]


def pictures(spec: PreprocessSpec, own: str, source: Source) -> tuple[RenderedSet, RenderedSet]:
    """What is asked: pictures of the renderer's family `own` (digits or clothes), and of none of its classes."""
    known = collect(render_all(own, source, SEED, -(-OWN // len(FAMILIES[own]))), spec)
    foreign = FAMILIES["clothes" if own == "digits" else "digits"][0].__name__
    others = [render(foreign, source, SEED, index) for index in range(UNKNOWN)]
    return known, collect([*render_all("negatives", source, SEED, UNKNOWN), *others], spec)


def fit(session: Session, spec: PreprocessSpec, known: RenderedSet, unknown: RenderedSet) -> Calibration:
    """Fits temperature and threshold of a network to pictures of its classes and of none of them."""
    raw, labels = session.run(to_tensor(known.pictures, spec)), known.labels
    temperature = float(min(_TEMPERATURES, key=lambda t: loss(divide_by_temperature(raw, float(t)), labels)))
    calibrated = divide_by_temperature(raw, temperature)
    strange = divide_by_temperature(session.run(to_tensor(unknown.pictures, spec)), temperature)
    right = calibrated[calibrated.argmax(axis=1) == labels]  # a wrong answer may well be refused
    least = _least_likeness(right)
    figures = {
        "rendered": {"seed": SEED, "pictures": len(labels), **reliability(calibrated, labels)},
        "temperature": temperature,
        "min_likeness": least,
        "strangers": {
            "pictures": len(strange),
            "unlike_training": round(float((likeness(strange) < least).mean()), 4),
            "below_half": round(float((strange.max(1) < 0.5).mean()), 4),
        },
    }
    return Calibration(temperature, Rejection(min_likeness=least), figures)


def _least_likeness(right: NDArray[np.float32]) -> float:
    """The highest threshold that few of the right answers [n, classes] lie under."""
    return float(max(t for t in _LIKENESS if (likeness(right) < t).mean() <= _MOST_REFUSED))
