"""What every request gets, whatever front answers it: an id, a line in the access log, a count in the metrics.

    header's X-Request-ID -> choose_request_id          route, method, status, seconds -> AccessLog.record

Plain values and calls: an ASGI middleware uses them, and so can a protocol class that knows no ASGI.
"""

import logging
import re
from collections.abc import Mapping
from random import getrandbits
from typing import Any

from service.logging import log_request
from service.metrics import Metrics

CALLER_LEFT = 499  # nobody reads it: the status of such a request in log and metrics

_SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_FIRST_FAULT = 400  # a number: to compare with a member of an enum takes longer than the rest of the choice
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = ("/health/", "/metrics")  # asked all the time


def choose_request_id(given: bytes | None) -> str:
    """The caller's own X-Request-ID where it is short and plain, else a new one."""
    if given is not None and _SANE_ID.fullmatch(given):
        return str(given, "ascii")
    return f"{getrandbits(64):016x}"  # to tell requests apart; nothing depends on nobody guessing it


def route_of(scope: Mapping[str, Any]) -> str:
    """The template of an ASGI request's route, so that a label has few values; `pages` for the web client's files."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    return "pages" if "endpoint" in scope else "unknown"


class AccessLog:
    """Counts each answer, and logs a line of it where `enabled`; of those below 400 only that `share`."""

    def __init__(self, metrics: Metrics, enabled: bool, share: float = 1.0) -> None:
        self._metrics = metrics
        self._enabled = enabled
        self._share = share
        self._due = 0.0  # lines: one is written once it is 1

    def record(self, route: str, method: str, path: str, status: int, seconds: float, client: str | None) -> None:
        """`route` is the template of the path, so that a label has few values."""
        method = method if method in _METHODS else "other"
        self._metrics.request(route, method, status, seconds)
        if not self._enabled:
            return
        if status < _FIRST_FAULT:
            self._due += self._share
            if self._due < 1:
                return
            self._due -= 1
        level = logging.DEBUG if route.startswith(QUIET) else logging.INFO
        log_request(level, f"{method} {path[:200]}", status, round(seconds * 1e5) / 1e2, client)
