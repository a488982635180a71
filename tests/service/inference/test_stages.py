"""What is asked of many pictures together is told as each would find out alone."""

import numpy as np

from service.datasets import read_test_set
from service.imaging.codec.files import ImageLimits
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.inputs import DEFAULT_OPTIONS, Inputs, Numbers, PreprocessOptions, Upload, preparing
from service.inference.stages import Question, Ready, answer_together
from tests.service.imaging.pictures import encode

DIGIT, OTHER = PreprocessSpec(recipe="digit"), PreprocessSpec(recipe="digit", divisor=128.0)


def driven(items: list[Upload | Numbers], specs: list[PreprocessSpec], told: Ready | None, **options: object) -> Inputs:
    """The inputs of the first spec, where each question is told this."""
    chosen = PreprocessOptions(**options) if options else DEFAULT_OPTIONS  # type: ignore[arg-type]
    stages = preparing(items, specs, chosen, ImageLimits())
    try:
        asked = next(stages)
        while True:
            asked = stages.send(told if isinstance(asked, Question) else None)
    except StopIteration as ended:
        inputs = ended.value.inputs[specs[0]]
    assert isinstance(inputs, Inputs)
    return inputs


def test_each_question_gets_the_answer_of_its_own_spec() -> None:
    digits = read_test_set("mnist")[0][:12]
    blank = np.zeros((28, 28), np.uint8)
    asked = [Question(digit, (DIGIT, OTHER)[i % 2]) for i, digit in enumerate(digits)]
    questions = [None, *asked[:6], Question(blank, DIGIT), *asked[6:], None]
    answers = answer_together(questions)
    assert len(answers) == len(questions)
    for question, answer in zip(questions, answers, strict=True):
        assert (answer is None) == (question is None or question.pixels is blank)
        if question is not None and answer is not None:
            assert answer.prepared.pixels is not None
            expected = question.pixels[None, None].astype(np.float32) / np.float32(question.spec.divisor)
            assert np.array_equal(answer.tensor, expected)
            assert answer.tensor.dtype == np.float32
            assert 0 < answer.seconds < 1


def test_for_a_few_it_is_not_worth_it() -> None:
    digits = read_test_set("mnist")[0][:3]
    assert answer_together([Question(digit, DIGIT) for digit in digits]) == [None] * 3
    assert answer_together([None] * 40) == [None] * 40


def test_told_or_not_the_inputs_are_the_same() -> None:
    digits = read_test_set("mnist")[0][:4]
    told = answer_together([Question(digit, DIGIT) for digit in digits])
    for digit, answer in zip(digits, told, strict=True):
        assert answer is not None
        upload = [Upload(encode(digit, "PNG"))]
        alone, together = driven([*upload], [DIGIT], None), driven([*upload], [DIGIT], answer)
        assert together.prepared[0] is answer.prepared
        assert np.array_equal(alone.batch(), together.batch())
        assert alone.prepared[0] is not None
        assert np.array_equal(alone.prepared[0].pixels, answer.prepared.pixels)
        assert (alone.empty, alone.steps) == (together.empty, together.steps)


def test_nothing_is_asked_where_more_than_the_picture_is_wanted() -> None:
    (digit,) = read_test_set("mnist")[0][:1]
    upload = Upload(encode(digit, "PNG"))

    def asks(items: list[Upload | Numbers], specs: list[PreprocessSpec], options: PreprocessOptions) -> bool:
        return any(question is not None for question in preparing(items, specs, options, ImageLimits()))

    assert asks([upload], [DIGIT], DEFAULT_OPTIONS)
    assert not asks([upload], [DIGIT, OTHER], DEFAULT_OPTIONS)
    assert not asks([upload], [DIGIT], PreprocessOptions(explain=True))
    assert not asks([upload], [DIGIT], PreprocessOptions(mode="none"))
    assert not asks([Numbers((digit / 255).tolist())], [DIGIT], DEFAULT_OPTIONS)
    assert not asks([Upload(encode(np.pad(digit, 8), "PNG"))], [DIGIT], DEFAULT_OPTIONS)
