"""Numbers of an answer are rounded as `round` does it, and told twice: in the body, and in Server-Timing."""

import math

import numpy as np

from service.api.answers import _DECIMALS, _rounded, model_answer
from service.api.server_timing import slowest_timing
from service.inference.answers import Classification, ClassProbability, ModelResult, Times


def test_a_probability_is_rounded_as_round_does_it() -> None:
    rng = np.random.default_rng(0)
    small, ties = rng.random(20_000) * 1e-5, 2.0 ** -rng.integers(0, 60, 2_000)
    values = np.concatenate([rng.random(50_000), small, 1 - small, ties, [0.0, 1.0]]).astype(np.float32).tolist()
    assert [_rounded(value) for value in values] == [round(value, _DECIMALS) for value in values]
    assert math.isnan(_rounded(math.nan))
    assert _rounded(math.inf) == math.inf


def test_the_header_has_the_times_of_the_slowest_answer() -> None:
    top = [ClassProbability(0, "a", 0.75)]
    found = Classification(None, top, None, None, None, None, None)
    times = [Times(0.0000123, 0.5, 0.00002, 0.0, total) for total in (1.2345678, 0.001)]
    answers = [model_answer(ModelResult("m", "1", [found], each)) for each in times]
    told = "decode;dur=0.012, preprocess;dur=500.0, queue;dur=0.02, inference;dur=0.0, total;dur="
    assert slowest_timing(answers) == slowest_timing(answers[::-1]) == slowest_timing(answers[:1]) == f"{told}1234.568"
    assert slowest_timing(answers[1:]) == f"{told}1.0"
    assert slowest_timing([]) is None
