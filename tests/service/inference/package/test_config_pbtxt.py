"""The text format as Triton's own library writes it, and what we take from it."""

from dataclasses import replace

import pytest

from service.errors import PackageError
from service.inference.package.config_pbtxt import ModelConfig, Warmup, render_config


def test_what_is_rendered_is_read_back() -> None:
    config = ModelConfig(
        name="m", max_batch_size=16, max_queue_size=9, default_timeout_us=5, num_versions=3, intra_op_threads=2
    )
    text = render_config(name="m", input_shape=(1, 28, 28), classes=10, config=config)
    assert ModelConfig.parse(text) == replace(config, warmup=(Warmup(1, 3),))


def test_an_empty_file_means_the_defaults() -> None:
    assert ModelConfig.parse("") == ModelConfig()
    assert ModelConfig.parse("# only a comment\n\n") == ModelConfig()


def test_tritons_other_fields_and_forms_are_passed_over() -> None:
    text = """
    name: 'm'; backend: "onnxruntime", max_batch_size: 4
    input [ { name: "input" data_type: TYPE_FP32 dims: [ 1, 28, 28 ] }, { name: "other" dims: -1 } ]
    dynamic_batching { default_queue_policy < max_queue_size: 3 > preferred_batch_size: [ 4, 8 ] }
    parameters { key: "intra_op_thread_count" value: { string_value: "1" } }
    """
    config = ModelConfig.parse(text)
    assert (config.name, config.max_batch_size, config.max_queue_size, config.intra_op_threads) == ("m", 4, 3, 1)


def test_each_sample_of_the_warm_up_has_its_size_and_count() -> None:
    text = """
    model_warmup [ { name: "one" batch_size: 1 count: 3 inputs { key: "input" value: { zero_data: true } } },
                   { name: "full", batch_size: 0x20 } ]
    model_warmup { name: "unbatched" }
    """
    assert ModelConfig.parse(text).warmup == (Warmup(1, 3), Warmup(32, 1), Warmup(0, 1))


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
