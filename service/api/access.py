"""What every request gets, whatever front answers it: an id, a line in the access log, a count in the metrics.

    header's X-Request-ID -> choose_request_id          route, method, status, seconds -> AccessLog.record

Plain values and calls: an ASGI middleware uses them, and so can a protocol class that knows no ASGI.
"""

import logging
import re
import secrets

from service.metrics import Metrics

CALLER_LEFT = 499  # nobody reads it: the status of such a request in log and metrics

_SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = ("/health/", "/metrics")
_log = logging.getLogger("service.access")


def choose_request_id(given: bytes | None) -> str:
    """The caller's own X-Request-ID where it is short and plain, else a new one."""
    if given is not None and _SANE_ID.fullmatch(given):
        return str(given, "ascii")
    return secrets.token_hex(8)


class AccessLog:
    """Counts each answer, and logs a line of it where `enabled`."""

    def __init__(self, metrics: Metrics, enabled: bool) -> None:
        self._metrics = metrics
        self._enabled = enabled

    def record(self, route: str, method: str, path: str, status: int, seconds: float, client: str | None) -> None:
        """`route` is the template of the path, so that a label has few values."""
        method = method if method in _METHODS else "other"
        self._metrics.request(route, method, status, seconds)
        if not self._enabled:
            return
        level = logging.DEBUG if route.startswith(_QUIET) else logging.INFO
        if _log.isEnabledFor(level):
            fields = {"status": status, "ms": round(seconds * 1e3, 2), "client": client}
            _log.log(level, "%s %s", method, path[:200], extra={"fields": fields})
