"""What holds for every call: its id, its line in the access log, its place in the metrics, and its error as a status.

    answer(request) under a boundary  ->  its message | abort with the status and sentence that HTTP would have had

The id is the caller's own `x-request-id` where it is short and plain; the trailing metadata has it.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc

from service.api.access import CALLER_LEFT, choose_request_id
from service.api.faults import INTERNAL, protocol_status, shown
from service.api.services import Services
from service.errors import FeaturemapError, Unavailable
from service.logging import request_id

_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    404: grpc.StatusCode.NOT_FOUND,
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    415: grpc.StatusCode.INVALID_ARGUMENT,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}
_log = logging.getLogger("service.access")


def status_code(error: FeaturemapError) -> grpc.StatusCode:
    return _CODES.get(protocol_status(error), grpc.StatusCode.INTERNAL)


@contextlib.asynccontextmanager
async def boundary(services: Services, path: str, context: Any) -> AsyncIterator[None]:
    """Around the work of the call `path`. Nothing but gRPC's own abort and a cancellation leaves it."""
    started = time.perf_counter()
    metadata = dict(context.invocation_metadata() or ())
    identity = choose_request_id(_bytes(metadata.get("x-request-id")))
    request_id.set(identity)  # of this call's own task
    trailing = [("x-request-id", identity)]
    status = 200
    try:
        context.set_trailing_metadata(tuple(trailing))
        yield
    except FeaturemapError as error:
        status = protocol_status(error)
        if isinstance(error, Unavailable):
            trailing.append(("retry-after", str(error.retry_after)))
        await context.abort(status_code(error), shown(error), tuple(trailing))
    except asyncio.CancelledError:
        status = CALLER_LEFT
        raise
    except Exception:  # the boundary: nothing above would answer in words
        status = 500
        _log.exception("%s failed", path)
        await context.abort(grpc.StatusCode.INTERNAL, INTERNAL, tuple(trailing))
    finally:
        seconds = time.perf_counter() - started
        services.access_log.record(path, "POST", path, status, seconds, _client(context.peer()))


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value


def _client(peer: str) -> str | None:
    """The address of `ipv4:127.0.0.1:5000` or `ipv6:%5B::1%5D:5000`."""
    kind, _, address = peer.partition(":")
    if kind not in ("ipv4", "ipv6"):
        return None
    return address.rpartition(":")[0].replace("%5B", "").replace("%5D", "")
