"""How sure a network may be: temperature, and when an answer is refused, fitted on pictures held out of training.

    rendered pictures of held-out training pictures, other hands, people's photographs -> the service's preparation
    -> probabilities -> temperature (least loss) -> the criterion with the least risk at all coverages, and the
    threshold that few of the right answers lack, or the higher one that few others pass -> reliability

A temperature that is fitted on clean pictures does not carry over to photographs (issue 6), so others are asked.
Nothing here sees a test picture.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.answers import calibrate as divide_by_temperature
from service.inference.answers import likeness, margin
from service.inference.package.manifest import Rejection
from service.inference.runtime.session import Session
from service.tools.scores import loss, reliability
from training.data.sets import Dataset
from training.fitting.recipe import Calibration, Recipe
from training.rendering import FAMILIES, Rendered, render, render_all
from training.rendering.sources import Source, held_out_source
from training.robust import hands
from training.robust.cliparts_set import held_out_cliparts
from training.robust.clothing_set import VIEWS, held_out_set
from training.robust.rendered_set import RenderedSet, collect

SEED = 10  # of the renderer
OWN, UNKNOWN = 1400, 40  # pictures of the model's own classes in all; of each kind of others
WORN = 60  # pictures of each kind of clothes on people
HANDS = 300  # pictures at most of each sort of other hands, and of signs
_TEMPERATURES = np.round(np.geomspace(0.4, 3.0, 60), 3)
_MOST_REFUSED = 0.01  # of the pictures that are read right, but where more must be so that no more are wrong:
_MOST_WRONG = 0.035  # of people's own photographs, each in several views, may be accepted as another class
_MOST_STRANGE = 0.05  # of pictures of no class, as files, in which an object is found, may be accepted

Scores = NDArray[np.float64]  # [n], the higher the surer
# How sure an answer is by its calibrated probabilities [n, classes]; an answer is accepted from a threshold on.
CRITERIA: dict[str, Callable[[NDArray[np.float32]], Scores]] = {
    "min_confidence": lambda p: p.max(axis=1).astype(np.float64),
    "min_margin": margin,
    "min_likeness": likeness,
}


@dataclass(frozen=True)
class Asked:
    """What networks are asked for their calibration: `known` are pictures of their classes, `photographs` those of them
    that are people's own, and `views` these in several; `strange` are of no class, `files` those of them that went the
    service's whole way."""

    known: RenderedSet
    strange: RenderedSet
    files: RenderedSet | None = None
    photographs: RenderedSet | None = None
    views: RenderedSet | None = None


def calibrate(recipe: Recipe, dataset: Dataset, models: Sequence[Path]) -> list[Calibration]:
    """A calibration for each of `models`, ONNX files of this recipe's network, all on the same rendered pictures.

    Raises ValueError where the data set comes without the other one.
    """
    if dataset.others is None:
        raise ValueError(f"{dataset.name} comes without the other data set, which rendered pictures need")
    own: Literal["digits", "clothes"] = "digits" if recipe.dataset == "mnist" else "clothes"
    pairs = [(dataset.train_images, dataset.train_labels), dataset.others]
    digits, garments = pairs if own == "digits" else pairs[::-1]
    source = held_out_source(digits, garments)
    asked = [pictures(recipe.preprocessing, own, source)]
    files = asked[0][1]
    if dataset.hands:
        asked.append(other_hands(recipe.preprocessing, dataset, source))
    photographs = views = None
    if dataset.clothing is not None and own == "clothes":
        asked.append(_by_label(held_out_set(dataset.clothing, recipe.preprocessing)))
        photographs = asked[-1][0]
        views = _by_label(held_out_set(dataset.clothing, recipe.preprocessing, VIEWS))[0]
        asked.append(_by_label(collect(_worn(source), recipe.preprocessing)))
    if dataset.cliparts is not None and own == "clothes":
        asked.append(_by_label(held_out_cliparts(dataset.cliparts, source, recipe.preprocessing, SEED)))
        files = _joined([files, asked[-1][1]])
    known, strange = (_joined([pair[i] for pair in asked]) for i in (0, 1))
    what = Asked(known, strange, files, photographs, views)
    return [fit(Session(model), recipe.preprocessing, what) for model in models]


def other_hands(spec: PreprocessSpec, dataset: Dataset, source: Source) -> tuple[RenderedSet, RenderedSet]:
    """Digits of hands that are held out, and signs."""
    tables = {name: table[:HANDS] for name, table in hands.held_out(dataset.hands).items()}
    drawn = [hands.strokes(tables, source, SEED), hands.shapes(tables, source, HANDS, SEED)]
    return _by_label(collect(chain(*drawn, hands.signs(source, HANDS, SEED)), spec))


def _worn(source: Source) -> Iterator[Rendered]:
    """Clothes on people, and pairs of shoes."""
    return (render(kind.__name__, source, SEED, i) for kind in FAMILIES["worn"] for i in range(WORN))


def _by_label(asked: RenderedSet) -> tuple[RenderedSet, RenderedSet]:
    known = asked.labels >= 0
    return asked.of(known), asked.of(~known)


def _joined(sets: Sequence[RenderedSet]) -> RenderedSet:
    return RenderedSet(
        np.concatenate([s.pictures for s in sets]),
        np.concatenate([s.labels for s in sets]),
        np.concatenate([s.views for s in sets]),
    )


def pictures(spec: PreprocessSpec, own: str, source: Source) -> tuple[RenderedSet, RenderedSet]:
    """What is asked: pictures of the renderer's family `own` (digits or clothes), and of none of its classes."""
    known = collect(render_all(own, source, SEED, -(-OWN // len(FAMILIES[own]))), spec)
    foreign = FAMILIES["clothes" if own == "digits" else "digits"][0].__name__
    others = [render(foreign, source, SEED, index) for index in range(UNKNOWN)]
    if own == "clothes":
        others += render_all("things", source, SEED, UNKNOWN)
    return known, collect([*render_all("negatives", source, SEED, UNKNOWN), *others], spec)


def fit(session: Session, spec: PreprocessSpec, asked: Asked) -> Calibration:
    """Fits temperature and rejection of a network to what it is asked."""
    raw, labels = seen_by(session, spec, asked.known), asked.known.labels
    temperature = float(min(_TEMPERATURES, key=lambda t: loss(divide_by_temperature(raw, float(t)), labels)))
    calibrated = divide_by_temperature(raw, temperature)
    strange = divide_by_temperature(seen_by(session, spec, asked.strange), temperature)
    right = calibrated.argmax(axis=1) == labels
    risks = {name: _risk(score, calibrated, right, strange) for name, score in CRITERIA.items()}
    best = min(risks, key=lambda name: risks[name])

    def answered(some: RenderedSet) -> tuple[Scores, NDArray[np.bool_]]:
        """How sure each answer is, and whether it is right."""
        p = divide_by_temperature(seen_by(session, spec, some), temperature)
        return CRITERIA[best](p), p.argmax(axis=1) == some.labels

    least = _threshold(CRITERIA[best](calibrated[right]))  # a wrong answer may well be refused
    for some, share in ((asked.files, _MOST_STRANGE), (asked.views, _MOST_WRONG)):
        if some is not None:
            scores, correct = answered(some)
            least = max(least, _threshold_of_wrong(scores[~correct], share * len(scores)))
    figures: dict[str, Any] = {}
    if asked.photographs is not None and len(asked.photographs.labels):
        scores, correct = answered(asked.photographs)
        figures["photographs"] = _shares(correct, scores >= getattr(_rejection(best, least), best))
    rejection = _rejection(best, least)
    figures |= {
        "rendered": {"seed": SEED, "pictures": len(labels), **reliability(calibrated, labels)},
        "temperature": temperature,
        "risk_over_coverage": {name: round(risk, 6) for name, risk in risks.items()},
        best: least,
        "strangers": {
            "pictures": len(strange),
            "refused": round(float((CRITERIA[best](strange) < least).mean()), 4),
            "below_half": round(float((strange.max(1) < 0.5).mean()), 4),
        },
    }
    return Calibration(temperature, rejection, figures)


def seen_by(session: Session, spec: PreprocessSpec, asked: RenderedSet) -> NDArray[np.float32]:
    """What a network gives for pictures, float32 [n, classes], not calibrated: the mean over both views."""
    first, second = (session.run(to_tensor(pixels, spec)) for pixels in (asked.pictures, asked.views))
    mean: NDArray[np.float32] = (first + second) / np.float32(2)
    return mean


def _rejection(criterion: str, least: float) -> Rejection:
    """By confidence: who hesitates between two classes has seen one of them, so it is the two together that tell what
    is unlike the training from what is only unsure. Either is refused, and as many as by confidence alone."""
    if criterion != "min_confidence":
        return Rejection(**{criterion: least})
    sure = max(least, 0.5)
    return Rejection(min_confidence=sure, min_likeness=sure)


def _risk(
    score: Callable[[NDArray[np.float32]], Scores],
    known: NDArray[np.float32],
    right: NDArray[np.bool_],
    strange: NDArray[np.float32],
) -> float:
    """The mean over all coverages of the share of accepted answers that should not be: the area under the curve of
    risk against coverage (Geifman and El-Yaniv, 2017). An accepted picture of no class is as wrong as a wrong class."""
    scores = np.concatenate([score(known), score(strange)])
    wrong = np.concatenate([~right, np.ones(len(strange), bool)])[np.argsort(-scores, kind="stable")]
    return float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())


def _shares(right: NDArray[np.bool_], accepted: NDArray[np.bool_]) -> dict[str, Any]:
    """How photographs are answered."""
    shares = {"accuracy": right, "right_and_accepted": right & accepted, "wrong_and_accepted": ~right & accepted}
    return {"pictures": len(right), **{name: round(float(share.mean()), 4) for name, share in shares.items()}}


def _threshold_of_wrong(wrong: Scores, most: float) -> float:
    """The least threshold, rounded up, that no more than `most` of those pass that should not, which have these
    scores."""
    allowed = int(most)
    if len(wrong) <= allowed:
        return 0.0
    return float(np.floor(np.sort(wrong)[-1 - allowed] * 1000 + 1) / 1000)


def _threshold(scores: Scores) -> float:
    """The highest threshold, rounded down, that few of the right answers lie under."""
    place = int(_MOST_REFUSED * len(scores))
    return float(np.floor(np.sort(scores)[place] * 1000) / 1000)
