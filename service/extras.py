"""What is an extra of the package: gRPC and tracing. Their libraries are imported where a setting asks for them alone.

grpc_port -> service.rpc.server        otlp_endpoint -> service.api.tracing
"""

import contextlib
import importlib.util
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from fastapi import FastAPI

from service.api.services import Services
from service.errors import ConfigurationError
from service.settings import Settings


class Tracing(Protocol):
    """`service.api.tracing.Tracing`, as who has not imported it knows it."""

    def add_to(self, app: FastAPI) -> None:
        """Lets every request have its span."""

    def sending(self) -> AbstractAsyncContextManager[None]:
        """Sends spans, the last of them at the end."""


# What each extra brings, and the setting that asks for it.
_BRINGS = {
    "grpc": ("grpc", "grpc_health", "grpc_reflection"),
    "tracing": ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"),
}


def check(settings: Settings) -> None:
    """Raises ConfigurationError where a setting asks for an extra that is not installed."""
    asked = {"grpc": ("--grpc-port", settings.grpc_port), "tracing": ("--otlp-endpoint", settings.otlp_endpoint)}
    for extra, (option, value) in asked.items():
        if value and not all(map(_is_installed, _BRINGS[extra])):
            raise ConfigurationError(f'{option} needs the {extra} extra: pip install "featuremap[{extra}]"')


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:  # not even its parent is
        return False


def tracing(settings: Settings) -> Tracing | None:
    """Where spans go, if somewhere. Raises ConfigurationError where the extra is missing."""
    check(settings)
    if not settings.otlp_endpoint:
        return None
    from service.api.tracing import Tracing as ToCollector

    return ToCollector(settings.otlp_endpoint)


def sending(tracing: Tracing | None) -> AbstractAsyncContextManager[None]:
    """While this lasts spans are sent, where there are some."""
    return contextlib.nullcontext() if tracing is None else tracing.sending()


@contextlib.asynccontextmanager
async def rpc(services: Services) -> AsyncIterator[None]:
    """gRPC beside HTTP, where a port was given for it."""
    if not services.settings.grpc_port:
        yield
        return
    from service.rpc.server import serving

    async with serving(services, services.settings.grpc_port):
        yield
