"""gRPC's own health service (grpc.health.v1), as Kubernetes and load balancers ask it.

`` and the protocol's name: whether a model can answer, as /health/ready    a model's name: whether that one can
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from service.api.services import Services
from service.api.triton_documents import is_ready
from service.errors import NotFound, NotReady
from service.rpc.messages import SERVICE

LOOKS_EVERY_S = 1.0
_Status = health_pb2.HealthCheckResponse


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # grpc has no types
    """Tells the repository's state as it is when asked; a watcher hears of a change within a second."""

    def __init__(self, services: Services, closing: asyncio.Event) -> None:
        self._services = services
        self._closing = closing

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802  # the protocol's name
        status = self._status(request.service)
        if status == _Status.SERVICE_UNKNOWN:
            await context.abort(grpc.StatusCode.NOT_FOUND, "There is no such service or model.")
        return _Status(status=status)

    async def Watch(self, request: Any, _context: Any) -> AsyncIterator[Any]:  # noqa: N802
        told = None
        while True:
            if (status := self._status(request.service)) != told:
                told = status
                yield _Status(status=status)
            if self._closing.is_set():
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), LOOKS_EVERY_S)

    def _status(self, name: str) -> int:
        repository = self._services.repository
        if self._closing.is_set():
            return int(_Status.NOT_SERVING)
        if name in ("", SERVICE):
            return int(_Status.SERVING if is_ready(repository) else _Status.NOT_SERVING)
        try:
            repository.find(name)
        except NotFound:
            return int(_Status.SERVICE_UNKNOWN)
        except NotReady:
            return int(_Status.NOT_SERVING)
        return int(_Status.SERVING)
