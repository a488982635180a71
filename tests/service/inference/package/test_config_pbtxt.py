"""The text format as Triton's own library writes it, and what we take from it."""

import re
from dataclasses import replace

import pytest

from service.errors import PackageError
from service.inference.package.config_pbtxt import ModelConfig, render_config
from service.inference.package.config_tensors import ConfiguredTensor, Warmup, WarmupInput


def test_what_is_rendered_is_read_back() -> None:
    config = ModelConfig(
        name="m", max_batch_size=16, max_queue_size=9, default_timeout_us=5, num_versions=3, intra_op_threads=2
    )
    text = render_config(name="m", input_shape=(1, 28, 28), classes=10, config=config)
    read = replace(
        config,
        kinds=frozenset({"KIND_AUTO"}),
        inputs=(ConfiguredTensor("input", "FP32", (1, 28, 28)),),
        outputs=(ConfiguredTensor("probabilities", "FP32", (10,), "labels.txt"),),
        warmup=(Warmup(1, 3, "one", (("input", WarmupInput("zeros", "FP32", (1, 28, 28))),)),),
    )
    assert ModelConfig.parse(text) == read


def test_an_empty_file_means_the_defaults() -> None:
    assert ModelConfig.parse("") == ModelConfig()
    assert ModelConfig.parse("# only a comment\n\n") == ModelConfig()


def test_tritons_other_forms_are_read() -> None:
    text = """
    name: 'm'; backend: "onnxruntime", max_batch_size: 4
    input [ { name: "input" data_type: TYPE_FP32 dims: [ 1, 28, 28 ] }, { name: "other" dims: -1 } ]
    dynamic_batching { default_queue_policy < max_queue_size: 3 > max_queue_delay_microseconds: 0x64 }
    parameters { key: "intra_op_thread_count" value: { string_value: "1" } }
    """
    config = ModelConfig.parse(text)
    assert (config.name, config.max_batch_size, config.max_queue_size, config.intra_op_threads) == ("m", 4, 3, 1)
    assert config.max_queue_delay_us == 100
    assert config.inputs == (ConfiguredTensor("input", "FP32", (1, 28, 28)), ConfiguredTensor("other", "", (-1,)))
    assert config.notes == ()


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("dynamic_batching { preferred_batch_size: [ 4, 8 ] }", ["dynamic_batching.preferred_batch_size"]),
        ("dynamic_batching { priority_levels: 2 preserve_ordering: true }",
         ["dynamic_batching.priority_levels", "dynamic_batching.preserve_ordering"]),
        ("dynamic_batching { default_queue_policy { timeout_action: DELAY allow_timeout_override: false } }",
         ["timeout_action: DELAY", "allow_timeout_override: false"]),
        ("instance_group [ { count: 2 kind: KIND_GPU gpus: [ 0, 1 ] } ]",
         ["instance_group.count", "instance_group.gpus"]),
        ("instance_group [ { count: 1 rate_limiter { } } ]", ["instance_group.rate_limiter"]),
        ('optimization { graph { level: 1 } } response_cache { enable: true }', ["optimization", "response_cache"]),
        ('parameters { key: "inter_op_thread_count" value { string_value: "4" } }',
         ["parameters inter_op_thread_count"]),
        ('parameters { key: "session.use_x" value { string_value: "1" } }', ["parameters session.use_x"]),
        ('input { name: "a" optional: true }', ["input.optional"]),
        ("batch_input { kind: BATCH_ELEMENT_COUNT }", ["batch_input"]),
        ("max_bach_size: 4", ["max_bach_size"]),
        ('instance_group { count: 1 kind: KIND_AUTO } parameters { key: "inter_op_thread_count" '
         'value { string_value: "1" } } input { name: "a" format: FORMAT_NCHW }', []),
    ],
)  # fmt: skip
def test_what_is_not_followed_is_said(text: str, notes: list[str]) -> None:
    said = ModelConfig.parse(text).notes
    assert [note.partition(" of config.pbtxt is not followed")[0] for note in said] == notes
    assert all(len(note) < 200 for note in said)


def test_a_file_of_nothing_but_foreign_fields_is_told_within_bounds() -> None:
    notes = ModelConfig.parse(" ".join(f"field_{i}: {i}" for i in range(500))).notes
    assert len(notes) == 21
    assert notes[-1] == "480 more fields are not followed"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('backend: "pytorch"', "backend is 'pytorch'; served is 'onnxruntime' alone"),
        ('platform: "tensorflow_savedmodel"', "platform is 'tensorflow_savedmodel'"),
        ("ensemble_scheduling { }", "ensemble_scheduling cannot be served"),
        ("sequence_batching { }", "sequence_batching cannot be served"),
        ("model_transaction_policy { decoupled: true }", "decoupled cannot be served"),
        ('model_operations { op_library_filename: "ops.so" }', "op_library_filename cannot be served"),
        ('input { name: "a" dims: [ 4 ] reshape { shape: [ 2, 2 ] } }', "reshape of the input a cannot be served"),
        ('input { name: "a" allow_ragged_batch: true }', "allow_ragged_batch of the input a cannot be served"),
        ('output { name: "a" label_filename: "../labels.txt" }', "is no plain file name"),
        ('default_model_filename: "../model.onnx"', "is no plain file name"),
        ('input { name: "a" dims: 0 }', "dims must be -1 or at least 1"),
        ('input { name: "a" data_type: FP32 }', "data_type must be one of Triton's"),
        ('input [ { name: "a" }, { name: "a" } ]', "two inputs have the same name"),
        ('model_warmup { inputs { key: "a" value { input_data_file: "/etc/x" } } }', "is no plain file name"),
    ],
)
def test_what_would_be_another_model_is_refused(text: str, told: str) -> None:
    with pytest.raises(PackageError, match=re.escape(told)):
        ModelConfig.parse(text)


def test_each_sample_of_the_warm_up_has_its_size_and_count() -> None:
    text = """
    model_warmup [ { name: "one" batch_size: 1 count: 3 inputs { key: "input" value: { zero_data: true } } },
                   { name: "full", batch_size: 0x20 } ]
    model_warmup { name: "unbatched" }
    """
    one = Warmup(1, 3, "one", (("input", WarmupInput("zeros")),))
    assert ModelConfig.parse(text).warmup == (one, Warmup(32, 1, "full"), Warmup(0, 1, "unbatched"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("model_warmup: 3", "model_warmup must be a message"),
        ("model_warmup { batch_size: 5000 }", "must be at most 4096"),
        ("model_warmup { count: 5000 }", "must be at most 4096"),
        ("model_warmup { count: -1 }", "count must be at least 0"),
        ("model_warmup { batch_size: 'x' }", "batch_size must be a whole number"),
    ],
)
def test_a_warm_up_that_cannot_be_or_would_not_end_is_told(text: str, told: str) -> None:
    with pytest.raises(PackageError, match=told):
        ModelConfig.parse(text)


def test_numbers_may_be_octal_or_hexadecimal() -> None:
    assert ModelConfig.parse("max_batch_size: 0x10").max_batch_size == 16
    assert ModelConfig.parse("max_batch_size: 010").max_batch_size == 8
    assert ModelConfig.parse("version_policy { specific { versions: [0x2, 1] } }").specific_versions == (2, 1)


def test_a_parameter_in_several_strings_is_one() -> None:
    text = 'parameters { key: "intra_op" "_thread_count" value: { string_value: "1" \'2\' } }'
    assert ModelConfig.parse(text).intra_op_threads == 12


def test_zero_threads_leave_it_to_the_machine() -> None:
    text = 'parameters { key: "intra_op_thread_count" value: { string_value: "0" } }'
    assert ModelConfig.parse(text).intra_op_threads is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: 5", "name must be a text in quotes"),
        ("name { }", "name must be a text in quotes"),
        ("max_batch_size: -1", "max_batch_size must be at least 0"),
        ("max_batch_size: 1.5", "max_batch_size must be a whole number, not '1.5'"),
        ('max_batch_size: "5"', "max_batch_size must be a whole number, not '5'"),
        ("max_batch_size { }", "max_batch_size must be a whole number, not a message"),
        (f"max_batch_size: {'9' * 5000}", f"max_batch_size must be a whole number, not '{'9' * 40}'"),
        (f"max_batch_size: 0x{'F' * 5000}", "max_batch_size must be at most 9223372036854775807"),
        ("max_batch_size: 4 max_batch_size: 5", "max_batch_size stands there 2 times"),
        ("dynamic_batching: 3", "dynamic_batching must be a message in braces"),
        ("version_policy { specific { versions: [ 1, x ] } }", "versions must be a whole number, not 'x'"),
        ('parameters { key: "intra_op_thread_count" value: { string_value: "many" } }', "a whole number below 10,000"),
    ],
)
def test_a_mistake_is_told(text: str, sentence: str) -> None:
    with pytest.raises(PackageError) as caught:
        ModelConfig.parse(text)
    assert sentence in caught.value.message
    assert len(caught.value.message) < 200
