"""Evaluation on rendered pictures: right told from wrong, by the package's own answers."""

import numpy as np

from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import Session
from tests.paths import MODELS
from training.rendering import render, render_all
from training.rendering.sources import Source
from training.robust import evaluation


def test_it_tells_right_from_wrong(source: Source) -> None:
    folder = MODELS / "mnist_cnn" / "1"
    manifest, session = read_manifest(folder), Session(folder / "model.onnx")
    answers = [evaluation.answer(p, manifest, session) for p in render_all("digits", source, 2, 2)]
    score = evaluation.score(answers)
    assert score.raw is not None
    assert score.raw >= score.right >= 0.85
    assert 0 <= evaluation.calibration_error(answers, manifest) < 0.15
    assert all(a.right == (a.prediction.index == a.picture.labels[0]) for a in answers)
    blanks = [evaluation.answer(render("blank", source, 2, i), manifest, session) for i in range(3)]
    assert evaluation.score(blanks).refused == 1
    assert np.count_nonzero([a.right for a in blanks]) == 3
