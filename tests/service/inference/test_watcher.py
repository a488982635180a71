"""The models folder as it is changed under a running service, a look at a time."""

import os
import shutil
from pathlib import Path

import pytest

from service.errors import NotFound
from service.inference.loader import Model, Runtime
from service.inference.repository import Repository
from service.inference.watcher import Watcher
from tests.packages import write_package
from tests.service.inference.conftest import Heard, damage_weights


@pytest.fixture
def repository(models: Path, runtime: Runtime) -> Repository:
    return Repository(models, runtime)


@pytest.fixture
def watcher(repository: Repository) -> Watcher:
    watching = Watcher(repository)
    watching.start()
    repository.load_all()
    return watching


def look(watcher: Watcher, times: int = 2) -> None:
    for _ in range(times):
        watcher.step()


def serving(repository: Repository) -> Model:
    return repository.get("bands")


def test_what_does_not_change_is_left_alone(watcher: Watcher, repository: Repository) -> None:
    model = serving(repository)
    look(watcher, 4)
    assert serving(repository) is model


def test_a_new_version_takes_over_once_it_has_come_to_rest(
    models: Path, watcher: Watcher, repository: Repository
) -> None:
    write_package(models, version=2)
    watcher.step()
    assert serving(repository).version == "1"
    watcher.step()
    assert serving(repository).version == "2"
    model = serving(repository)
    look(watcher)
    assert serving(repository) is model
    shutil.rmtree(models / "bands" / "2")
    look(watcher)
    assert serving(repository).version == "1"


def test_a_new_package_is_served_and_one_that_is_gone_is_no_longer_listed(
    models: Path, watcher: Watcher, repository: Repository, heard: Heard
) -> None:
    write_package(models, "new")
    look(watcher)
    assert repository.get("new").version == "1"
    shutil.rmtree(models / "new")
    watcher.step()
    assert repository.get("new")
    watcher.step()
    with pytest.raises(NotFound, match=r"Known models: bands\.$"):
        repository.get("new")
    assert heard.readiness == {("bands", "1"): True}
    look(watcher)
    write_package(models, "new")
    look(watcher)
    assert repository.get("new").version == "1"


def test_a_package_that_is_gone_for_one_look_alone_goes_on(
    models: Path, watcher: Watcher, repository: Repository
) -> None:
    model = serving(repository)
    (models / "bands").rename(models.parent / "away")
    watcher.step()
    (models.parent / "away").rename(models / "bands")
    look(watcher, 3)
    assert serving(repository) is model


def test_a_copy_under_way_is_waited_for_at_each_of_its_bytes(
    models: Path, tmp_path: Path, watcher: Watcher, repository: Repository
) -> None:
    source = write_package(tmp_path / "elsewhere", version=2)
    target = models / "bands" / "2"
    target.mkdir()
    for file in sorted(source.iterdir(), reverse=True):
        content = file.read_bytes()
        for end in range(0, len(content), len(content) // 3):
            (target / file.name).write_bytes(content[: end + 1])
            watcher.step()
            assert serving(repository).version == "1"
            assert repository.entry("bands").fault == ""
        (target / file.name).write_bytes(content)
        watcher.step()
    watcher.step()
    assert serving(repository).version == "2"


def test_a_copy_that_stops_half_way_costs_nothing_and_is_tried_again_when_it_goes_on(
    models: Path, watcher: Watcher, repository: Repository
) -> None:
    folder = write_package(models, version=2)
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(content[: len(content) // 2])
    look(watcher)
    assert serving(repository).version == "1"
    assert repository.entry("bands").fault == "version 2: model.onnx does not match its checksum in model.json"
    tried = repository.entry("bands")
    look(watcher)
    assert repository.entry("bands") is tried  # once
    (folder / "model.onnx").write_bytes(content)
    look(watcher)
    assert serving(repository).version == "2"
    assert repository.entry("bands").fault == ""


def test_a_file_of_the_same_size_and_time_that_took_anothers_place_is_seen(
    models: Path, watcher: Watcher, repository: Repository
) -> None:
    file = models / "bands" / "1" / "model.onnx"
    status = file.stat()
    copy = file.with_name("copy")
    shutil.copy(file, copy)
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    model = serving(repository)
    copy.replace(file)
    look(watcher)
    assert serving(repository) is not model


@pytest.mark.parametrize("name", ["config.pbtxt", "labels.txt"])
def test_a_change_beside_the_versions_counts(models: Path, watcher: Watcher, repository: Repository, name: str) -> None:
    file = models / "bands" / name
    model = serving(repository)
    file.write_text(file.read_text() + "\n" * (name == "config.pbtxt"))
    look(watcher)
    assert serving(repository) is not model


def test_a_folder_that_cannot_be_read_unloads_nothing(
    models: Path, watcher: Watcher, repository: Repository, caplog: pytest.LogCaptureFixture
) -> None:
    models.rename(models.parent / "away")
    look(watcher, 3)
    assert serving(repository)
    assert caplog.text.count("the models folder is not followed") == 1
    (models.parent / "away").rename(models)
    damage_weights(write_package(models, version=2))
    look(watcher)
    assert repository.entry("bands").fault


def test_links_to_nowhere_and_names_that_no_model_can_have_harm_nothing(
    models: Path, watcher: Watcher, repository: Repository
) -> None:
    write_package(models, "fine")
    write_package(models / "hidden", "stats")
    (models / "hidden" / "stats").rename(models / "stats")
    (models / "bands" / "loop").symlink_to("loop")
    (models / "bands" / "1" / "nowhere").symlink_to("absent")
    look(watcher)
    assert serving(repository)
    assert repository.get("fine")
    assert "stats" not in [entry.name for entry in repository.entries()]
