"""What worker processes tell each other through files."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from service.inference.shared_state import Followed, SharedState, Wanted, shared_state


def publish_many(folder: Path, model: str) -> None:
    for k in range(50):
        SharedState(folder).publish(model, loaded=k % 2 == 0)


def test_the_last_command_for_each_model_is_wanted(tmp_path: Path) -> None:
    shared, other = SharedState(tmp_path), SharedState(tmp_path)
    assert shared.wanted() == {}
    assert [shared.publish("a", True), other.publish("b", True), shared.publish("a", False)] == [1, 2, 3]
    assert other.wanted() == {"a": Wanted(3, False), "b": Wanted(2, True)}


def test_commands_of_several_processes_are_all_counted(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=publish_many, args=(tmp_path, name)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    wanted = SharedState(tmp_path).wanted()
    assert max(command.generation for command in wanted.values()) == 150
    assert {name: command.loaded for name, command in wanted.items()} == dict.fromkeys("abc", False)


def test_a_worker_is_known_from_its_first_word_until_it_is_forgotten(tmp_path: Path) -> None:
    shared = SharedState(tmp_path)
    assert shared.workers() == []
    shared.follow({})
    assert shared.workers() == [{}]
    shared.follow({"a": Followed(4, "it is broken")})
    assert shared.workers() == [{"a": Followed(4, "it is broken")}]
    (tmp_path / "1.worker.json").write_text(json.dumps({"a": [3, ""]}))
    assert shared.workers()[0] == {"a": Followed(3)}
    shared.forget(1)
    shared.forget(1)
    shared.forget(os.getpid())
    assert shared.workers() == []


def test_what_another_worker_is_just_writing_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared, seen = SharedState(tmp_path), []
    shared.follow({"a": Followed(1)})
    replace = Path.replace

    def in_between(written: Path, target: Path) -> Path:
        written.write_text('{"a": [')  # half of it has come to the disk
        seen.append(shared.workers())
        return replace(written, target)

    monkeypatch.setattr(Path, "replace", in_between)
    shared.follow({"a": Followed(2)})
    assert seen == [[{"a": Followed(1)}]]


def test_its_folder_ends_with_the_block() -> None:
    with shared_state() as shared:
        shared.publish("a", True)
        folder = shared._folder
        assert folder.exists()
    assert not folder.exists()
