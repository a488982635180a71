"""Two numbers of config.pbtxt are written anew, and nothing else of it."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from tritonclient.grpc import model_config_pb2

from service.errors import PackageError
from service.inference.package.config_pbtxt import ModelConfig, render_config
from service.inference.package.tuning import Tuning, tune, tuned

WRITTEN = """\
# our own
name: "m"   # the folder's
max_batch_size  :  0x20 # images
instance_group [ { kind: KIND_CPU count: 1 } ]
optimization { execution_accelerators { cpu_execution_accelerator : [ { name : "openvino" } ] } }
"""


def test_the_numbers_change_and_all_else_stays() -> None:
    assert tuned(WRITTEN, Tuning(8, 4)) == WRITTEN.replace("0x20", "8").replace("count: 1", "count: 4")


@pytest.mark.parametrize("end", ["", "\n", "  # the end", "\r\n"])
def test_numbers_that_are_missing_are_added_at_the_end(end: str) -> None:
    text = 'name: "m"' + end
    new = tuned(text, Tuning(16, 2))
    assert new.startswith(text)
    triton = text_format.Parse(new, model_config_pb2.ModelConfig())
    assert (triton.name, triton.max_batch_size, [group.count for group in triton.instance_group]) == ("m", 16, [2])


@given(st.integers(0, 4096), st.integers(1, 64))
def test_triton_reads_the_same_but_for_the_numbers(batch: int, count: int) -> None:
    text = render_config(name="m", input_shape=(1, 28, 28), classes=10, config=ModelConfig())
    new = tuned(text, Tuning(batch, count))
    wanted = text_format.Parse(text, model_config_pb2.ModelConfig())
    wanted.max_batch_size = batch
    wanted.instance_group[0].count = count
    assert text_format.Parse(new, model_config_pb2.ModelConfig()) == wanted
    before, after = ModelConfig.parse(text), ModelConfig.parse(new)
    assert replace(after, notes=()) == replace(before, max_batch_size=batch, notes=())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("instance_group [ { count: 1 }, { count: 2 } ]", "only one instance_group"),
        ("instance_group { kind: KIND_CPU }", "only one instance_group"),
        ("max_batch_size: 1 max_batch_size: 2", "stands there 2 times"),
        ("max_batch_size: {", "line 1"),
        ("model_warmup { batch_size: 8 }", "must be at least 8"),
        ("dynamic_batching { preferred_batch_size: [ 2, 6 ] }", "must be at least 6"),
    ],
)
def test_what_cannot_be_tuned_is_told_and_left(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config.pbtxt"
    file.write_text(text)
    with pytest.raises(PackageError, match=said):
        tune(tmp_path, Tuning(4, 1))
    assert file.read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == ["config.pbtxt"]


def test_the_file_keeps_its_rights_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "config.pbtxt"
    file.write_text(WRITTEN)
    file.chmod(0o640)
    tune(tmp_path, Tuning(4, 3))
    assert file.read_text() == tuned(WRITTEN, Tuning(4, 3))
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["config.pbtxt"]
