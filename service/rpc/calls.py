"""The calls of the protocol, each a message to a message. `ModelStreamInfer` is in `stream`.

name of a call  ->  ANSWERS[name](services, request, context)  ->  its answer
"""

from collections.abc import Awaitable, Callable
from typing import Any

from service.api.model_control import check_allowed, check_load, check_unload, given_key
from service.api.services import Services
from service.api.triton_documents import (
    is_ready,
    model_config,
    model_metadata,
    repository_index,
    server_metadata,
    statistics,
)
from service.errors import NotFound, NotReady
from service.rpc.answers import from_document
from service.rpc.inference import infer
from service.rpc.messages import message

Answer = Callable[[Services, Any, Any], Awaitable[Any]]


async def _server_live(_services: Services, _request: Any, _context: Any) -> Any:
    return message("ServerLiveResponse")(live=True)


async def _server_ready(services: Services, _request: Any, _context: Any) -> Any:
    return message("ServerReadyResponse")(ready=is_ready(services.repository))


async def _model_ready(services: Services, request: Any, _context: Any) -> Any:
    """A question, so that a model that is not there is not ready, and no error: as Triton has it."""
    try:
        services.repository.find(request.name, request.version or None)
    except (NotFound, NotReady):
        return message("ModelReadyResponse")(ready=False)
    return message("ModelReadyResponse")(ready=True)


async def _server_metadata(_services: Services, _request: Any, _context: Any) -> Any:
    return from_document(server_metadata(), "ServerMetadataResponse")


async def _model_metadata(services: Services, request: Any, _context: Any) -> Any:
    document = model_metadata(services.repository, request.name, request.version or None)
    return from_document(document, "ModelMetadataResponse")


async def _model_infer(services: Services, request: Any, context: Any) -> Any:
    return await infer(services, request, context.time_remaining())


async def _model_config(services: Services, request: Any, _context: Any) -> Any:
    model = services.repository.find(request.name, request.version or None)
    return from_document({"config": model_config(model)}, "ModelConfigResponse")


async def _model_statistics(services: Services, request: Any, _context: Any) -> Any:
    document = statistics(services.repository, request.name or None, request.version or None)
    return from_document(document, "ModelStatisticsResponse")


async def _repository_index(services: Services, request: Any, _context: Any) -> Any:
    models = repository_index(services.repository.entries(), request.ready)
    return from_document({"models": models}, "RepositoryIndexResponse")


async def _load(services: Services, request: Any, context: Any) -> Any:
    check_allowed(services, _key(context))
    check_load(request.parameters)
    await services.control.load(request.model_name)
    return message("RepositoryModelLoadResponse")()


async def _unload(services: Services, request: Any, context: Any) -> Any:
    check_allowed(services, _key(context))
    check_unload(request.parameters)
    await services.control.unload(request.model_name)
    return message("RepositoryModelUnloadResponse")()


def _key(context: Any) -> str:
    metadata = {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}
    return given_key(metadata.get("authorization"), metadata.get("x-api-key"))


ANSWERS: dict[str, Answer] = {
    "ServerLive": _server_live,
    "ServerReady": _server_ready,
    "ModelReady": _model_ready,
    "ServerMetadata": _server_metadata,
    "ModelMetadata": _model_metadata,
    "ModelInfer": _model_infer,
    "ModelConfig": _model_config,
    "ModelStatistics": _model_statistics,
    "RepositoryIndex": _repository_index,
    "RepositoryModelLoad": _load,
    "RepositoryModelUnload": _unload,
}
