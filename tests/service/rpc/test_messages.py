"""The protocol's messages: as inference.proto has them, and as Triton's client has them."""

from pathlib import Path
from typing import Any

import pytest
from tritonclient.grpc import model_config_pb2, service_pb2

import service.rpc.messages as messages
from service.rpc.compile import FOLDER, compiled

OURS = [messages.POOL.FindFileByName("inference.proto")]
THEIRS = {**service_pb2.DESCRIPTOR.message_types_by_name, **model_config_pb2.DESCRIPTOR.message_types_by_name}


def test_the_descriptors_are_what_inference_proto_compiles_to() -> None:
    assert (FOLDER / "inference.binpb").read_bytes() == compiled(), "python -m service.rpc.compile"


def described(field: Any) -> tuple[object, ...]:
    kind = field.message_type or field.enum_type
    choice = field.containing_oneof
    return (
        field.number, field.type, field.is_repeated, kind and kind.full_name, choice and choice.name
    )  # fmt: skip


def check(ours: Any, theirs: Any) -> None:
    for field in ours.fields:
        assert described(field) == described(theirs.fields_by_name[field.name]), field.full_name
    for kind in ours.enum_types:
        check_enum(kind, theirs.enum_types_by_name[kind.name])
    for nested in ours.nested_types:
        check(nested, theirs.nested_types_by_name[nested.name])


def check_enum(ours: Any, theirs: Any) -> None:
    for value in ours.values:
        assert value.number == theirs.values_by_name[value.name].number, f"{ours.full_name} {value.name}"


@pytest.mark.parametrize("name", sorted(OURS[0].message_types_by_name))
def test_fields_are_tritons(name: str) -> None:
    check(OURS[0].message_types_by_name[name], THEIRS[name])


def test_datatypes_are_tritons() -> None:
    check_enum(OURS[0].enum_types_by_name["DataType"], model_config_pb2.DESCRIPTOR.enum_types_by_name["DataType"])


def test_calls_are_tritons_but_for_shared_memory_tracing_and_logging() -> None:
    theirs = service_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"].methods_by_name
    for method in messages.METHODS:
        other = theirs[method.name]
        assert method.input_type.full_name == other.input_type.full_name
        assert method.output_type.full_name == other.output_type.full_name
    missing = set(theirs.keys()) - {method.name for method in messages.METHODS}
    assert all("SharedMemory" in name or name in ("TraceSetting", "LogSettings") for name in missing)


def test_a_clients_own_copy_of_the_protocol_may_be_in_the_same_process() -> None:
    assert messages.message("ModelInferRequest").DESCRIPTOR is not service_pb2.ModelInferRequest.DESCRIPTOR
    assert Path(messages.__file__).with_name("inference.proto").exists()
