"""From files to labelled answers, by one model and by several."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from service.errors import FeaturemapError, InvalidInput, NotFound, Overloaded, UnsupportedMedia
from service.imaging.codec.files import ImageLimits, encode_png
from service.imaging.preprocessing.recipes import Prepared
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.answers import ModelResult, Options, calibrate, judge
from service.inference.inputs import Item, Numbers, PreprocessOptions, Upload
from service.inference.loader import Model, Runtime
from service.inference.package.manifest import Rejection
from service.inference.predictor import Predictor
from service.inference.repository import Repository
from tests.packages import band_picture, write_package
from tests.service.inference.conftest import Heard


@pytest.fixture
def repository(models: Path, runtime: Runtime) -> Repository:
    write_package(models, "unsure", sharpness=1.0)
    write_package(models, "halves", labels=("upper", "lower"))
    write_package(models, "negative", spec=PreprocessSpec(recipe="resize", mean=0.5, std=0.5))
    loaded = Repository(models, runtime)
    loaded.load_all()
    return loaded


def upload(band: int, name: str | None = None) -> Upload:
    return Upload(encode_png(band_picture(band)), name)


def ask(
    executor: ThreadPoolExecutor, models: list[Model | FeaturemapError], items: list[Item], **options: Any
) -> list[Any]:
    predictor = Predictor(ImageLimits(), executor, Heard())
    return asyncio.run(predictor.predict(models, items, Options(**options)))


def test_every_picture_gets_its_own_answer(repository: Repository, executor: ThreadPoolExecutor) -> None:
    items: list[Item] = [upload(k, f"{k}.png") for k in (3, 1, 4, 1, 5)]
    (answer,) = ask(executor, [repository.get("bands")], items)
    assert isinstance(answer, ModelResult)
    assert (answer.model, answer.version) == ("bands", "1")
    assert [p.index for p in answer.classifications] == [3, 1, 4, 1, 5]
    assert [p.label for p in answer.classifications] == list("31415")
    assert [p.filename for p in answer.classifications] == ["3.png", "1.png", "4.png", "1.png", "5.png"]
    assert all(p.accepted and p.reason is None and p.confidence > 0.99 for p in answer.classifications)
    assert answer.times.total >= answer.times.inference > 0


def test_hundreds_of_pictures_keep_their_order(repository: Repository, executor: ThreadPoolExecutor) -> None:
    bands = [k * 7 % 10 for k in range(200)]
    items: list[Item] = [Numbers((band_picture(k) / 255).tolist()) for k in bands]
    (answer,) = ask(executor, [repository.get("bands")], items, keep_input=True)
    assert [p.index for p in answer.classifications] == bands


def test_top_is_sorted_and_as_long_as_asked(repository: Repository, executor: ThreadPoolExecutor) -> None:
    for top_k, length in ((1, 1), (3, 3), (10, 10), (1000, 10)):
        (answer,) = ask(executor, [repository.get("unsure")], [upload(2)], top_k=top_k)
        top = answer.classifications[0].top
        assert len(top) == length
        assert [c.probability for c in top] == sorted((c.probability for c in top), reverse=True)
        assert (top[0].index, top[0].probability) == (2, answer.classifications[0].confidence)
    # The nine other classes are equal: a tie goes to the lower index.
    assert [c.index for c in answer.classifications[0].top] == [2, 0, 1, 3, 4, 5, 6, 7, 8, 9]
    assert sum(c.probability for c in top) == pytest.approx(1, abs=1e-5)


def test_each_answer_is_told_with_its_objects(repository: Repository, executor: ThreadPoolExecutor) -> None:
    heard = Heard()
    items: list[Item] = [upload(3), Numbers(np.zeros((28, 28)).tolist()), *(upload(k % 10) for k in range(40))]
    predictor = Predictor(ImageLimits(), executor, heard)
    asyncio.run(predictor.predict([repository.get("bands")], items, Options()))
    asyncio.run(predictor.predict([repository.get("unsure")], [upload(2)], Options()))
    told = [("bands", "1", "accepted", [3]), ("bands", "1", "empty", []), ("bands", "1", "accepted", [0])]
    assert heard.answers[:3] == told
    assert heard.answers[42:] == [("unsure", "1", "low_confidence", [2])]


def test_an_unsure_answer_is_not_accepted_and_still_given(repository: Repository, executor: ThreadPoolExecutor) -> None:
    (answer,) = ask(executor, [repository.get("unsure")], [upload(2)])
    (prediction,) = answer.classifications
    assert (prediction.index, prediction.accepted, prediction.reason) == (2, False, "low_confidence")
    assert 0.1 < prediction.confidence < 0.5


def test_the_preprocessings_reason_comes_first_then_likeness_then_confidence(repository: Repository) -> None:
    manifest = repository.get("bands").manifest
    blank = np.zeros((28, 28), np.uint8)
    sure, unsure, torn, spread = (np.array(row, np.float32) for row in (
        [0.99, 0.01, 0, 0], [0.1, 0.3, 0.3, 0.3], [0.48, 0.46, 0.06, 0], [0.3, 0.25, 0.25, 0.2]
    ))  # fmt: skip
    assert judge(sure, Prepared(blank, reason="empty"), manifest) == "empty"
    assert judge(unsure, Prepared(blank, reason="no_object"), manifest) == "no_object"
    assert judge(unsure, Prepared(blank), manifest) == "low_confidence"
    assert judge(sure, None, manifest) is None
    likeness = manifest.model_copy(update={"rejection": Rejection(min_likeness=0.7)})
    assert judge(torn, None, likeness) == "low_confidence"
    assert judge(spread, None, likeness) == "unlike_training"
    assert judge(spread, None, manifest) == "low_confidence"
    margin = manifest.model_copy(update={"rejection": Rejection(min_margin=1.0)})
    assert judge(torn, None, margin) == judge(spread, None, margin) == "unlike_training"
    assert judge(sure, None, margin) is None
    assert judge(np.array([1, 0, 0, 0], np.float32), None, margin) is None


def test_the_input_comes_back_as_the_model_saw_it(repository: Repository, executor: ThreadPoolExecutor) -> None:
    numbers = Numbers((band_picture(6) / 255).tolist())
    answers = ask(
        executor, [repository.get("bands"), repository.get("negative")], [upload(5), numbers], keep_input=True
    )
    for answer in answers:
        for prediction, band in zip(answer.classifications, (5, 6), strict=True):
            np.testing.assert_array_equal(prediction.seen, band_picture(band))
    (plain,) = ask(executor, [repository.get("bands")], [upload(5)])
    assert plain.classifications[0].seen is None


def test_several_models_answer_the_same_picture(repository: Repository, executor: ThreadPoolExecutor) -> None:
    models = [repository.get(name) for name in ("halves", "bands", "negative")]
    answers = ask(executor, list(models), [upload(8)])
    assert [answer.model for answer in answers] == ["halves", "bands", "negative"]
    assert [answer.classifications[0].label for answer in answers] == ["lower", "8", "8"]
    assert len({answer.times.decode for answer in answers}) == 1  # decoded once


def test_one_models_error_is_not_anothers(repository: Repository, executor: ThreadPoolExecutor) -> None:
    unknown = NotFound("no such model")
    answers = ask(executor, [unknown, repository.get("bands")], [upload(8)])
    assert answers[0] is unknown
    assert answers[1].classifications[0].index == 8
    assert ask(executor, [unknown], [upload(8)]) == [unknown]


def test_a_full_queue_is_told_before_the_picture_is_decoded(
    repository: Repository, executor: ThreadPoolExecutor
) -> None:
    model = repository.get("bands")

    async def test() -> None:
        predictor = Predictor(ImageLimits(), executor, Heard())
        image = np.zeros((1, 1, 28, 28), np.float32)
        waiting = [asyncio.create_task(model.batcher.submit(image)) for _ in range(model.batcher.limits.max_queue)]
        await asyncio.sleep(0)
        (error,) = await predictor.predict([model], [Upload(b"not even a picture")], Options())
        assert isinstance(error, Overloaded)
        await asyncio.gather(*waiting)

    asyncio.run(test())


def test_wrong_numbers_name_their_instance(repository: Repository, executor: ThreadPoolExecutor) -> None:
    good = Numbers((band_picture(6) / 255).tolist())
    (error,) = ask(executor, [repository.get("bands")], [good, good, Numbers([[1, 2]])])
    assert isinstance(error, InvalidInput)
    assert error.message.startswith("instance 2: the instance has 1 elements, not 28")


def test_a_bad_picture_fails_the_whole_call(repository: Repository, executor: ThreadPoolExecutor) -> None:
    with pytest.raises(UnsupportedMedia):
        ask(executor, [repository.get("bands")], [upload(1), Upload(b"text")])


def test_a_photograph_goes_the_same_way_in_a_thread(repository: Repository, executor: ThreadPoolExecutor) -> None:
    large = Image.fromarray(band_picture(4)).resize((2800, 2800), Image.Resampling.NEAREST)
    data = encode_png(np.asarray(large))
    (answer,) = ask(executor, [repository.get("bands")], [Upload(data)], preprocess=PreprocessOptions("none"))
    assert answer.classifications[0].index == 4
    assert answer.times.decode > 0.001


def test_calibration_is_softmax_of_cooled_logits() -> None:
    logits = np.random.default_rng(1).normal(0, 4, (50, 10))

    def softmax(x: Any) -> Any:
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    rows = softmax(logits).astype(np.float32)
    np.testing.assert_allclose(calibrate(rows, 2.5), softmax(logits / 2.5), atol=1e-5)
    assert calibrate(rows, 1.0) is rows
    certain = np.array([[1.0, 0.0]], np.float32)
    np.testing.assert_array_equal(calibrate(certain, 3.0), certain)


def test_the_packages_temperature_is_used(models: Path, runtime: Runtime, executor: ThreadPoolExecutor) -> None:
    write_package(models, "warm", temperature=4.0)
    repository = Repository(models, runtime)
    repository.load_all()
    plain, warm = ask(executor, [repository.get("bands"), repository.get("warm")], [upload(3)])
    assert warm.classifications[0].index == plain.classifications[0].index == 3
    assert warm.classifications[0].confidence < 0.8 < plain.classifications[0].confidence
