"""The gRPC server, in the event loop of the HTTP server: one of each in every process.

Services, port -> serving -> calls, health, reflection -> stop: streams end, running calls are answered

The processes share the port (SO_REUSEPORT); the kernel gives each connection to one of them.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from service.api.services import Services
from service.errors import ConfigurationError
from service.rpc.boundary import boundary
from service.rpc.calls import ANSWERS, Answer
from service.rpc.health import Health
from service.rpc.messages import METHODS, POOL, SERVICE, message_class
from service.rpc.stream import stream_infer

_STREAM = "ModelStreamInfer"
_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


@contextlib.asynccontextmanager
async def serving(services: Services, port: int) -> AsyncIterator[int]:
    """Serves until the end of the block; gives the port, a free one for 0. Raises ConfigurationError."""
    settings, closing = services.settings, asyncio.Event()
    server = grpc.aio.server(
        options=(
            ("grpc.max_receive_message_length", settings.max_body_bytes),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", int(settings.workers > 1)),
        )
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, _handlers(services, closing)),))
    health_pb2_grpc.add_HealthServicer_to_server(Health(services, closing), server)
    reflection.enable_server_reflection((SERVICE, _HEALTH, reflection.SERVICE_NAME), server, POOL)
    try:
        bound = server.add_insecure_port(f"{_host(settings.host)}:{port}")
    except RuntimeError:
        raise ConfigurationError(
            f"port {port} on {settings.host} cannot be had for gRPC; choose another with --grpc-port"
        ) from None
    await server.start()
    try:
        yield bound
    finally:
        closing.set()
        await server.stop(settings.shutdown_grace_s)


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _handlers(services: Services, closing: asyncio.Event) -> dict[str, Any]:
    return {method.name: _handler(services, closing, method) for method in METHODS}


def _handler(services: Services, closing: asyncio.Event, method: Any) -> Any:
    takes, gives = message_class(method.input_type), message_class(method.output_type)
    path = f"/{SERVICE}/{method.name}"
    if method.name == _STREAM:
        return grpc.stream_stream_rpc_method_handler(
            _stream(services, closing, path), takes.FromString, gives.SerializeToString
        )
    return grpc.unary_unary_rpc_method_handler(
        _unary(services, path, ANSWERS[method.name]), takes.FromString, gives.SerializeToString
    )


def _unary(services: Services, path: str, answer: Answer) -> Callable[[Any, Any], Any]:
    async def call(request: Any, context: Any) -> Any:
        async with boundary(services, path, context):
            return await answer(services, request, context)

    return call


def _stream(services: Services, closing: asyncio.Event, path: str) -> Callable[[Any, Any], Any]:
    async def call(requests: AsyncIterator[Any], context: Any) -> None:
        async with boundary(services, path, context):
            await stream_infer(services, requests, context, closing)

    return call
