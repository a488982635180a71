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
_T = TypeVar("_T")


class Question(NamedTuple):
    """How a grey picture of its model's own size is prepared, if nothing is left to be done to it."""

    pixels: Pixels
    spec: PreprocessSpec


class Ready(NamedTuple):
    """That, as the model takes it, float32 [1, ...], and what it took of the time, in seconds."""

    prepared: Prepared
    tensor: FloatArray
    seconds: float


Staged = Generator[Question | None, Ready | None, _T]


def answer_together(questions: Sequence[Question | None]) -> list[Ready | None]:
    """To each question its answer, if it has one; None stays None."""
    answers: list[Ready | None] = [None] * len(questions)
    asked: dict[PreprocessSpec, list[tuple[int, Pixels]]] = {}
    for place, question in enumerate(questions):
        if question is not None:
            asked.setdefault(question.spec, []).append((place, question.pixels))
    for spec, some in asked.items():
        if len(some) >= _WORTH:
            for (place, _), ready in zip(some, _ready([pixels for _, pixels in some], spec), strict=True):
                answers[place] = ready
    return answers


def _ready(pictures: Sequence[Pixels], spec: PreprocessSpec) -> list[Ready | None]:
    started = time.perf_counter()
    stack = np.stack(pictures)
    prepared, tensors = prepare_many(stack, spec), to_tensor(stack, spec)
    seconds = (time.perf_counter() - started) / len(pictures)
    return [None if each is None else Ready(each, tensors[row : row + 1], seconds) for row, each in enumerate(prepared)]
