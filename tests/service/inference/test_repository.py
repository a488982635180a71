"""A folder of packages: what is served, what is not, and the reason that a reader gets."""

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.errors import ConfigurationError, NotFound, NotReady, Unavailable, UnusableEvidence
from service.inference.entry import State
from service.inference.loader import Runtime
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.manifest import sha256
from service.inference.repository import Repository
from tests.packages import LABELS, band_picture, write_graph, write_package
from tests.service.inference.conftest import Heard, damage_weights, edit, reason


def test_a_good_package_is_ready_and_answers(load: Callable[[], Repository], heard: Heard) -> None:
    repository = load()
    assert repository.loaded
    entry = repository.entry("bands")
    assert (entry.state, entry.reason) == (State.READY, "")
    model = repository.get("bands")
    assert (model.name, model.version) == ("bands", "1")
    assert heard.readiness == {("bands", "1"): True}
    answer = asyncio.run(model.batcher.submit(band_picture(6)[None, None].astype(np.float32) / np.float32(255)))
    assert answer.rows.argmax() == 6


def test_what_is_no_package_is_passed_over(models: Path, load: Callable[[], Repository]) -> None:
    (models / "depth.study.json").write_text("{}")
    (models / ".publish-123").mkdir()
    (models / "..data").mkdir()
    assert [entry.name for entry in load().entries()] == ["bands"]


@pytest.mark.parametrize("name", ["nope", "..", "../models/bands", "bands/1", "", "bands\0", "BANDS"])
def test_an_unknown_name_lists_the_known_ones(load: Callable[[], Repository], name: str) -> None:
    with pytest.raises(NotFound, match=r"Known models: bands\.$"):
        load().get(name)


def test_the_folder_must_be_there(tmp_path: Path, runtime: Runtime) -> None:
    with pytest.raises(ConfigurationError, match="is missing or cannot be read"):
        Repository(tmp_path / "nowhere", runtime).load_all()


def swap_weights(package: Path) -> None:
    """Other weights with a right checksum: only the golden samples can tell."""
    write_graph(package / "model.onnx", len(LABELS), sharpness=3.0)
    edit(package, files={"model.onnx": sha256(package / "model.onnx")})


def instead(path: Path, make: Callable[[Path], object]) -> None:
    """Something else at this path."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    make(path)


def sparse(path: Path) -> None:
    """A gigabyte that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(1 << 30)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (damage_weights, "model.onnx does not match its checksum in model.json"),
        (lambda p: (p / "model.onnx").unlink(), "model.onnx is missing"),
        (lambda p: [(p / name).unlink() for name in ("model.json", "model.onnx")], "model.json is missing"),
        (lambda p: (p / "model.json").write_text("{"), "model.json: the document: Invalid JSON"),
        (lambda p: edit(p, temperature=0), "model.json: temperature: Input should be greater than 0"),
        (lambda p: edit(p, name="other"), "model.json is that of other, not of bands"),
        (lambda p: edit(p, golden=[]), "model.json has no golden samples"),
        (lambda p: edit(p, golden=[{"index": 0, "pixels": "AAAA", "probabilities": [1.0]}]), "golden samples must be"),
        (swap_weights, "golden samples differ by"),
        (lambda p: (p.parent / "labels.txt").write_text("a\nb\n"), "labels.txt does not hold the labels"),
        (lambda p: (p.parent / "labels.txt").unlink(), "labels.txt is missing"),
        (lambda p: (p.parent / "config.pbtxt").unlink(), "config.pbtxt is missing"),
        (lambda p: (p.parent / "config.pbtxt").write_text('name: "other"'), "config.pbtxt is that of other"),
        (lambda p: (p.parent / "config.pbtxt").write_text("max_batch_size: many"), "must be a whole number"),
        (shutil.rmtree, "it has no version"),
        (lambda p: p.rename(p.parent / "01"), "it has no version"),
        (lambda p: instead(p, Path.touch), "it has no version"),
        (lambda p: instead(p, lambda path: path.symlink_to(path)), "model.json cannot be read: Too many levels"),
        (lambda p: instead(p, lambda path: path.symlink_to("nowhere")), "model.json is missing"),
        (lambda p: instead(p / "model.json", Path.mkdir), "model.json is a folder, not a file"),
        (lambda p: instead(p / "model.json", os.mkfifo), "model.json is no regular file"),
        (lambda p: instead(p / "model.json", sparse), "model.json is larger than 64 MB"),
        (lambda p: (p / "model.json").write_bytes(b"\xff"), "model.json: the document: Invalid JSON"),
        (lambda p: (p / "model.json").write_text("[" * 100_000), "model.json: the document: Invalid JSON"),
        (lambda p: (p / "model.json").write_text('{"a":' * 1000 + "1" + "}" * 1000), "model.json: the document"),
        (lambda p: edit(p, labels=["\ud800", "b"]), "model.json: the document: Invalid JSON"),
        (lambda p: edit(p, golden=[{"index": 0, "pixels": "é", "probabilities": [1.0]}]), "golden samples must be"),
        (lambda p: instead(p / "model.onnx", Path.mkdir), "model.onnx is missing"),
        (lambda p: instead(p / "model.onnx", lambda path: path.symlink_to(path)), "model.onnx is missing"),
        (lambda p: instead(p / "model.onnx", os.mkfifo), "model.onnx is missing"),
        (lambda p: instead(p.parent / "labels.txt", Path.mkdir), "labels.txt is a folder, not a file"),
        (lambda p: (p.parent / "labels.txt").write_bytes(b"\xff"), "labels.txt is no UTF-8 text"),
        (lambda p: instead(p.parent / "config.pbtxt", Path.mkdir), "config.pbtxt is a folder, not a file"),
        (lambda p: instead(p.parent / "config.pbtxt", sparse), "config.pbtxt is larger than 1 MB"),
        (lambda p: (p.parent / "config.pbtxt").write_bytes(b"\xff"), "config.pbtxt is no UTF-8 text"),
        (lambda p: (p.parent / "config.pbtxt").write_text("a {" * 10_000), "may be nested 64 deep"),
    ],
)
def test_a_damaged_package_is_listed_with_its_reason_and_harms_no_other(
    models: Path,
    load: Callable[[], Repository],
    heard: Heard,
    damage: Callable[[Path], object],
    told: str,
) -> None:
    write_package(models, "good")
    damage(models / "bands" / "1")
    repository = load()
    assert told in reason(repository, "bands")
    assert str(models) not in reason(repository, "bands")
    assert repository.get("good").name == "good"
    assert True not in (ready for (name, _), ready in heard.readiness.items() if name == "bands")


def test_what_nobody_foresaw_costs_the_package_alone_and_is_logged(
    models: Path, runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    """A division by zero: no share of the machine's CPUs can be had for no worker."""
    write_package(models, "unsized")
    write_package(models, "sized", config=ModelConfig(intra_op_threads=1))
    repository = Repository(models, replace(runtime, threads=0, workers=0))
    repository.load_all()
    assert reason(repository, "unsized") == "reading it failed; the service's log has the cause"
    assert repository.get("sized").name == "sized"
    assert "ZeroDivisionError" in caplog.text


def test_a_graph_of_another_shape_is_told_with_both_shapes(models: Path, load: Callable[[], Repository]) -> None:
    package = models / "bands" / "1"
    write_graph(package / "model.onnx", 4, sharpness=3.0)
    edit(package, files={"model.onnx": sha256(package / "model.onnx")})
    its, documents = "probabilities FP32 [-1, 4]", "probabilities FP32 [-1, 10]"
    assert reason(load(), "bands") == f"the output of model.onnx is {its}, that of model.json {documents}"


def test_the_newest_version_is_served(models: Path, load: Callable[[], Repository]) -> None:
    write_package(models, version=2)
    write_package(models, version=10)
    repository = load()
    assert repository.get("bands").version == "10"
    with pytest.raises(NotFound, match="Served versions: 10"):
        repository.get("bands", "2")


@pytest.mark.parametrize(
    ("policy", "served"),
    [
        ("latest { num_versions: 2 }", ["2", "10"]),
        ("all { }", ["1", "2", "10"]),
        ("specific { versions: [ 1, 10 ] }", ["1", "10"]),
    ],
)
def test_the_version_policy_is_that_of_the_configuration(
    models: Path, load: Callable[[], Repository], policy: str, served: list[str]
) -> None:
    write_package(models, version=2)
    write_package(models, version=10)
    (models / "bands" / "config.pbtxt").write_text(f"version_policy {{ {policy} }}")
    repository = load()
    assert [str(version.number) for version in repository.entry("bands").versions] == served
    for version in served:
        assert repository.get("bands", version).version == version
    for wrong in ("3", "abc", "1.0", "-1", "", "../1"):
        with pytest.raises(NotFound):
            repository.get("bands", wrong)


def test_without_a_version_the_newest_that_is_ready_is_meant(models: Path, load: Callable[[], Repository]) -> None:
    write_package(models, version=2, config=ModelConfig(num_versions=2))
    damage_weights(models / "bands" / "2")
    repository = load()
    assert repository.get("bands").version == "1"
    assert [version.state for version in repository.entry("bands").versions] == [State.READY, State.UNAVAILABLE]
    with pytest.raises(NotReady, match=r"bands version 2 is not ready: model\.onnx does not match"):
        repository.get("bands", "2")


def test_the_configuration_drives_the_batcher(models: Path, runtime: Runtime) -> None:
    shutil.rmtree(models / "bands")
    config = ModelConfig(max_batch_size=8, max_queue_size=5, default_timeout_us=300_000, intra_op_threads=2)
    write_package(models, config=config)
    repository = Repository(models, replace(runtime, threads=0))
    repository.load_all()
    model = repository.get("bands")
    limits = model.batcher.limits
    assert (limits.max_batch, limits.max_queue, limits.timeout_s) == (8, 5, 0.3)
    assert model.session.threads == 2


def test_an_operators_queue_size_and_threads_beat_the_packages(models: Path, runtime: Runtime) -> None:
    shutil.rmtree(models / "bands")
    write_package(models, config=ModelConfig(max_queue_size=5, intra_op_threads=2))
    repository = Repository(models, replace(runtime, threads=3, queue_size=7))
    repository.load_all()
    model = repository.get("bands")
    assert model.batcher.limits.max_queue == 7
    assert model.session.threads == 3


def test_metrics_come_with_the_model(models: Path, load: Callable[[], Repository]) -> None:
    write_package(models, "scored", metrics={"test_accuracy": 0.5})
    (models / "broken").mkdir()
    repository = load()
    assert repository.get("scored").metrics == {"test_accuracy": 0.5}
    assert repository.get("bands").metrics is None


@pytest.mark.parametrize("content", ["[]", "{", '{"test_accuracy": "high"}', '{"other": [1e999]}'])
def test_metrics_that_cannot_be_used_do_not_keep_the_model_from_serving(
    models: Path, load: Callable[[], Repository], content: str
) -> None:
    package = write_package(models, "scored", metrics={})
    (package / "metrics.json").write_text(content)
    edit(package, files={name: sha256(package / name) for name in ("model.onnx", "metrics.json")})
    model = load().get("scored")
    assert model.metrics is None
    with pytest.raises(UnusableEvidence, match=r"metrics\.json"):
        _ = model.evidence.metrics


def test_names_that_no_model_can_have(models: Path, load: Callable[[], Repository], heard: Heard) -> None:
    for name in ("stats", "my model", "ä", "x" * 65, "a\nb"):
        write_package(models, "kept").parent.rename(models / name)
    (models / os.fsdecode(b"\xff") / "1").mkdir(parents=True)
    (models / "lost+found").mkdir()
    (models / "loop").symlink_to("loop")
    repository = load()
    names = [entry.name for entry in repository.entries() if entry.state is State.UNAVAILABLE]
    assert sorted(names) == ["\\udcff", "a\\nb", "my model", "stats", "x" * 65, "ä"]
    for name in names:
        told = reason(repository, name)
        assert "address of the Open Inference Protocol" in told if name == "stats" else "1 to 64 letters" in told
        assert not heard.readiness[name, "0"]
        name.encode()
        with pytest.raises(NotFound):
            repository.load(name)
    assert repository.get("bands").name == "bands"


def test_close_drains_every_queue(load: Callable[[], Repository]) -> None:
    repository = load()
    image = band_picture(1)[None, None].astype(np.float32) / np.float32(255)

    async def test() -> None:
        model = repository.get("bands")
        waiting = asyncio.create_task(model.batcher.submit(image))
        await asyncio.sleep(0)
        await repository.close()
        assert waiting.done()
        with pytest.raises(Unavailable):
            await model.batcher.submit(image)

    asyncio.run(test())
