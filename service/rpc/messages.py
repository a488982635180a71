"""The messages of inference.proto as classes, and its service's calls.

    inference.binpb  ->  a descriptor pool of our own  ->  message("ModelInferRequest"), METHODS

Generated Python modules would be bound to the protobuf that generated them, and would enter the one pool of the
process, where a client's own copy of the protocol (tritonclient's, KServe's) has the same names.
"""

from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import MethodDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

SERVICE = "inference.GRPCInferenceService"


def _read() -> Any:
    """What is served, and the services of gRPC's own beside it, for reflection."""
    files = descriptor_pb2.FileDescriptorSet.FromString(Path(__file__).with_name("inference.binpb").read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.AddSerializedFile(file.SerializeToString())
    for theirs in (health_pb2, reflection_pb2):
        pool.AddSerializedFile(theirs.DESCRIPTOR.serialized_pb)
    return pool


POOL = _read()
METHODS: tuple[MethodDescriptor, ...] = tuple(POOL.FindServiceByName(SERVICE).methods)


def message(name: str) -> Any:
    """The class of a message of the protocol."""
    return message_class(POOL.FindMessageTypeByName(f"inference.{name}"))


def message_class(descriptor: Any) -> Any:
    return message_factory.GetMessageClass(descriptor)
