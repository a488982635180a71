"""ModelStreamInfer: many requests of one caller, worked on together and answered in the order in which they came.

    requests -> at most IN_FLIGHT at a time, each to its own answer or sentence -> ModelStreamInferResponse, in order

One bad request costs itself alone: its answer has an error_message, and the stream goes on.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from service.api.faults import INTERNAL, shown
from service.api.services import Services
from service.errors import FeaturemapError
from service.rpc.inference import infer
from service.rpc.messages import message

IN_FLIGHT = 32  # of one stream; then its caller waits
_FINAL_ASKED = "triton_enable_empty_final_response"
_FINAL = "triton_final_response"
_RESPONSE = message("ModelStreamInferResponse")
_log = logging.getLogger("service.access")


async def stream_infer(services: Services, requests: AsyncIterator[Any], context: Any, closing: asyncio.Event) -> None:
    """Writes the answers. Ends when the requests end, and once `closing` is set with the last one that has come."""
    answers: asyncio.Queue[asyncio.Task[Any] | None] = asyncio.Queue(IN_FLIGHT)
    running = [reader := asyncio.create_task(_read(services, requests, context, closing, answers))]
    try:
        while (answer := await answers.get()) is not None:
            running.append(answer)
            await context.write(await answer)
            running.remove(answer)
        await reader
    finally:
        while not answers.empty():
            if (left := answers.get_nowait()) is not None:
                running.append(left)
        for task in running:
            task.cancel()


async def _read(
    services: Services,
    requests: AsyncIterator[Any],
    context: Any,
    closing: asyncio.Event,
    answers: asyncio.Queue[asyncio.Task[Any] | None],
) -> None:
    """Begins to answer each request as it comes, and puts None behind the last."""
    stop = asyncio.create_task(closing.wait())
    try:
        while True:
            following = asyncio.ensure_future(anext(requests, None))
            await asyncio.wait((following, stop), return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                return
            if (request := following.result()) is None:
                return
            await answers.put(asyncio.create_task(_answer(services, request, context)))
    finally:
        stop.cancel()
        await answers.put(None)


async def _answer(services: Services, request: Any, context: Any) -> Any:
    # Triton's clients ask for this one; every request here has one answer, the last.
    final = _FINAL_ASKED in request.parameters and request.parameters.pop(_FINAL_ASKED).bool_param
    response = _RESPONSE()
    try:
        response.infer_response.CopyFrom(await infer(services, request, context.time_remaining()))
    except FeaturemapError as error:
        response.error_message = shown(error)
    except Exception:  # the boundary of one request: the others of the stream are answered
        _log.exception("a request of ModelStreamInfer failed")
        response.error_message = INTERNAL
    if response.error_message:
        response.infer_response.id, response.infer_response.model_name = request.id, request.model_name
    if final:
        response.infer_response.parameters[_FINAL].bool_param = True
    return response
