"""The V1 protocol of TensorFlow Serving and KServe: instances in, predictions out.

body -> items, as native predict reads them -> data plane -> rows of probabilities
"""

import math
import time
from typing import Any

from fastapi import APIRouter, Request
from pydantic_core import to_json
from starlette.responses import Response

from service.api.deadline import Deadline
from service.api.deps import services_of
from service.api.protocol_openapi import answers, predict_options
from service.api.protocol_schemas import ModelStatus, Predictions
from service.api.raw_route import RawRoute
from service.api.request_bodies import body_size, read_coded
from service.api.requests.instances import parse_instances
from service.api.services import Services
from service.errors import FeaturemapError
from service.inference.entry import State, Version
from service.inference.inputs import Item
from service.inference.loader import Model

_QUICK_BYTES = 2**15  # of JSON, parsed within about a millisecond
_IGNORED = ("signature_name",)  # TensorFlow's clients send it; a model here has one
_STATES = {State.READY: "AVAILABLE", State.LOADING: "LOADING", State.UNLOADING: "UNLOADING", State.UNAVAILABLE: "END"}

router = APIRouter(prefix="/v1", tags=["V1 protocol"], route_class=RawRoute)


@router.post("/models/{model}:predict", **predict_options("Predict with the newest version", Predictions))
async def predict(request: Request, model: str) -> Response:
    return await _predict(request, model, None)


@router.post("/models/{model}/versions/{version}:predict", **predict_options("Predict with a version", Predictions))
async def predict_version(request: Request, model: str, version: str) -> Response:
    return await _predict(request, model, version)


@router.get("/models/{model}", summary="Whether a model can answer", responses=answers(ModelStatus, 404, 503))
async def status(request: Request, model: str) -> Response:
    services = await services_of(request)
    services.repository.find(model)
    return _json(_status(model, services.repository.entry(model).versions))


@router.get(
    "/models/{model}/versions/{version}",
    summary="Whether a version can answer",
    responses=answers(ModelStatus, 404, 503),
)
async def version_status(request: Request, model: str, version: str) -> Response:
    services = await services_of(request)
    services.repository.find(model, version)
    return _json(_status(model, [services.repository.entry(model).version(version)]))


async def _predict(request: Request, name: str, version: str | None) -> Response:
    services = await services_of(request)
    model = services.dataplane.admit(services.repository.get(name, version), body_size(request))
    if isinstance(model, FeaturemapError):
        raise model
    items = await _read(request, services, model)
    async with Deadline(request.receive, services.settings.deadline_ms / 1e3) as deadline:
        answer = await services.dataplane.infer_items(model, items, deadline.at)
    began = time.perf_counter()
    response = _json({"predictions": answer.rows.tolist()})
    services.metrics.stage(name, "encode", time.perf_counter() - began)
    return response


async def _read(request: Request, services: Services, model: Model) -> list[Item]:
    most = services.settings.max_instances
    numbers = most * math.prod(model.manifest.input.shape[1:])
    return await read_coded(
        request,
        services.settings,
        services.executor,
        parse=lambda body: parse_instances(body, most, numbers, _IGNORED),
        quick=lambda body: len(body) <= _QUICK_BYTES,
    )


def _status(name: str, versions: Any) -> dict[str, Any]:
    return {"name": name, "ready": True, "model_version_status": list(map(_version_status, versions))}


def _version_status(version: Version) -> dict[str, Any]:
    good = version.state is State.READY
    return {
        "version": str(version.number),
        "state": _STATES[version.state],
        "status": {"error_code": "OK" if good else "UNKNOWN", "error_message": version.reason},
    }


def _json(document: object) -> Response:
    return Response(to_json(document, inf_nan_mode="null"), media_type="application/json")
