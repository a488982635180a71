"""Several views of one picture: rows of one batch, whose mean is the answer, by every way of asking."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from service.imaging.codec.files import ImageLimits, encode_png
from service.imaging.pixels import Pixels
from service.imaging.preprocessing.explain import Overrides
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.answers import ModelResult, Options, calibrate, pooled
from service.inference.dataplane import DataPlane
from service.inference.inputs import DEFAULT_OPTIONS, Inputs, Item, Numbers, PreprocessOptions, Upload, prepare_inputs
from service.inference.loader import Model, Runtime
from service.inference.predictor import Predictor
from service.inference.reading import read_one
from service.inference.repository import Repository
from service.tools import offline
from tests.packages import band_picture, write_package
from tests.service.inference.conftest import Heard

TWICE = PreprocessSpec(recipe="garment_photo", whole_view=True)


def photograph(uneven: bool, seed: int = 0) -> Pixels:
    """A dark shape in the upper half, on boards or on white."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(rng.uniform(0.4, 1.4, 16), 15)
    ground = rows[:, None, None] * np.array([130.0, 95, 60]) if uneven else np.full((240, 1, 1), 245.0)
    pixels = np.broadcast_to(ground, (240, 200, 3)).copy()
    pixels[30:150, 60:140] = (30, 50, 160)
    return np.clip(pixels + rng.normal(0, 4, pixels.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def model(models: Path, runtime: Runtime) -> Model:
    write_package(models, "twice", spec=TWICE, sharpness=2.0, temperature=1.7)
    repository = Repository(models, runtime)
    repository.load_all()
    return repository.get("twice")


@pytest.fixture
def dataplane(models: Path, runtime: Runtime, executor: ThreadPoolExecutor, model: Model) -> DataPlane:
    repository = Repository(models, runtime)
    repository.load(model.name)
    return DataPlane(repository, ImageLimits(), executor, Heard())


def mixed() -> list[Item]:
    """Seen once, twice, as numbers, twice, once."""
    return [
        Upload(encode_png(photograph(uneven=False))),
        Upload(encode_png(photograph(uneven=True))),
        Numbers((band_picture(4) / 255).tolist()),
        Upload(encode_png(photograph(uneven=True, seed=1))),
        Upload(encode_png(band_picture(7))),
    ]


def expected(model: Model, items: list[Item]) -> np.ndarray:
    """The mean of each item's own rows, asked one by one."""
    rows = []
    for item in items:
        inputs = prepare_inputs([item], {TWICE}, DEFAULT_OPTIONS, ImageLimits()).inputs[TWICE]
        assert isinstance(inputs, Inputs)
        prepared = inputs.prepared[0]
        seen = [] if prepared is None else [prepared.pixels, *prepared.views]
        tensor = to_tensor(np.stack(seen), TWICE) if seen else inputs.tensor()
        rows.append(model.session.run(tensor).mean(axis=0))
    return np.stack(rows)


def test_each_item_gets_the_mean_of_its_own_views(dataplane: DataPlane, model: Model) -> None:
    items = mixed()
    rows = expected(model, items)
    (answer,) = asyncio.run(dataplane.predict([model], items, Options(top_k=10)))
    assert isinstance(answer, ModelResult)
    told = np.array([[c.probability for c in sorted(a.top, key=lambda c: c.index)] for a in answer.classifications])
    np.testing.assert_allclose(told, calibrate(rows.astype(np.float32), 1.7), atol=1e-5)
    views = [None if a.prepared is None else len(a.prepared.views) for a in answer.classifications]
    assert views == [0, 1, None, 1, 0]
    raw = asyncio.run(dataplane.infer_items(model, items))
    np.testing.assert_allclose(raw.rows, rows, atol=1e-6)
    np.testing.assert_allclose(offline.item_probabilities(model, items, ImageLimits()), rows, atol=1e-6)


def test_what_is_looked_into_is_the_object_alone_and_the_answer_is_of_all(
    executor: ThreadPoolExecutor, model: Model
) -> None:
    item = mixed()[1]
    options = PreprocessOptions(overrides=Overrides(polarity="dark_on_light"), explain=True)
    predictor = Predictor(ImageLimits(), executor, Heard())
    reading = asyncio.run(read_one(predictor, model, item, options, np.inf, keep_input=True))
    told = reading.classification
    assert told.prepared is not None
    assert np.array_equal(reading.tensor, to_tensor(told.prepared.pixels[None], TWICE))
    alone = calibrate(model.session.run(reading.tensor), 1.7)[0]
    np.testing.assert_allclose(reading.row, alone, atol=1e-6)
    assert abs(told.confidence - float(alone[told.index])) > 1e-4
    assert told.stages is not None
    assert [stage.name for stage in told.stages] == ["picture", "ground", "whole", "trim", "input"]


def test_rows_without_further_views_stay_as_they_are() -> None:
    inputs = prepare_inputs(mixed()[:1], {TWICE}, DEFAULT_OPTIONS, ImageLimits()).inputs[TWICE]
    assert isinstance(inputs, Inputs)
    rows = np.full((1, 10), 0.1, np.float32)
    assert pooled(rows, inputs) is rows
