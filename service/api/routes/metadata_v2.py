"""The Open Inference Protocol, V2: what there is, whether it can answer, how it is configured, and what it has done.

repository, sessions, statistics -> the protocol's documents
"""

from fastapi import APIRouter, Request
from pydantic_core import to_json
from starlette.responses import Response

from service.api.deps import services_of
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
from service.api.services import Services
from service.api.triton_documents import is_ready, model_config, model_metadata
from service.api.triton_documents import server_metadata as server_document
from service.api.triton_documents import statistics as statistics_document
from service.errors import NotReady
from service.inference.entry import State
from service.inference.loader import TensorModel

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol V2"], route_class=RawRoute)


@router.get("", summary="The server, and the extensions that it has", responses=answers(ServerMetadata))
async def server_metadata(_request: Request) -> Response:
    return _json(server_document())


@router.get("/health/live", summary="The process answers", responses=answers(ServerLive))
async def live(_request: Request) -> Response:
    return _json({"live": True})


@router.get("/health/ready", summary="At least one model can answer", responses=answers(ServerReady, 503))
async def ready(request: Request) -> Response:
    if not is_ready((await services_of(request)).repository):
        raise NotReady("Models are being loaded, or none is ready.")
    return _json({"ready": True, "live": True})


@router.get("/models", summary="The names of the models that can answer", responses=answers(ModelNames))
async def model_names(request: Request) -> Response:
    entries = (await services_of(request)).repository.entries()
    return _json({"models": [entry.name for entry in entries if entry.state is State.READY]})


# Before the routes of a model: its name would be "stats".
@router.get("/models/stats", summary="What all models have done", responses=answers(Statistics))
async def all_statistics(request: Request) -> Response:
    return _json(statistics_document((await services_of(request)).repository, None, None))


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
    return _json(model_metadata((await services_of(request)).repository, name, version))


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
    return _json(statistics_document((await services_of(request)).repository, model, None))


@router.get(
    "/models/{model}/versions/{version}/stats",
    summary="What a version has done",
    responses=answers(Statistics, 404, 503),
)
async def version_statistics(request: Request, model: str, version: str) -> Response:
    return _json(statistics_document((await services_of(request)).repository, model, version))


async def _model(request: Request, name: str, version: str | None) -> TensorModel:
    services: Services = await services_of(request)
    return services.repository.find(name, version)


def _json(document: object) -> Response:
    return Response(to_json(document), media_type="application/json")
