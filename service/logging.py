"""Log lines on stderr, as JSON or plain text, each with the id of the request that it belongs to.

    logging (ours, uvicorn's, warnings)  ->  one handler  ->  JsonFormatter | PlainFormatter
    an answered request  ->  log_request  ->  the same handler and line, without what `logging` does for each record

A record's extra members go in `extra={"fields": {...}}`; they become members of the JSON line and
`name=value` at the end of the plain one.
"""

import asyncio
import json
import logging
import sys
import time
from collections import deque
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Literal, TextIO

request_id: ContextVar[str] = ContextVar("request_id", default="")


_access = logging.getLogger("service.access")


def log_request(level: int, message: str, status: int, ms: float, client: str | None) -> None:
    """A line of the logger `service.access`. Where nobody but our own handler hears it, it is written at a tenth of the
    price of a record."""
    if not _access.isEnabledFor(level):
        return
    handlers = logging.root.handlers
    if len(handlers) == 1 and isinstance(handlers[0], _Handler) and not _access.handlers:
        handlers[0].request(level, message, status, ms, client)
    else:
        _access.log(level, message, extra={"fields": {"status": status, "ms": ms, "client": client}})


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to stderr, in the form of its formatter. Lines of requests are written once in a turn of the event loop:
    of sixty of them that is one system call in place of sixty."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque()  # of requests, not written yet

    def request(self, level: int, message: str, status: int, ms: float, client: str | None) -> None:
        identity = request_id.get()
        if isinstance(self.formatter, PlainFormatter):
            name = logging.getLevelName(level)
            fields = {"status": status, "ms": ms, "client": client}
            line = self.formatter.line(_now(), name, message, fields | {"request_id": identity} if identity else fields)
        else:
            its = f'"request_id": {quoted(identity)}, ' if identity else ""
            line = (
                f'{{"time": "{_now()}", {_members(level, message)}, {its}"status": {status}, "ms": {ms}, '
                f'"client": {_client(client)}}}'
            )
        self._lines.append(line)
        if len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_soon(self.flush)
            except RuntimeError:  # there is none
                self.flush()

    def emit(self, record: logging.LogRecord) -> None:
        """Behind what came before."""
        if self._lines:
            self.flush()
        super().emit(record)

    def flush(self) -> None:
        """Also at the end of the process."""
        self.acquire()
        try:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            self.stream.write("".join([line + self.terminator for line in lines]))
            super().flush()
        except Exception:  # as a handler does: a log that cannot be written stops nothing
            self.handleError(logging.makeLogRecord({"msg": "requests"}))
        finally:
            self.release()


@lru_cache(maxsize=512)
def _members(level: int, message: str) -> str:
    """What a line says of itself. Most are of few addresses."""
    name = logging.getLevelName(level).lower()
    return f'"level": "{name}", "logger": "service.access", "message": {quoted(message)}'


@lru_cache(maxsize=512)
def _client(address: str | None) -> str:
    return "null" if address is None else quoted(address)


def configure_logging(level: str, form: Literal["auto", "json", "plain"]) -> None:
    """Sends every logger of the process through one handler; may be called again."""
    plain = form == "plain" or (form == "auto" and sys.stderr.isatty())
    handler = _Handler()
    handler.setFormatter(PlainFormatter() if plain else JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.getLogger("uvicorn.access").propagate = False  # our own access log has the request id
    # uvicorn tells of each process's start and stop at this level; our own lines say what matters.
    logging.getLogger("uvicorn.error").setLevel(max(logging.getLevelName(level.upper()), logging.WARNING))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, request_id, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if identity := request_id.get():
            line["request_id"] = identity
        line.update(_fields(record))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class PlainFormatter(logging.Formatter):
    """`time level message name=value ...`; what a terminal could obey is escaped, a traceback follows."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _fields(record)
        if identity := request_id.get():
            fields = {**fields, "request_id": identity}
        line = self.line(_time(record), record.levelname, record.getMessage(), fields)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line

    def line(self, moment: str, level: str, message: str, fields: Mapping[str, object]) -> str:
        tail = "".join(f" {name}={_shown(value)}" for name, value in fields.items())
        if not message.isprintable():
            message = json.dumps(message)[1:-1]
        return f"{moment} {level:<7} {message}{tail}"


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


_second: tuple[int, str] = (0, "")  # the last one that was written, as it is written


def _now() -> str:
    """As `_time` has it."""
    global _second
    milliseconds = int(time.time() * 1000)
    second = milliseconds // 1000
    if second != _second[0]:
        _second = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
    return f"{_second[1]}{milliseconds % 1000:03d}+00:00"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields = getattr(record, "fields", None)
    return fields if isinstance(fields, dict) else {}


def _shown(value: object) -> str:
    """JSON where the bare text would not read back as one value."""
    text = str(value)
    return text if text and text.isprintable() and not set(text) & set(' "=') else json.dumps(text)
