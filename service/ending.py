"""The end of a process: it comes in time, whatever still runs.

    SIGTERM, SIGINT -> `stopping` is set, a clock begins -> uvicorn's own handler: running requests end -> exit code 0

uvicorn does not look at signals before the app has started, and a model that is being loaded cannot be interrupted.
"""

import logging
import os
import signal
import threading
from types import FrameType
from typing import Any

_LAST_STEPS_S = 1.0  # after the time for running requests
_log = logging.getLogger(__name__)


def end_in_time(stopping: threading.Event, grace_s: float) -> None:
    """From now on a signal to end also sets `stopping`, and ends this process with success a second after `grace_s` at
    the latest. For the main thread, once uvicorn's handlers are there."""
    for number in (signal.SIGTERM, signal.SIGINT):
        _add(number, signal.getsignal(number), stopping, grace_s + _LAST_STEPS_S)


def _add(number: int, before: Any, stopping: threading.Event, seconds: float) -> None:
    def handle(sig: int, frame: FrameType | None) -> None:
        if not stopping.is_set():
            _begin(stopping, seconds)
        if callable(before):
            before(sig, frame)

    if getattr(getattr(before, "__self__", None), "should_exit", False):  # uvicorn has been told before
        _begin(stopping, seconds)
    signal.signal(number, handle)


def _begin(stopping: threading.Event, seconds: float) -> None:
    stopping.set()
    clock = threading.Timer(seconds, _end)
    clock.daemon = True
    clock.start()


def _end() -> None:
    _log.warning("the time to end is over; what still runs is given up")
    logging.shutdown()
    os._exit(0)
