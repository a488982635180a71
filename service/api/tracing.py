"""Spans of each request for OpenTelemetry, an extra: this module alone knows it, and is imported where it is on.

    traceparent -> the request's span, with a child for each stage that `service.spans` heard of -> OTLP over HTTP

Sampling and names are the SDK's own variables: OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES. A
collector that does not answer costs spans, never a request.
"""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import service
from service.api.access import QUIET, route_of
from service.spans import STAGES, Stage

_EXPORT_S = 2.0  # for one attempt; the service ends in time, whatever the collector does
_PROPAGATOR = TraceContextTextMapPropagator()


class Traced:
    """Outermost, so that the span is as long as the request. Health and metrics, which are asked all the time, have
    none."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self.app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(QUIET):
            await self.app(scope, receive, send)
            return
        carrier = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        span = self._tracer.start_span(scope["method"], _PROPAGATOR.extract(carrier), SpanKind.SERVER)
        if not span.is_recording():  # not sampled
            await self.app(scope, receive, send)
            return
        told: dict[str, str | int] = {"http.request.method": scope["method"], "url.path": scope["path"]}
        stages: list[Stage] = []
        epoch = time.time() - time.perf_counter()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                told["http.response.status_code"] = message["status"]
                told["featuremap.request_id"] = _header(message, b"x-request-id")
            await send(message)

        token = STAGES.set(stages)
        try:
            await self.app(scope, receive, watched)
        finally:
            STAGES.reset(token)
            route = told["http.route"] = route_of(scope)
            span.update_name(f"{scope['method']} {route}")
            span.set_attributes(told)
            status = told.get("http.response.status_code", 0)
            if not status or int(status) >= 500:
                span.set_status(Status(StatusCode.ERROR))
            self._tell(span, stages, epoch)
            span.end()

    def _tell(self, parent: Span, stages: Sequence[Stage], epoch: float) -> None:
        context = set_span_in_context(parent)
        for stage in stages:
            began = epoch + stage.began
            attributes = {"featuremap.model": stage.model} if stage.model else None
            child = self._tracer.start_span(stage.name, context, attributes=attributes, start_time=_ns(began))
            child.end(_ns(began + stage.seconds))


class Tracing:
    """Where spans go: `endpoint` is the collector's address, without `/v1/traces`."""

    def __init__(self, endpoint: str) -> None:
        named = {
            "service.name": os.environ.get("OTEL_SERVICE_NAME", "featuremap"),
            "service.version": service.__version__,
            "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
        }
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_S)
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))

    def add_to(self, app: FastAPI) -> None:
        """Lets every request have its span."""
        app.add_middleware(Traced, tracer=self._provider.get_tracer("featuremap", service.__version__))

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Sends spans, the last of them at the end."""
        try:
            yield
        finally:
            await asyncio.to_thread(self._provider.shutdown)


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)


def _header(message: Message, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in message["headers"] if key == name), "")
