"""ModelInfer: a message to the data plane and its rows to a message, within the limits that HTTP has too.

ModelInferRequest  ->  budget -> parse -> DataPlane.infer -> write  ->  ModelInferResponse
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from service.api.deadline import took_too_long
from service.api.infer_answer import ChosenOutput, choose_outputs
from service.api.requests.tensors import InferRequest
from service.api.services import Services
from service.inference.loader import TensorModel
from service.inference.runtime.tensors import Tensors
from service.rpc.answers import infer_response
from service.rpc.requests import is_quick, parse_infer_request

_QUICK_BYTES = 2**18  # copied within about a millisecond
_Done = TypeVar("_Done")


async def infer(services: Services, request: Any, remaining: float | None) -> Any:
    """The ModelInferResponse of a ModelInferRequest. `remaining` is the seconds that its caller waits, None: forever.

    Raises what the data plane raises, InvalidInput, PayloadTooLarge, Overloaded, DeadlineExceeded.
    """
    holding = services.budget.hold()
    try:
        size = request.ByteSize()
        holding.take(size)
        model = services.repository.find(request.model_name, request.model_version or None)
        asked = await _read(services, model, request, size)
        chosen = choose_outputs(asked, model.session.outputs)
        outputs = await _run(services, model, asked, remaining)
        return await _write(services, model, asked, chosen, outputs)
    finally:
        holding.release()


async def _read(services: Services, model: TensorModel, request: Any, size: int) -> InferRequest:
    began = time.perf_counter()
    asked = await _work(services, is_quick(request, size), lambda: parse_infer_request(request))
    services.metrics.stage(model.name, "decode", time.perf_counter() - began)
    return asked


async def _run(services: Services, model: TensorModel, asked: InferRequest, remaining: float | None) -> Tensors:
    seconds = services.settings.deadline_ms / 1e3
    if asked.timeout_us:
        seconds = min(seconds, asked.timeout_us / 1e6)
    if remaining is not None:
        seconds = min(seconds, max(0.0, remaining))
    at = asyncio.get_running_loop().time() + seconds
    try:
        async with asyncio.timeout_at(at):
            answer = await services.dataplane.infer(model, asked.inputs, at)
    except TimeoutError:
        raise took_too_long(seconds) from None
    return answer.outputs


async def _write(
    services: Services, model: TensorModel, asked: InferRequest, chosen: list[ChosenOutput], outputs: Tensors
) -> Any:
    began = time.perf_counter()
    quick = sum(outputs[output.place].nbytes for output in chosen) <= _QUICK_BYTES
    response = await _work(
        services, quick, lambda: infer_response(asked.id, model.name, model.version, chosen, outputs, model.labels)
    )
    services.metrics.stage(model.name, "encode", time.perf_counter() - began)
    return response


async def _work(services: Services, quick: bool, work: Callable[[], _Done]) -> _Done:
    return work() if quick else await asyncio.get_running_loop().run_in_executor(services.executor, work)
