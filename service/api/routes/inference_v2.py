"""The Open Inference Protocol, V2: tensors in and out, by any client that speaks it.

    body -> decompressed -> InferRequest -> data plane -> outputs -> JSON, or JSON ‖ bytes -> compressed

Clients send no Content-Type, and read any status but 200 as a failure, so nothing here redirects or says 201.
"""

import asyncio
import time

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.api.deadline import Deadline
from service.api.deps import services_of
from service.api.infer_answer import (
    HEADER_LENGTH,
    QUICK_ELEMENTS,
    ChosenOutput,
    choose_outputs,
    encode_answer,
    wire_answer,
)
from service.api.infer_request import infer_seconds, read_infer
from service.api.protocol_openapi import infer_options
from service.api.protocol_schemas import InferenceResponse
from service.api.raw_route import RawRoute
from service.api.request_bodies import read_coded
from service.api.requests.content_coding import preferred_coding
from service.api.requests.tensors import InferRequest, is_quick
from service.api.services import Services
from service.inference.loader import TensorModel
from service.inference.runtime.tensors import Tensors

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol V2"], route_class=RawRoute)


@router.post("/models/{model}/infer", **infer_options("Infer with the newest version", InferenceResponse))
async def infer(request: Request, model: str) -> Response:
    return await _infer(request, model, None)


@router.post("/models/{model}/versions/{version}/infer", **infer_options("Infer with a version", InferenceResponse))
async def infer_version(request: Request, model: str, version: str) -> Response:
    return await _infer(request, model, version)


async def _infer(request: Request, name: str, version: str | None) -> Response:
    services = await services_of(request)
    model = services.repository.find(name, version)
    model.batcher.check_capacity()  # before the body is read
    asked = await _read(request, services, model)
    chosen = choose_outputs(asked, model.session.outputs)
    async with Deadline(request.receive, infer_seconds(asked, services.settings)) as deadline:
        answer = await services.dataplane.infer(model, asked.inputs, deadline.at)
    return await _answer(request, services, model, asked, chosen, answer.outputs)


async def _read(request: Request, services: Services, model: TensorModel) -> InferRequest:
    settings, header = services.settings, request.headers.get(HEADER_LENGTH)
    began = time.perf_counter()

    def parse(body: bytes) -> InferRequest:
        nonlocal began
        began = time.perf_counter()
        return read_infer(body, header, model, settings)

    asked = await read_coded(request, settings, services.executor, parse, lambda body: is_quick(body, header))
    services.metrics.stage(model.name, "decode", time.perf_counter() - began)
    return asked


async def _answer(
    request: Request,
    services: Services,
    model: TensorModel,
    asked: InferRequest,
    chosen: list[ChosenOutput],
    outputs: Tensors,
) -> Response:
    coding = preferred_coding(request.headers.get("accept-encoding"))

    def write() -> Response:
        encoded = encode_answer(asked.id, model.name, model.version, chosen, outputs, model.labels)
        answer = wire_answer(encoded, coding)
        return Response(answer.body, headers=answer.headers, media_type=answer.media_type)

    began = time.perf_counter()
    if sum(outputs[output.place].size for output in chosen) <= QUICK_ELEMENTS:
        response = write()
    else:
        response = await asyncio.get_running_loop().run_in_executor(services.executor, write)
    services.metrics.stage(model.name, "encode", time.perf_counter() - began)
    return response
