"""The text format as Triton's own library writes it, and what we take from it."""

import pytest
from google.protobuf import descriptor_pb2, text_format

from service.errors import PackageError
from service.inference.package.config_pbtxt import ModelConfig, parse_text_format, render_config


def test_what_is_rendered_is_read_back() -> None:
    config = ModelConfig(
        name="m", max_batch_size=16, max_queue_size=9, default_timeout_us=5, num_versions=3, intra_op_threads=2
    )
    text = render_config(name="m", input_shape=(1, 28, 28), classes=10, config=config)
    assert ModelConfig.parse(text) == config


def test_an_empty_file_means_the_defaults() -> None:
    assert ModelConfig.parse("") == ModelConfig()
    assert ModelConfig.parse("# only a comment\n\n") == ModelConfig()


def test_text_that_protobuf_itself_writes_is_read() -> None:
    """Any message will do: the format is the same for all."""
    message = descriptor_pb2.FileDescriptorProto(name='a "quoted"\nname', package="p{}#", public_dependency=[1, 2, -3])
    message.message_type.add(name="M").field.add(name="f", number=7, label="LABEL_OPTIONAL")
    message.message_type.add(name="N")
    for options in ({}, {"as_one_line": True}, {"use_short_repeated_primitives": True}, {"pointy_brackets": True}):
        fields = parse_text_format(text_format.MessageToString(message, **options))
        assert fields["name"] == ['a "quoted"\nname']
        assert fields["package"] == ["p{}#"]
        assert fields["public_dependency"] == ["1", "2", "-3"]
        assert [m["name"] for m in fields["message_type"]] == [["M"], ["N"]]
        assert fields["message_type"][0]["field"][0]["label"] == ["LABEL_OPTIONAL"]


def test_tritons_other_fields_and_forms_are_passed_over() -> None:
    text = """
    name: 'm'; backend: "onnxruntime", max_batch_size: 4
    input [ { name: "input" data_type: TYPE_FP32 dims: [ 1, 28, 28 ] }, { name: "other" dims: -1 } ]
    dynamic_batching { default_queue_policy < max_queue_size: 3 > preferred_batch_size: [ 4, 8 ] }
    parameters { key: "intra_op_thread_count" value: { string_value: "1" } }
    """
    config = ModelConfig.parse(text)
    assert (config.name, config.max_batch_size, config.max_queue_size, config.intra_op_threads) == ("m", 4, 3, 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('name: "open', "line 1 cannot be read"),
        ("a: 1\nb: }", "line 2: a value was expected, not '}'"),
        ("a {\n b: 1", "line 2: a field's name or '}' was expected, not 'the end'"),
        ("a: [1, 2", "line 1: a value was expected, not 'the end'"),
        ("}", "line 1: a field's name was expected, not '}'"),
        ("max_batch_size: -1", "max_batch_size must be at least 0, not -1"),
        ("max_batch_size: 1.5", "max_batch_size must be a whole number, not '1.5'"),
        ("dynamic_batching: 3", "dynamic_batching must be a message in braces"),
        ("version_policy { specific { versions: [ 1, x ] } }", "versions must be a whole number, not 'x'"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(PackageError) as caught:
        ModelConfig.parse(text)
    assert sentence in caught.value.message
