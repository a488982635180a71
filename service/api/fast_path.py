"""The short way of the calls whose cost is felt: one small picture to predict, a small tensor to infer.

    head  ->  FastPath.match  ->  Call, or None: the app's affair
    body  ->  Call.begin: pure parsers -> data plane -> the batcher's `enqueue`, whose callback gets the Answer
    Answer  ->  Call.write  ->  Reply

No scope, no task and no future; the parsers, limits, sentences and metrics are those of the routes. What is unusual is
left to the app, and so is what would hold the event loop for more than about a millisecond.
"""

import asyncio
import math
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import orjson

from service.api.answers import model_answer
from service.api.deadline import own_deadline
from service.api.deps import check_accepts_json
from service.api.infer_answer import HEADER_LENGTH, QUICK_ELEMENTS, choose_outputs
from service.api.infer_plan import InferPlan, plan
from service.api.infer_request import infer_seconds, read_infer
from service.api.reply import Reply, fault_reply, head_lines
from service.api.requests.body import BodyLimits, is_quick, parse_items
from service.api.requests.tensors import InferRequest
from service.api.requests.tensors import is_quick as is_quick_infer
from service.api.server_timing import slowest_timing
from service.api.services import Services
from service.errors import FeaturemapError, Overloaded
from service.inference.answers import Options
from service.inference.inputs import QUICK_BYTES
from service.inference.predictor import tell_answers
from service.inference.runtime.batcher import Batcher
from service.inference.runtime.request import Answer, Done, Request
from service.inference.runtime.tensors import TensorInfo
from service.inference.stages import Staged

FAST_PATH = "fast_path"  # where the state of the app's lifespan has it
_PREDICT = re.compile(rb"/api/v1/models/([\w.-]+)/predict")
_INFER = re.compile(rb"/v2/models/([\w.-]+)(?:/versions/(\w+))?/infer")
# What the app, or what stands before it, reads and the short way does not.
_UNUSUAL = frozenset(
    {b"content-encoding", b"expect", b"forwarded", b"te", b"trailer", b"transfer-encoding", b"upgrade",
     b"x-forwarded-for", b"x-forwarded-prefix", b"x-forwarded-proto"}
)  # fmt: skip
_HEADER_LENGTH = HEADER_LENGTH.lower().encode()


class Call(ABC):
    """One request. `path` is its address as the client sent it, `at` the time of the event loop until which the answer
    is wanted."""

    __slots__ = ("_fields", "_name", "_seconds", "_services", "at", "batcher", "path")
    batcher: Batcher  # once it has begun

    def __init__(self, services: Services, path: bytes, fields: Mapping[bytes, bytes], name: bytes) -> None:
        self.path = path.decode("ascii")
        self._services = services
        self._fields = fields
        self._name = name.decode("ascii")
        self.renew()

    def renew(self) -> Self:
        """For another request with the very same head, once this one has ended."""
        self.at = math.inf
        self._seconds = self._services.settings.deadline_ms / 1e3
        return self

    @property
    @abstractmethod
    def route(self) -> str:
        """The template of the path, for log and metrics."""

    @property
    def given_id(self) -> bytes | None:
        """The caller's X-Request-ID."""
        return self._fields.get(b"x-request-id")

    @abstractmethod
    def begin(self, body: bytes, started: float, done: Done) -> Staged[Request | None]:
        """In stages hands the request to its model's batcher, which calls `done` once; `started` is of perf_counter.

        Gives None, and nothing has begun, where it is the app's affair after all. Raises FeaturemapErrors as the route
        does.
        """

    @abstractmethod
    def write(self, answer: Answer) -> Staged[Reply]:
        """In stages what the caller is told."""

    def check_time(self, size: int) -> None:  # noqa: ARG002  # of pictures it matters
        """Raises Overloaded where there is no time for a body of so many bytes, and what is wrong with the model."""
        model = self._services.repository.find(self._name)
        try:
            self._services.backlog.check()
        except Overloaded:
            self._services.metrics.refused(model.name, "queue_full")
            raise

    def fault(self, error: Exception) -> Reply:
        """What the caller is told of an error."""
        known = own_deadline(error, self.at, self._seconds) if isinstance(error, FeaturemapError) else None
        return fault_reply(known, self.path)

    def _text(self, name: bytes) -> str | None:
        value = self._fields.get(name)
        return None if value is None else value.decode("latin-1")

    def _until(self, seconds: float, started: float) -> float:
        self._seconds = seconds
        self.at = asyncio.get_running_loop().time() + seconds - (time.perf_counter() - started)
        return self.at


class PredictCall(Call):
    """`POST /api/v1/models/{model}/predict` without a query: the answer has the three most probable classes."""

    route = "/api/v1/models/{model}/predict"
    __slots__ = ("_accept", "_kind", "_prepared")

    def __init__(self, services: Services, path: bytes, fields: Mapping[bytes, bytes], name: bytes) -> None:
        super().__init__(services, path, fields, name)
        self._accept, self._kind = self._text(b"accept"), self._text(b"content-type") or ""

    def check_time(self, size: int) -> None:
        if size <= QUICK_BYTES:
            super().check_time(size)
            return
        admitted = self._services.dataplane.admit(self._services.repository.get(self._name), size)
        if isinstance(admitted, FeaturemapError):
            raise admitted

    def begin(self, body: bytes, started: float, done: Done) -> Staged[Request | None]:
        services, settings = self._services, self._services.settings
        check_accepts_json(self._accept)
        model = services.repository.get(self._name)
        model.batcher.check_capacity()  # before the body is read
        if not is_quick(self._kind, len(body)):
            return None
        limits = BodyLimits(settings.max_files, settings.max_instances, math.prod(model.manifest.input.shape[1:]))
        items = parse_items(self._kind, None, body, limits)
        yield None
        options = Options(deadline=self._until(self._seconds, started))
        prepared = yield from services.dataplane.prepare_now(model, items, options, started)
        if prepared is None:
            return None
        self._prepared, self.batcher = prepared, model.batcher
        yield None
        return prepared.enqueue(done)

    def write(self, answer: Answer) -> Staged[Reply]:
        result = self._prepared.result(answer)
        tell_answers(self._services.metrics, result)
        yield None
        told = model_answer(result)
        begun = time.perf_counter()
        body = orjson.dumps(told)
        self._services.metrics.stage(told["model"], "encode", time.perf_counter() - begun)
        timing = slowest_timing([told]) or ""
        reply = Reply(200, head_lines([("server-timing", timing)], body, "application/json"), body)
        yield None
        return reply


class InferCall(Call):
    """`POST /v2/models/{model}/infer`, with a version or without."""

    __slots__ = ("_plan", "_version")

    def __init__(
        self,
        services: Services,
        path: bytes,
        fields: Mapping[bytes, bytes],
        name: bytes,
        version: bytes | None = None,
    ) -> None:
        super().__init__(services, path, fields, name)
        self._plan: InferPlan | None = None  # of the last body behind this head
        self._version = None if version is None else version.decode("ascii")

    @property
    def route(self) -> str:
        return "/v2/models/{model}/infer" if self._version is None else "/v2/models/{model}/versions/{version}/infer"

    def begin(self, body: bytes, started: float, done: Done) -> Staged[Request | None]:
        services, settings = self._services, self._services.settings
        model = services.repository.find(self._name, self._version)
        begun = time.perf_counter()
        if self._plan is not None and self._plan.fits(body, model):
            tensors = self._plan.tensors(body)
            services.metrics.stage(model.name, "decode", time.perf_counter() - begun)
        else:
            model.batcher.check_capacity()  # before the body is read
            header = self._text(_HEADER_LENGTH)
            if not is_quick_infer(body, header):
                return None
            asked = read_infer(body, header, model, settings)
            if not _is_small(asked, model.session.outputs):
                return None
            services.metrics.stage(model.name, "decode", time.perf_counter() - begun)
            chosen = choose_outputs(asked, model.session.outputs)
            tensors = services.dataplane.arrange(model, asked.inputs)
            self._plan = plan(body, header, model, asked, chosen, infer_seconds(asked, settings))
            yield None
        self.batcher = model.batcher
        deadline = self._until(self._plan.seconds, started)
        return model.batcher.enqueue(tensors, deadline, done)

    def write(self, answer: Answer) -> Staged[Reply]:
        assert self._plan is not None
        begun = time.perf_counter()
        reply = self._plan.reply(answer.outputs, self._text(b"accept-encoding"))
        self._services.metrics.stage(self._plan.model.name, "encode", time.perf_counter() - begun)
        yield None
        return reply


class FastPath:
    """Knows which requests take the short way."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def match(self, url: bytes, headers: Sequence[tuple[bytes, bytes]], arrived: int) -> Call | None:
        """The call of a POST by HTTP/1.1 of whose body `arrived` bytes have come, and nothing behind it; None where it
        is the app's affair. `headers` have their names in lower case."""
        found = _find(url)
        if found is None:
            return None
        fields = dict(headers)
        if not self._is_usual(fields, headers):
            return None
        if not self._fits(arrived) or fields.get(b"content-length") != b"%d" % arrived:
            return None
        kind, groups = found
        return kind(self.services, url, fields, *groups)

    def has_room(self, size: int) -> bool:
        """Whether one more with a body of so many bytes is not to be turned away."""
        return self._fits(size) and not self._is_full()

    def _fits(self, size: int) -> bool:
        budget = self.services.budget
        return 0 < size <= budget.max_bytes and budget.held + size <= budget.max_bytes_in_flight

    def _is_full(self) -> bool:
        return self.services.backlog.is_full() or self.services.dataplane.is_full()

    def overload(self, url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> tuple[Call, Overloaded] | None:
        """The same at its head, where there is no time for it, and why. It costs nothing where there is time."""
        services = self.services
        if not self._is_full():
            return None
        found, fields = _find(url), dict(headers)
        size = fields.get(b"content-length", b"")
        if found is None or not size.isdigit() or not self._is_usual(fields, headers):
            return None
        if int(size) > services.budget.max_bytes:
            return None
        kind, groups = found
        call = kind(services, url, fields, *groups)
        try:
            call.check_time(int(size))
        except Overloaded as error:
            return call, error
        except FeaturemapError:
            pass  # the app says what is wrong, if it still is
        return None

    def _is_usual(self, fields: Mapping[bytes, bytes], headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Whether nothing in the head is the app's affair."""
        if len(fields) < len(headers) or not _UNUSUAL.isdisjoint(fields):
            return False
        if b"origin" in fields and self.services.settings.cors_origins:
            return False
        return fields.get(b"connection", b"keep-alive").lower() == b"keep-alive"


def _find(url: bytes) -> tuple[type[Call], Sequence[bytes]] | None:
    """The kind of a call, and what its address names."""
    if found := _PREDICT.fullmatch(url):
        return PredictCall, found.groups()
    if found := _INFER.fullmatch(url):
        return InferCall, found.groups()
    return None


def _is_small(asked: InferRequest, gives: Sequence[TensorInfo]) -> bool:
    """Whether the inputs are tensors, and the outputs are written within about a millisecond."""
    if any(array.dtype == np.object_ for _, array in asked.inputs):
        return False
    rows = max(len(array) for _, array in asked.inputs)
    sizes = [math.prod(info.shape[1:]) for info in gives]
    return min(sizes) >= 0 and rows * sum(sizes) <= QUICK_ELEMENTS
