"""An ONNX file of one's own: what is read from it, guessed and refused, and what the service then serves."""

import json
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from PIL import Image

from service.errors import ConfigurationError, PackageError, UnusableEvidence
from service.imaging.codec.files import ImageLimits
from service.inference.answers import Options
from service.inference.entry import State
from service.inference.inputs import Upload
from service.inference.loader import Runtime
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.external_data import external_files
from service.inference.package.manifest import read_manifest, sha256
from service.inference.repository import Repository
from service.tools.choices import Wishes
from service.tools.evaluation import judge, publish
from service.tools.graph import parse_labels
from service.tools.labelled import folder_of_classes, idx_pair
from service.tools.offline import predict
from service.tools.packaging import About, Packaged, package
from tests.packages import band_picture, write_package
from tests.service.tools.graphs import Dimensions, write_colours

COLOURS = {"red": (230, 20, 20), "green": (20, 230, 20), "blue": (20, 20, 230)}
PLAIN = Wishes(preprocess="unit")


def made(folder: Path, wishes: Wishes = PLAIN, name: str = "mine", **graph: Any) -> Packaged:
    return package(write_colours(folder / "my.onnx", **graph), About(name), wishes, folder / "models")


def picture(colour: tuple[int, int, int], seed: int = 0) -> bytes:
    noise = np.random.default_rng(seed).integers(-15, 16, (30, 40, 3))
    buffer = BytesIO()
    Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def repository(folder: Path, runtime: Runtime) -> Repository:
    loaded = Repository(folder / "models", runtime)
    loaded.load_all()
    return loaded


FORMS: list[tuple[Dimensions, str, Wishes]] = [
    (("n", 3, 8, 8), "NCHW", PLAIN),
    (("n", 8, 8, 3), "NHWC", PLAIN),
    ((1, 3, 8, 8), "NCHW", PLAIN),
    ((1, "h", "w", 3), "NHWC", Wishes(preprocess="unit", size=(12, 10))),
    (("n", 3, "h", "w"), "NCHW", Wishes(preprocess="torchvision")),
    (("n", 3, 16, 9), "NCHW", Wishes(preprocess="timm")),
]


@pytest.mark.parametrize("tail", [None, "Softmax"])
@pytest.mark.parametrize(("shape", "layout", "wishes"), FORMS)
def test_every_form_answers(
    shape: Dimensions, layout: str, wishes: Wishes, tail: str | None, tmp_path: Path, runtime: Runtime
) -> None:
    done = made(tmp_path, wishes, shape=shape, tail=tail)
    assert {line.name: line.value for line in done.told}["layout"] == layout
    assert done.manifest.output.activation == (None if tail else "softmax")
    model = repository(tmp_path, runtime).get("mine")
    assert model.batcher.limits.max_batch == (1 if shape[0] == 1 else 32)
    items = [Upload(picture(colour)) for colour in COLOURS.values()]
    answers = predict(model, items, Options(), ImageLimits())
    assert [answer.index for answer in answers] == [0, 1, 2]
    assert all(answer.accepted and abs(sum(c.probability for c in answer.top) - 1) < 1e-5 for answer in answers)
    assert ModelConfig.parse((tmp_path / "models" / "mine" / "config.pbtxt").read_text()).max_batch_size == (
        0 if shape[0] == 1 else 32
    )


@pytest.mark.parametrize(("tail", "activation"), [("Sigmoid", "complement"), (None, "sigmoid")])
def test_one_number_for_two_classes(tail: str | None, activation: str, tmp_path: Path, runtime: Runtime) -> None:
    wishes = Wishes(preprocess="keras-tf") if tail is None else PLAIN
    done = made(tmp_path, wishes, classes=1, tail=tail)
    assert (done.manifest.output.activation, done.manifest.labels) == (activation, ("0", "1"))
    model = repository(tmp_path, runtime).get("mine")
    red, blue = predict(model, [Upload(picture(COLOURS[name])) for name in ("red", "blue")], Options(), ImageLimits())
    assert (
        red.index,
        {c.index: c.probability for c in red.top}[1] > {c.index: c.probability for c in blue.top}[1],
    ) == (
        1,
        True,
    )


@pytest.mark.parametrize(
    "text",
    [
        "red\ngreen\nblue\n",
        '["red", "green", "blue"]',
        "{0: 'red', 1: 'green', 2: 'blue'}",
        '{"0": "red", "2": "blue", "1": "green"}',
        "red, green,blue",
    ],
)
def test_labels_in_every_form(text: str, tmp_path: Path) -> None:
    assert parse_labels(text) == ("red", "green", "blue")
    assert made(tmp_path, metadata={"names": text}).manifest.labels == ("red", "green", "blue")


@pytest.mark.parametrize("text", ["[1, 2", "{'a': 'b'}", "{0: 'a', 2: 'b'}", "[[1]]", "__import__('os')[0]"])
def test_what_is_no_list_of_labels_is_none(text: str) -> None:
    assert len(parse_labels(text)) <= 1


@pytest.mark.parametrize(
    ("graph", "wishes", "said"),
    [
        ({"shape": ("n", 5, 8, 8)}, PLAIN, "no picture fills its input"),
        ({"shape": (4, 3, 8, 8)}, PLAIN, "4 pictures at a time"),
        ({"operator": "Frobnicate"}, PLAIN, "there is no operator Frobnicate in opset 13"),
        ({"tail": "Sigmoid"}, PLAIN, "several labels at once"),
        ({}, Wishes(preprocess="unit", size=(9, 9)), "would have to be otherwise"),
        ({}, Wishes(preprocess="imagnet"), "there is no preprocessing"),
        ({}, Wishes(preprocess="unit", knobs={"mean": (0.1, 0.2)}), "mean has 2 numbers"),
        ({}, Wishes(preprocess="digit", knobs={"side": 9}), "--side is for photographs"),
        ({}, Wishes(preprocess="unit", labels=Path("nowhere.txt")), "--labels"),
        ({}, Wishes(preprocess="unit", activation="sigmoid"), "--activation sigmoid is not for a model"),
    ],
)
def test_what_cannot_be_served_is_told_and_writes_nothing(
    graph: dict[str, Any], wishes: Wishes, said: str, tmp_path: Path
) -> None:
    with pytest.raises((PackageError, ConfigurationError), match=said):
        made(tmp_path, wishes, **graph)
    models = tmp_path / "models"
    assert not models.exists() or not list(models.iterdir())


@pytest.mark.parametrize("name", ["stats", "a/b", "", ".hidden"])
def test_a_name_that_no_model_can_have(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--name"):
        made(tmp_path, name=name)


def test_packaging_again_is_the_next_version_and_keeps_a_tuned_configuration(tmp_path: Path) -> None:
    first = made(tmp_path)
    config = tmp_path / "models" / "mine" / "config.pbtxt"
    config.write_text(config.read_text().replace("max_batch_size: 32", "max_batch_size: 8"))
    before = {file.name: file.read_bytes() for file in first.folder.iterdir()}
    assert made(tmp_path).folder.name == "2"
    assert "max_batch_size: 8" in config.read_text()
    assert {file.name: file.read_bytes() for file in first.folder.iterdir()} == before
    made(tmp_path, shape=("n", 3, 9, 9))
    assert "dims: [ 3, 9, 9 ]" in config.read_text()
    assert not [child for child in (tmp_path / "models").iterdir() if child.name.startswith(".")]


def test_weights_beside_the_file_come_along(tmp_path: Path, runtime: Runtime) -> None:
    done = made(tmp_path, external="my.onnx.data")
    assert set(done.manifest.files) | {"my.onnx.data", "model.onnx"} == {"my.onnx.data", "model.onnx"}
    assert set(read_manifest(done.folder).files) == {"my.onnx.data", "model.onnx"}
    assert repository(tmp_path, runtime).entry("mine").state is State.READY


@pytest.mark.parametrize("location", ["../outside.data", "/etc/hostname", "inner/weights.data"])
def test_weights_outside_the_folder_are_refused_by_the_loader(location: str, tmp_path: Path, runtime: Runtime) -> None:
    write_package(tmp_path / "models")
    folder = write_package(tmp_path / "models", "outside")
    write_colours(folder / "model.onnx", external="w.data")
    model = onnx.load_model_from_string((folder / "model.onnx").read_bytes())
    for entry in model.graph.initializer[0].external_data:
        if entry.key == "location":
            entry.value = location
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    assert external_files(folder / "model.onnx") == {location}
    document = json.loads((folder / "model.json").read_text())
    document["files"]["model.onnx"] = sha256(folder / "model.onnx")
    (folder / "model.json").write_text(json.dumps(document))
    loaded = repository(tmp_path, runtime)
    assert loaded.entry("outside").versions[0].reason == (
        f"model.onnx takes weights from {location}, which is no file of its package"
    )
    assert loaded.entry("bands").state is State.READY


def test_a_golden_sample_that_no_longer_comes_out_and_a_flipped_byte(tmp_path: Path, runtime: Runtime) -> None:
    for name in ("golden", "flipped", "good"):
        made(tmp_path, name=name)
    document = json.loads((tmp_path / "models/golden/1/model.json").read_text())
    document["golden"][0]["probabilities"] = document["golden"][0]["probabilities"][::-1]
    (tmp_path / "models/golden/1/model.json").write_text(json.dumps(document))
    content = bytearray((tmp_path / "models/flipped/1/model.onnx").read_bytes())
    content[-1] ^= 1
    (tmp_path / "models/flipped/1/model.onnx").write_bytes(content)
    loaded = repository(tmp_path, runtime)
    assert "golden samples differ" in loaded.entry("golden").versions[0].reason
    assert "does not match its checksum" in loaded.entry("flipped").versions[0].reason
    assert loaded.entry("good").state is State.READY


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """60 pictures, six of the red ones truly green, and a file that is none."""
    for name in COLOURS:
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(20):
            colour = COLOURS["green" if name == "red" and i < 6 else name]
            (tmp_path / "pictures" / name / f"{i:02}.png").write_bytes(picture(colour, i))
    (tmp_path / "pictures" / "red" / "notes.txt").write_text("no picture")
    (tmp_path / "pictures" / "red" / ".DS_Store").write_text("hidden")
    return tmp_path / "pictures"


def test_judging_writes_a_version_with_its_failures_and_leaves_the_old_one(
    tmp_path: Path, pictures: Path, runtime: Runtime
) -> None:
    done = made(tmp_path, metadata={"labels": "red\ngreen\nblue"})
    before = {file.name: file.read_bytes() for file in done.folder.iterdir()}
    model = repository(tmp_path, runtime).get("mine")
    heard_of: list[int] = []
    judged = judge(model, folder_of_classes(pictures, model.manifest.labels), ImageLimits(), heard_of.append)
    assert [name for name, _ in judged.unread] == ["red/notes.txt"]
    assert heard_of[-1] == 61
    folder, metrics = publish(model, judged, "pictures", ImageLimits())
    assert (folder.name, metrics["n"], metrics["test_accuracy"]) == ("2", 60, 0.9)
    assert metrics["confusion"] == [[14, 6, 0], [0, 20, 0], [0, 0, 20]]
    assert metrics["calibration"]["temperature"] != 1.0
    assert {file.name: file.read_bytes() for file in done.folder.iterdir()} == before
    served = repository(tmp_path, runtime).get("mine")
    failures = served.evidence.show_failures("red", "green")
    assert [failure.file for failure in failures] == [f"red/{i:02}.png" for i in range(6)]
    shown = served.evidence.pictures(failures)
    for failure, seen in zip(failures, shown, strict=True):
        assert np.array_equal(seen, np.asarray(Image.open(pictures / (failure.file or ""))))
    assert served.manifest.temperature == metrics["calibration"]["temperature"]


def test_a_damaged_archive_of_pictures_costs_the_gallery_alone(
    tmp_path: Path, pictures: Path, runtime: Runtime
) -> None:
    made(tmp_path, metadata={"labels": "red\ngreen\nblue"})
    model = repository(tmp_path, runtime).get("mine")
    judged = judge(model, folder_of_classes(pictures, model.manifest.labels), ImageLimits(), lambda _done: None)
    folder, _ = publish(model, judged, "pictures", ImageLimits())
    (folder / "failures.zip").write_bytes(b"PK no archive")
    document = json.loads((folder / "model.json").read_text())
    document["files"]["failures.zip"] = sha256(folder / "failures.zip")
    (folder / "model.json").write_text(json.dumps(document))
    served = repository(tmp_path, runtime).get("mine")
    with pytest.raises(UnusableEvidence, match="no intact archive"):
        served.evidence.pictures(served.evidence.failures)


def test_folders_that_are_no_class_and_folders_by_index(pictures: Path) -> None:
    (pictures / "red").rename(pictures / "0")
    assert {p.target for p in folder_of_classes(pictures, ("red", "green", "blue"))} == {0, 1, 2}
    (pictures / "0").rename(pictures / "violet")
    with pytest.raises(ConfigurationError, match="'violet' is named after no class"):
        folder_of_classes(pictures, ("red", "green", "blue"))
    shutil.rmtree(pictures)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        folder_of_classes(pictures, ("red", "green", "blue"))


def test_an_idx_pair_is_judged(tmp_path: Path, runtime: Runtime) -> None:
    write_package(tmp_path / "models")
    model = repository(tmp_path, runtime).get("bands")
    images = np.stack([band_picture(i % 10) for i in range(20)])
    header = bytes([0, 0, 8, 3]) + b"".join(size.to_bytes(4, "big") for size in images.shape)
    (tmp_path / "images").write_bytes(header + images.tobytes())
    classes = bytes([0, 0, 8, 1]) + (20).to_bytes(4, "big") + bytes([i % 10 for i in range(19)] + [3])
    (tmp_path / "labels").write_bytes(classes)
    found = idx_pair(tmp_path / "images", tmp_path / "labels", model.manifest)
    folder, metrics = publish(model, judge(model, found, ImageLimits(), lambda _done: None), "bands", ImageLimits())
    assert (folder.name, metrics["test_accuracy"], metrics["calibration"]["temperature"]) == ("2", 0.95, 1.0)
    (tmp_path / "labels").write_bytes(classes[:-1])
    with pytest.raises(ConfigurationError, match="19 values"):
        idx_pair(tmp_path / "images", tmp_path / "labels", model.manifest)
