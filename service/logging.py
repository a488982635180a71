"""Log lines on stderr, as JSON or plain text, each with the id of the request that it belongs to.

    logging (ours, uvicorn's, warnings)  ->  one handler  ->  JsonFormatter | PlainFormatter

A record's extra members go in `extra={"fields": {...}}`; they become members of the JSON line and
`name=value` at the end of the plain one.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

request_id: ContextVar[str] = ContextVar("request_id", default="")


def configure_logging(level: str, form: Literal["auto", "json", "plain"]) -> None:
    """Sends every logger of the process through one handler; may be called again."""
    plain = form == "plain" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
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
        tail = "".join(f" {name}={_shown(value)}" for name, value in fields.items())
        message = record.getMessage()
        if not message.isprintable():
            message = json.dumps(message)[1:-1]
        line = f"{_time(record)} {record.levelname:<7} {message}{tail}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields = getattr(record, "fields", None)
    return fields if isinstance(fields, dict) else {}


def _shown(value: object) -> str:
    """JSON where the bare text would not read back as one value."""
    text = str(value)
    return text if text and text.isprintable() and not set(text) & set(' "=') else json.dumps(text)
