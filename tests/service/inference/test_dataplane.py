"""What every front calls, without any front."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw

from service.errors import InvalidInput, PayloadTooLarge, UnsupportedMedia
from service.imaging.codec.files import ImageLimits
from service.imaging.pixels import FloatArray
from service.inference.answers import Options, calibrate
from service.inference.dataplane import DataPlane
from service.inference.features import Layer
from service.inference.inputs import DEFAULT_OPTIONS, Upload
from service.inference.loader import Runtime
from service.inference.repository import Repository
from service.inference.runtime.request import Answer
from service.inference.runtime.tensors import NamedTensor
from tests.paths import MODELS
from tests.service.inference.conftest import Heard


@pytest.fixture
def dataplane(runtime: Runtime, executor: ThreadPoolExecutor, heard: Heard) -> DataPlane:
    repository = Repository(MODELS, runtime)
    for name in ("mnist_cnn", "mnist_gru"):
        repository.load(name)
    return DataPlane(repository, ImageLimits(), executor, heard)


def zigzags() -> bytes:
    """Ten zigzags, two a row: strokes that may be cut and joined in dozens of ways."""
    picture = Image.new("L", (800, 800), 255)
    draw = ImageDraw.Draw(picture)
    for k in range(10):
        left, top = 20 + 400 * (k % 2), 20 + 152 * (k // 2)
        draw.line([(left + 340 / 6 * i, top + 70 * (i % 2)) for i in range(7)], fill=0, width=4)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def infer(dataplane: DataPlane, *inputs: NamedTensor) -> Answer:
    return asyncio.run(dataplane.infer(dataplane.repository.get("mnist_cnn"), inputs))


def test_infer_gives_the_rows_of_the_session(dataplane: DataPlane) -> None:
    model = dataplane.repository.get("mnist_cnn")
    tensor = np.random.default_rng(1).random((40, 1, 28, 28), np.float32)
    answer = infer(dataplane, ("input", tensor))
    np.testing.assert_allclose(answer.rows, model.session.run(tensor), atol=1e-6)


@pytest.mark.parametrize(
    "tensor",
    [
        np.zeros((1, 28, 28), np.float32),
        np.zeros((1, 1, 28, 27), np.float32),
        np.zeros((1, 1, 28, 28), np.float64),
        np.zeros((0, 1, 28, 28), np.float32),
        np.zeros((), np.float32),
        np.zeros((0,), object),
        np.full((1, 1, 1), b"", object),
    ],
)
def test_infer_refuses_another_form(dataplane: DataPlane, tensor: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        infer(dataplane, ("input", tensor))


def test_a_batch_beyond_the_limit_is_refused_before_anything_is_decoded(dataplane: DataPlane) -> None:
    for tensor in (np.zeros((257, 1, 28, 28), np.float32), np.full(257, b"", object)):
        with pytest.raises(PayloadTooLarge, match="257 rows; at most 256") as caught:
            infer(dataplane, ("input", tensor))
        assert (caught.value.details["limit"], caught.value.details["actual"]) == (256, 257)


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_picture_files_are_answered_as_predict_answers_them(dataplane: DataPlane, shape: tuple[int, ...]) -> None:
    """Also one that is read in several ways, of which the model chooses."""
    files = [(MODELS.parent / "docs" / "digit.png").read_bytes(), zigzags()]
    model = dataplane.repository.get("mnist_cnn")

    async def both() -> None:
        pictures = np.array(files, object).reshape(shape)
        answer = await dataplane.infer(model, [("input", pictures)])
        (told,) = await dataplane.predict([model], [Upload(file) for file in files], Options(top_k=10))
        assert not isinstance(told, Exception)
        assert answer.rows.shape == (2, 10)
        calibrated = calibrate(answer.rows, model.manifest.temperature)
        for row, classification in zip(calibrated, told.classifications, strict=True):
            assert row[classification.index] == pytest.approx(classification.confidence, abs=1e-6)

    asyncio.run(both())


def test_a_file_that_is_no_picture_is_told_by_its_place(dataplane: DataPlane) -> None:
    files = np.array([(MODELS.parent / "docs" / "digit.png").read_bytes(), b"no picture"], object)
    with pytest.raises(UnsupportedMedia) as caught:
        infer(dataplane, ("input", files))
    assert caught.value.message.startswith("picture 1: ")


@pytest.mark.parametrize("name", ["mnist_cnn", "mnist_gru"])
def test_layers_are_run_for_the_chosen_reading_alone(dataplane: DataPlane, heard: Heard, name: str) -> None:
    """Candidates of a busy picture go through the queue, as many as they are; the layers of one of them are kept."""
    model = dataplane.repository.get(name)
    shown = list[int]()
    look = model.features.look

    def counted(picture: FloatArray) -> dict[str, Layer]:
        shown.append(len(picture))
        return look(picture)

    model.features.look = counted  # type: ignore[method-assign]
    found = asyncio.run(dataplane.look(model, Upload(zigzags()), DEFAULT_OPTIONS))
    assert shown == [1]
    assert sum(size for _, size in heard.batches) > 50
    assert {stage for _, stage in heard.stages} >= {"decode", "preprocess", "queue", "inference"}
    assert found.layers["probabilities"].values.shape == (10,)
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_a_look_tells_what_predict_tells(dataplane: DataPlane) -> None:
    model, item = dataplane.repository.get("mnist_cnn"), Upload((MODELS.parent / "docs" / "digit.png").read_bytes())

    async def both() -> None:
        (told,) = await dataplane.predict([model], [item], Options())
        found = await dataplane.look(model, item, DEFAULT_OPTIONS)
        assert not isinstance(told, Exception)
        (classification,) = told.classifications
        assert found.classification.top == classification.top
        best = found.classification.top[0]
        assert found.probabilities[best.index] == pytest.approx(best.probability, abs=1e-5)

    asyncio.run(both())
