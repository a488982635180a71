"""Packages from real training on the sample: whole, verifiable, never half written, never changed once there."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from service.datasets import read_test_set
from service.errors import ConfigurationError
from service.imaging.preprocessing.spec import to_tensor
from service.inference.answers import calibrate
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.evidence import Evidence
from service.inference.package.manifest import read_manifest, sha256, verify_files
from service.inference.runtime.session import Session
from service.tools.scores import loss
from tests.ci import ON_CI
from tests.paths import MODELS, ROOT
from training.data.sets import Dataset
from training.fitting.machine import machine
from training.packaging import confidence, plots, publish, version
from training.packaging.packages import newest_version
from training.packaging.preparation import preparation_digest
from training.recipes import RECIPES
from training.robust import calibration

CPU = torch.device("cpu")


def settings(tmp_path: Path, epochs: int = 1, seeds: tuple[int, ...] = (0, 1)) -> publish.Settings:
    return publish.Settings(tmp_path / "runs", tmp_path / "models", CPU, seeds, epochs)


def make(name: str, dataset: Dataset, options: publish.Settings) -> Path:
    return publish.publish(RECIPES[name], dataset, options, lambda _, __: None)


@pytest.fixture(scope="module", params=["mnist_cnn", "mnist_lstm", "mnist_neuron"])
def package(request: pytest.FixtureRequest, mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(request.param, mnist, settings(tmp_path_factory.mktemp("publish")))


def test_the_package_verifies_and_its_golden_samples_come_out(package: Path) -> None:
    manifest = read_manifest(package)
    verify_files(package, manifest)
    assert {p.name for p in package.iterdir()} == {*manifest.files, "model.json"}
    spec = manifest.preprocessing
    pixels = np.stack([sample.array((spec.height, spec.width)) for sample in manifest.golden])
    expected = [sample.probabilities for sample in manifest.golden]
    assert np.abs(Session(package / "model.onnx").run(to_tensor(pixels, spec)) - expected).max() < 1e-5


def test_the_code_that_published_it_is_named(package: Path) -> None:
    provenance = read_manifest(package).provenance
    assert provenance is not None
    assert provenance.hardware == machine()
    assert provenance.commit is None or re.fullmatch("[0-9a-f]{40}[+]?", provenance.commit)
    assert (provenance.commit is None) == (not (ROOT / ".git").exists())


def test_config_and_labels_are_tritons(package: Path) -> None:
    manifest = read_manifest(package)
    config = ModelConfig.parse((package.parent / "config.pbtxt").read_text())
    assert config.name == manifest.name == package.parent.name
    assert config.notes == ()
    triton = text_format.Parse((package.parent / "config.pbtxt").read_text(), model_config_pb2.ModelConfig())
    assert [(tensor.name, tuple(tensor.dims)) for tensor in (*triton.input, *triton.output)] == [
        (spec.name, spec.shape[1:]) for spec in (manifest.input, manifest.output)
    ]
    assert triton.max_batch_size == config.max_batch_size
    assert (package.parent / "labels.txt").read_text() == "".join(f"{label}\n" for label in manifest.labels)


def test_metrics_failures_and_predictions_tell_the_same_story(package: Path, mnist: Dataset) -> None:
    manifest, evidence = read_manifest(package), Evidence(package, read_manifest(package))
    n, scores = len(mnist.test_labels), evidence.metrics
    assert scores["n"] == n
    assert len(evidence.failures) == round((1 - scores["test_accuracy"]) * n)
    confusion = np.array(scores["confusion"])
    assert confusion.sum() == n
    assert np.trace(confusion) == n - len(evidence.failures)
    rows = [line.split() for line in (package / "predictions.dat").read_text().splitlines()]
    assert len(rows) == n
    assert sum(p == o for p, o in rows) == n - len(evidence.failures)
    observed = manifest.targets(mnist.test_labels)
    assert [float(o) for _, o in rows] == observed.tolist()
    assert all(len(line) == 13 for line in (package / "predictions.dat").read_text().splitlines())
    assert [seed["seed"] for seed in scores["seeds"]["values"]] == [0, 1]
    assert scores["seeds"]["sd"]["test_accuracy"] is not None
    assert len(evidence.history["epochs"]) == 1
    assert sum(layer["parameters"] for layer in evidence.summary["layers"]) == manifest.parameters


def test_failures_by_either_or_both_classes(package: Path) -> None:
    evidence = Evidence(package, read_manifest(package))
    everything = evidence.show_failures()
    labels = read_manifest(package).labels
    pairs = {(f.true_class, f.predicted_class) for f in everything}
    assert pairs
    for true, predicted in pairs:
        both = evidence.show_failures(str(true), labels[predicted])
        assert both == [f for f in everything if (f.true_class, f.predicted_class) == (true, predicted)]
    by_predicted = [f for i in range(len(labels)) for f in evidence.show_failures(predicted_class=str(i))]
    assert sorted(f.index for f in by_predicted) == [f.index for f in everything]
    confidences = [f.confidence for f in evidence.show_failures(order="confidence")]
    assert confidences == sorted(confidences, reverse=True)


def test_the_same_weights_keep_their_version_and_others_get_the_next(mnist: Dataset, tmp_path: Path) -> None:
    options = settings(tmp_path, seeds=(0,))
    first = make("mnist_neuron", mnist, options)
    before = {p.name: sha256(p) for p in first.iterdir()}
    assert make("mnist_neuron", mnist, options) == first
    second = make("mnist_neuron", mnist, settings(tmp_path, epochs=2, seeds=(0,)))
    assert (first.name, second.name) == ("1", "2")
    assert {p.name: sha256(p) for p in first.iterdir()} == before
    verify_files(second, read_manifest(second))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["models", "runs"]


def test_a_full_disk_leaves_the_published_package_whole(
    mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make("mnist_neuron", mnist, settings(tmp_path, seeds=(0,)))

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(plots, "draw_confusion", full_disk)
    with pytest.raises(OSError, match="No space left"):
        make("mnist_neuron", mnist, settings(tmp_path, epochs=2, seeds=(0,)))
    assert [p.name for p in (tmp_path / "models").iterdir()] == ["mnist_neuron"]
    assert sorted(p.name for p in first.parent.iterdir()) == ["1", "config.pbtxt", "labels.txt"]
    verify_files(first, read_manifest(first))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["models", "runs"]


def test_failures_json_is_a_row_a_failure(package: Path) -> None:
    text = (package / "failures.json").read_text()
    assert len(json.loads(text)) == text.count("\n") - 2


CALIBRATED = replace(RECIPES["mnist_cnn"], calibrate=calibration.calibrate)


@pytest.fixture(scope="module")
def calibrated(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small network with the calibration of the large ones, on few pictures, for a preparation that is no more."""
    options = settings(tmp_path_factory.mktemp("calibrated"))
    with pytest.MonkeyPatch.context() as few:
        for name, count in (("OWN", 30), ("UNKNOWN", 1), ("HANDS", 6)):
            few.setattr(calibration, name, count)
        with pytest.MonkeyPatch.context() as before:
            before.setattr(version, "preparation_digest", lambda: "0" * 64)
            package = publish.publish(CALIBRATED, mnist, options, lambda _, __: None)
        yield package


def test_the_loss_of_every_seed_is_before_calibration(mnist: Dataset, calibrated: Path) -> None:
    """A calibrated loss among raw ones would be a mean of two things, and a spread that is too wide."""
    runs = calibrated.parents[2] / "runs"
    scores, targets = json.loads((calibrated / "metrics.json").read_text()), mnist.test_labels.astype(np.int64)
    tensor = to_tensor(mnist.test_images, read_manifest(calibrated).preprocessing)
    for seed, row in enumerate(scores["seeds"]["values"]):
        raw = Session(runs / "mnist_cnn" / f"seed-{seed}" / "model.onnx").run(tensor)
        assert row["test_loss"] == pytest.approx(loss(raw, targets), abs=2e-6)
        assert row["calibrated_test_loss"] == pytest.approx(loss(calibrate(raw, row["temperature"]), targets), abs=2e-6)
    assert scores["test_loss"] == scores["seeds"]["values"][0]["calibrated_test_loss"]
    assert {"test_accuracy", "test_loss", "calibrated_test_loss"} == set(scores["seeds"]["mean"])
    assert read_manifest(calibrated).temperature == scores["seeds"]["values"][0]["temperature"]


def test_a_package_is_calibrated_anew_for_the_preparation_of_today(
    mnist: Dataset, calibrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = calibrated.parents[1]
    monkeypatch.setattr(calibration, "SEED", 11)
    new = confidence.refit(CALIBRATED, mnist, models)
    assert (calibrated.name, new.name) == ("1", "2")
    before, after = read_manifest(calibrated), read_manifest(new)
    verify_files(new, after)
    assert before.provenance is not None
    assert after.provenance is not None
    assert before.provenance.preparation_sha256 == "0" * 64
    assert after.provenance.preparation_sha256 == preparation_digest()
    assert before.temperature != after.temperature
    assert after.golden == before.golden
    scores = json.loads((new / "metrics.json").read_text())
    raw = Session(new / "model.onnx").run(to_tensor(mnist.test_images, after.preprocessing))
    targets = mnist.test_labels.astype(np.int64)
    assert scores["test_loss"] == pytest.approx(loss(calibrate(raw, after.temperature), targets), abs=2e-6)
    assert scores["seeds"]["values"][0]["calibrated_test_loss"] == scores["test_loss"]
    assert scores["seeds"]["values"][1] == json.loads((calibrated / "metrics.json").read_text())["seeds"]["values"][1]
    assert sorted(p.name for p in new.parent.iterdir()) == ["1", "2", "config.pbtxt", "labels.txt"]
    with pytest.raises(ConfigurationError, match="mnist_cnn is served as its network answers"):
        confidence.refit(RECIPES["mnist_cnn"], mnist, models)


@pytest.mark.skipif(not ON_CI, reason="runs 20,000 pictures of committed packages; on CI alone")
@pytest.mark.parametrize("name", ["mnist_robust", "fashion_robust"])
def test_the_published_losses_are_before_calibration_too(name: str) -> None:
    folder = newest_version(MODELS / name)
    assert folder is not None
    manifest, scores = read_manifest(folder), json.loads((folder / "metrics.json").read_text())
    images, labels = read_test_set(manifest.dataset)
    raw = Session(folder / "model.onnx").run(to_tensor(images, manifest.preprocessing))
    row = scores["seeds"]["values"][0]
    assert row["test_loss"] == pytest.approx(loss(raw, manifest.targets(labels)), abs=2e-6)
    calibrated = calibrate(raw, manifest.temperature)
    assert scores["test_loss"] == pytest.approx(loss(calibrated, manifest.targets(labels)), abs=2e-6)
