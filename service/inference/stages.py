"""Work in stages, between which that of other requests is done; and what is told of many pictures in one go.

    a stage of one request yields a Question, or nothing -> `answer_together` of all that wait -> each goes on with what
    it is told, or, where it is told nothing, finds out by itself

So whoever goes through the stages alone need not know of it.
"""

import time
from collections.abc import Generator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from service.imaging.pixels import FloatArray, Pixels
from service.imaging.preprocessing.many import prepare_many
from service.imaging.preprocessing.recipes import Prepared
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor

_WORTH = 4  # pictures: for fewer it takes longer than one after the other


class Question(NamedTuple):
    """How a grey picture of its model's own size is prepared, if nothing is left to be done to it."""

    pixels: Pixels
    spec: PreprocessSpec


class Ready(NamedTuple):
    """That, as the model takes it, float32 [1, ...], and what it took of the time, in seconds."""

    prepared: Prepared
    tensor: FloatArray
    seconds: float


_T = TypeVar("_T")
Staged = Generator[Question | None, Ready | None, _T]


def answer_together(questions: Sequence[Question | None]) -> list[Ready | None]:
    """To each question its answer, if it has one; None stays None."""
    answers: list[Ready | None] = [None] * len(questions)
    asked: dict[PreprocessSpec, list[int]] = {}
    for place, question in enumerate(questions):
        if question is not None:
            asked.setdefault(question.spec, []).append(place)
    for spec, places in asked.items():
        if len(places) >= _WORTH:
            _answer(spec, places, questions, answers)
    return answers


def _answer(
    spec: PreprocessSpec, places: list[int], questions: Sequence[Question | None], answers: list[Ready | None]
) -> None:
    started = time.perf_counter()
    pictures = [question.pixels for place in places if (question := questions[place]) is not None]
    stack = np.stack(pictures)
    prepared, tensors = prepare_many(stack, spec), to_tensor(stack, spec)
    seconds = (time.perf_counter() - started) / len(places)
    for row, (place, each) in enumerate(zip(places, prepared, strict=True)):
        if each is not None:
            answers[place] = Ready(each, tensors[row : row + 1], seconds)
