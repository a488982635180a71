"""The Open Inference Protocol, V2: what there is, whether it can answer, how it is configured, and what it has done.

repository, sessions, statistics -> the protocol's documents
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic_core import to_json
from starlette.responses import Response

import service
from service.api.deps import Services, services_of
from service.api.protocol_openapi import answers
from service.api.protocol_schemas import (
    ModelMetadata,
    ModelNames,
    ModelReady,
    ServerLive,
    ServerMetadata,
    ServerReady,
    Statistics,
)
from service.api.raw_route import RawRoute
from service.api.triton_documents import model_config, model_statistics
from service.errors import NotReady
from service.inference.entry import State
from service.inference.loader import Model
from service.inference.runtime.tensors import TensorInfo

EXTENSIONS = (
    "classification",
    "model_repository",
    "model_configuration",
    "schedule_policy",
    "binary_tensor_data",
    "parameters",
    "statistics",
)
PLATFORM = "onnxruntime_onnx"

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol V2"], route_class=RawRoute)


@router.get("", summary="The server, and the extensions that it has", responses=answers(ServerMetadata))
async def server_metadata(_request: Request) -> Response:
    return _json({"name": "featuremap", "version": service.__version__, "extensions": EXTENSIONS})


@router.get("/health/live", summary="The process answers", responses=answers(ServerLive))
async def live(_request: Request) -> Response:
    return _json({"live": True})


@router.get("/health/ready", summary="At least one model can answer", responses=answers(ServerReady, 503))
async def ready(request: Request) -> Response:
    repository = (await services_of(request)).repository
    if not repository.loaded or not repository.ready_models():
        raise NotReady("Models are being loaded, or none is ready.")
    return _json({"ready": True, "live": True})


@router.get("/models", summary="The names of the models that can answer", responses=answers(ModelNames))
async def model_names(request: Request) -> Response:
    entries = (await services_of(request)).repository.entries()
    return _json({"models": [entry.name for entry in entries if entry.state is State.READY]})


# Before the routes of a model: its name would be "stats".
@router.get("/models/stats", summary="What all models have done", responses=answers(Statistics))
async def all_statistics(request: Request) -> Response:
    models = (await services_of(request)).repository.ready_models()
    return _json({"model_stats": [model_statistics(model) for model in models]})


@router.get("/models/{model}", summary="A model's inputs and outputs", responses=answers(ModelMetadata, 404, 503))
async def metadata(request: Request, model: str) -> Response:
    return await _metadata(request, model, None)


@router.get(
    "/models/{model}/versions/{version}",
    summary="A version's inputs and outputs",
    responses=answers(ModelMetadata, 404, 503),
)
async def version_metadata(request: Request, model: str, version: str) -> Response:
    return await _metadata(request, model, version)


async def _metadata(request: Request, name: str, version: str | None) -> Response:
    services = await services_of(request)
    model = services.repository.get(name, version)
    return _json(
        {
            "name": name,
            "versions": [str(v.number) for v in services.repository.entry(name).versions if v.state is State.READY],
            "platform": PLATFORM,
            "inputs": list(map(_tensor, model.session.inputs)),
            "outputs": list(map(_tensor, model.session.outputs)),
        }
    )


@router.get("/models/{model}/ready", summary="A model can answer", responses=answers(ModelReady, 404, 503))
async def model_ready(request: Request, model: str) -> Response:
    return await _model_ready(request, model, None)


@router.get(
    "/models/{model}/versions/{version}/ready", summary="A version can answer", responses=answers(ModelReady, 404, 503)
)
async def version_ready(request: Request, model: str, version: str) -> Response:
    return await _model_ready(request, model, version)


async def _model_ready(request: Request, name: str, version: str | None) -> Response:
    await _model(request, name, version)
    return _json({"name": name, "ready": True})


@router.get("/models/{model}/config", summary="A model's configuration as Triton has it", responses=answers(dict, 404))
async def config(request: Request, model: str) -> Response:
    return _json(model_config(await _model(request, model, None)))


@router.get(
    "/models/{model}/versions/{version}/config",
    summary="A version's configuration as Triton has it",
    responses=answers(dict, 404),
)
async def version_config(request: Request, model: str, version: str) -> Response:
    return _json(model_config(await _model(request, model, version)))


@router.get("/models/{model}/stats", summary="What a model has done", responses=answers(Statistics, 404, 503))
async def statistics(request: Request, model: str) -> Response:
    services = await services_of(request)
    services.repository.get(model)
    versions = [version.model for version in services.repository.entry(model).versions if version.model is not None]
    return _json({"model_stats": list(map(model_statistics, versions))})


@router.get(
    "/models/{model}/versions/{version}/stats",
    summary="What a version has done",
    responses=answers(Statistics, 404, 503),
)
async def version_statistics(request: Request, model: str, version: str) -> Response:
    return _json({"model_stats": [model_statistics(await _model(request, model, version))]})


async def _model(request: Request, name: str, version: str | None) -> Model:
    services: Services = await services_of(request)
    return services.repository.get(name, version)


def _tensor(info: TensorInfo) -> dict[str, Any]:
    return info._asdict()


def _json(document: object) -> Response:
    return Response(to_json(document), media_type="application/json")
