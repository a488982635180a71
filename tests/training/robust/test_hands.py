"""Digits of other hands as a network sees them: labelled, held out by the set's end, the same again."""

import numpy as np
import pytest

from service.imaging.preprocessing.spec import PreprocessSpec
from training.data.sets import Dataset
from training.rendering.sources import Source
from training.rendering.strokes import SIGNS
from training.robust import hands
from training.robust.rendered_set import collect

DIGIT = PreprocessSpec(recipe="digit")


def test_what_is_held_out_is_not_trained_on(mnist: Dataset) -> None:
    training, held_out = hands.for_training(mnist.hands), hands.held_out(mnist.hands)
    for name, table in mnist.hands.items():
        assert np.array_equal(np.concatenate([training[name], held_out[name]]), table)
        assert len(held_out[name]) == 6


def test_digits_keep_their_labels_and_come_again(mnist: Dataset, source: Source) -> None:
    few = {name: table[:12] for name, table in mnist.hands.items()}
    drawn = [list(hands.strokes(few, source)), list(hands.shapes(few, source, 6))]
    assert [p.labels[0] for p in drawn[0]] == few["pendigits"][:, -1].tolist()
    assert [p.labels[0] for p in drawn[1][:24]] == [*few["optdigits"][:, -1], *few["semeion"][:, -1]]
    assert [p.labels for p in drawn[1] if p.kind == "ones"] == [(1,)] * 6
    assert {p.kind for p in drawn[1]} == {"optdigits", "semeion", "ones", "files"}
    assert [p.data for p in hands.strokes(few, source)] == [p.data for p in drawn[0]]
    assert [p.data for p in hands.strokes(few, source, 10)] != [p.data for p in drawn[0]]
    for pictures in drawn:
        seen = collect(pictures, DIGIT)
        assert len(seen.labels) >= 0.8 * len(pictures)
        assert (seen.labels >= 0).all()


def test_straight_ones_stay_straight(source: Source) -> None:
    ones = [p for p in hands.shapes({"optdigits": _none(65), "semeion": _none(257)}, source, 12) if p.kind == "ones"]
    seen = collect(ones, DIGIT)
    assert len(seen.labels) >= 10
    widths = [np.ptp(np.flatnonzero((image > 64).any(0))) + 1 for image in seen.pictures]
    assert np.median(widths) <= 8


def _none(columns: int) -> np.ndarray:
    return np.zeros((0, columns), np.uint8)


def test_signs_are_no_digits(source: Source) -> None:
    drawn = list(hands.signs(source, 8))
    assert {p.kind for p in drawn} == {"signs", "letters"}
    assert {p.labels for p in drawn} == {()}
    assert set(collect(drawn, DIGIT).labels.tolist()) == {-1}


@pytest.mark.parametrize("forbidden", "OoIlZzSsbqgtf|0123456789")
def test_no_letter_is_one_that_may_be_a_digit(forbidden: str) -> None:
    assert forbidden not in hands.LETTERS
    assert forbidden not in SIGNS
