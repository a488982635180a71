"""config.pbtxt as Triton's own protobuf reads it: every field that we write, by its value, and no other."""

from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2 as triton

from service.inference.package.config_pbtxt import ModelConfig, render_config
from service.inference.package.config_tensors import ConfiguredTensor
from service.inference.package.manifest import read_manifest
from tests.paths import MODELS

PACKAGES = sorted(path.parent for path in MODELS.glob("*/config.pbtxt"))


def expected(
    name: str, given: tuple[str, list[int]], gives: tuple[str, list[int]], config: ModelConfig
) -> triton.ModelConfig:
    """The message, field by field. `given` and `gives` are names and dims of input and output."""
    batched = config.max_batch_size > 0
    message = triton.ModelConfig(
        name=name,
        backend="onnxruntime",
        default_model_filename="model.onnx",
        max_batch_size=config.max_batch_size,
        input=[triton.ModelInput(name=given[0], data_type=triton.TYPE_FP32, dims=given[1])],
        output=[
            triton.ModelOutput(name=gives[0], data_type=triton.TYPE_FP32, dims=gives[1], label_filename="labels.txt")
        ],
        instance_group=[triton.ModelInstanceGroup(count=1, kind=triton.ModelInstanceGroup.KIND_AUTO)],
        model_warmup=[
            triton.ModelWarmup(
                name="one",
                batch_size=int(batched),
                count=3,
                inputs={given[0]: triton.ModelWarmup.Input(data_type=triton.TYPE_FP32, dims=given[1], zero_data=True)},
            )
        ],
    )
    message.version_policy.latest.num_versions = config.num_versions
    if batched:
        message.dynamic_batching.max_queue_delay_microseconds = config.max_queue_delay_us
        policy = message.dynamic_batching.default_queue_policy
        policy.timeout_action = triton.ModelQueuePolicy.REJECT
        policy.default_timeout_microseconds = config.default_timeout_us
        policy.allow_timeout_override = True
        policy.max_queue_size = config.max_queue_size
    if config.intra_op_threads is not None:
        message.parameters["intra_op_thread_count"].string_value = str(config.intra_op_threads)
        message.parameters["inter_op_thread_count"].string_value = "1"
    return message


def parsed(text: str) -> triton.ModelConfig:
    return text_format.Parse(text, triton.ModelConfig())


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_field_of_a_published_package_is_what_triton_reads(package: Path) -> None:
    text = (package / "config.pbtxt").read_text()
    newest = max((path for path in package.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name))
    manifest = read_manifest(newest)
    ours = ModelConfig.parse(text)
    given = manifest.input.name, list(manifest.input.shape[1:])
    gives = manifest.output.name, list(manifest.output.shape[1:])
    assert parsed(text) == expected(package.name, given, gives, ours)
    assert ours.max_batch_size > 0
    assert ours.notes == ()
    assert (package / "labels.txt").read_text() == "".join(f"{label}\n" for label in manifest.labels)


WRITTEN: list[dict[str, Any]] = [
    {"config": ModelConfig()},
    {"config": ModelConfig(max_batch_size=0), "input_shape": (3, 224, 224)},
    {"config": ModelConfig(max_queue_delay_us=500, max_queue_size=7, default_timeout_us=9, num_versions=3)},
    {"config": ModelConfig(intra_op_threads=4), "names": ('a "quoted" \\ name', "b"), "output_shape": (1, 10)},
]


@pytest.mark.parametrize("fields", WRITTEN, ids=["plain", "unbatched", "queue", "names"])
def test_whatever_is_written_is_what_triton_reads(fields: dict[str, Any]) -> None:
    fields = {"name": "m", "input_shape": (1, 28, 28), "classes": 10, **fields}
    text, config = render_config(**fields), fields["config"]
    own = [] if config.max_batch_size else [1]
    names = fields.get("names", ("input", "probabilities"))
    given = names[0], own + list(fields["input_shape"])
    gives = names[1], own + list(fields.get("output_shape", (10,)))
    assert parsed(text) == expected("m", given, gives, config)
    ours = ModelConfig.parse(text)
    assert ours.inputs == (ConfiguredTensor(given[0], "FP32", tuple(given[1])),)
    assert ours.outputs == (ConfiguredTensor(gives[0], "FP32", tuple(gives[1]), "labels.txt"),)
    for name in ("max_batch_size", "max_queue_delay_us", "intra_op_threads", "num_versions"):
        assert getattr(ours, name) == getattr(config, name), name
