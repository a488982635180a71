"""Evaluation on rendered pictures: a package's answers, by the very code that serves it.

file -> service.inference.inputs -> session -> service.inference.predictor -> Classification, against the truth
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.imaging.codec.files import ImageLimits, encode_png
from service.imaging.pixels import Pixels
from service.inference.answers import Classification, Options, classify
from service.inference.inputs import Inputs, PreprocessOptions, Upload, prepare_inputs
from service.inference.package.manifest import Manifest
from service.inference.runtime.session import Session
from service.tools.scores import confidence_error
from training.rendering import FAMILIES, Rendered

_SURE = 0.5  # a negative below this confidence counts as refused, a wrong answer above it as sure


@dataclass(frozen=True)
class Answer:
    """A rendered picture and its answer. `seen` is uint8 [28, 28]; `raw_right`: the same for the original 28x28."""

    picture: Rendered
    prediction: Classification
    seen: Pixels
    raw_right: bool | None
    right: bool

    @property
    def told(self) -> str:
        """The answer in a few signs."""
        if self.prediction.reason:
            return f"{self.prediction.label}? {self.prediction.reason}"
        return f"{self.prediction.label} {self.prediction.confidence:.2f}"


@dataclass(frozen=True)
class Scores:
    """Shares of pictures. `right` of a negative: refused or unsure. `sure_and_wrong`: accepted, and not right."""

    right: float
    refused: float
    sure_and_wrong: float
    raw: float | None


def families_of(manifest: Manifest) -> dict[str, list[str]]:
    """The kinds that a model is to be asked about, by family. To one of digits, garments are negatives."""
    own = "clothes" if manifest.dataset == "fashion_mnist" else "digits"
    return {
        own: [kind.__name__ for kind in FAMILIES[own]],
        "several": [kind.__name__ for kind in FAMILIES["several"]] if own == "digits" else [],
        "negatives": [kind.__name__ for kind in FAMILIES["negatives"]],
        "clothes" if own == "digits" else "digits": ["product_on_white" if own == "digits" else "paper_plain"],
    }


def answer(picture: Rendered, manifest: Manifest, session: Session) -> Answer:
    """The package's answer to a picture, and whether it is right."""
    prediction, seen = _ask(picture.data, manifest, session)
    raw_right = None
    if picture.original is not None and is_own(picture, manifest):
        raw_right = _ask(encode_png(picture.original), manifest, session)[0].index == _targets(picture, manifest)[0]
    return Answer(picture, prediction, seen, raw_right, _is_right(picture, prediction, manifest))


def is_own(picture: Rendered, manifest: Manifest) -> bool:
    """Whether the picture shows one object of the kind that the model knows."""
    return picture.family == ("clothes" if manifest.dataset == "fashion_mnist" else "digits")


def _ask(data: bytes, manifest: Manifest, session: Session) -> tuple[Classification, Pixels]:
    spec, items = manifest.preprocessing, [Upload(data)]
    inputs = prepare_inputs(items, {spec}, PreprocessOptions(), ImageLimits()).inputs[spec]
    assert isinstance(inputs, Inputs)
    (prediction,) = classify(manifest, session.run(inputs.batch()), items, inputs, Options())
    return prediction, inputs.picture(0, spec)


def _targets(picture: Rendered, manifest: Manifest) -> list[int]:
    return [int(target) for target in manifest.targets(np.array(picture.labels, np.uint8))]


def _is_right(picture: Rendered, prediction: Classification, manifest: Manifest) -> bool:
    if is_own(picture, manifest):
        return prediction.index == _targets(picture, manifest)[0]
    if picture.family == "several":
        told = [region.index for region in prediction.regions or ()]
        return not prediction.accepted and told == _targets(picture, manifest)
    return not prediction.accepted or prediction.confidence < _SURE


def score(answers: Sequence[Answer]) -> Scores:
    """The shares among some answers, at least one."""
    raw = [each.raw_right for each in answers if each.raw_right is not None]
    return Scores(
        right=float(np.mean([each.right for each in answers])),
        refused=float(np.mean([not each.prediction.accepted for each in answers])),
        sure_and_wrong=float(np.mean([
            not each.right and each.prediction.accepted and each.prediction.confidence >= _SURE
            for each in answers
        ])),
        raw=float(np.mean(raw)) if raw else None,
    )  # fmt: skip


def calibration_error(answers: Sequence[Answer], manifest: Manifest) -> float:
    """Expected calibration error over the pictures of one object of the model's kind."""
    own = [each for each in answers if is_own(each.picture, manifest)]
    confidence = np.array([each.prediction.confidence for each in own], np.float32)
    return confidence_error(confidence, np.array([each.right for each in own]))
