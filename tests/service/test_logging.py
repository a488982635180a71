"""Log lines as their readers get them."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Literal

import pytest

from service.logging import configure_logging, log_request, request_id
from tests.logs import logging_kept


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    with logging_kept():
        yield


def test_a_json_line_holds_message_fields_and_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    token = request_id.set("abc")
    logging.getLogger("some.where").info("model %s is ready", "m", extra={"fields": {"threads": 2}})
    request_id.reset(token)
    line = json.loads(capsys.readouterr().err)
    assert line["message"] == "model m is ready"
    assert (line["level"], line["logger"]) == ("info", "some.where")
    assert (line["request_id"], line["threads"]) == ("abc", 2)
    assert line["time"].endswith("+00:00")


def test_an_exception_stays_within_its_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    try:
        raise ValueError("x\ny")
    except ValueError:
        logging.getLogger("a").exception("failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: x\ny" in json.loads(line)["exception"]
    assert "request_id" not in json.loads(line)


def test_a_plain_line_cannot_be_forged_or_command_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "plain")
    logging.getLogger("a").info("GET /x\n2026 INFO forged \x1b[2J", extra={"fields": {"client": "a b\n"}})
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert "\x1b" not in text
    assert r"GET /x\n2026 INFO forged \u001b[2J" in text
    assert r'client="a b\n"' in text


def test_auto_is_json_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    assert not sys.stderr.isatty()
    configure_logging("warning", "auto")
    logging.getLogger("a").info("not shown")
    logging.getLogger("a").warning("shown")
    assert json.loads(capsys.readouterr().err)["message"] == "shown"


def test_uvicorn_speaks_through_our_handler_and_only_of_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.access").info("GET /")
    logging.getLogger("uvicorn.error").error("it broke")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["logger"] == "uvicorn.error"


@pytest.mark.parametrize("form", ["json", "plain"])
@pytest.mark.parametrize("client", ["127.0.0.1", None, 'a "b'])
@pytest.mark.parametrize("identity", ["", "abc"])
def test_a_requests_line_is_that_of_any_record(
    capsys: pytest.CaptureFixture[str], form: Literal["json", "plain"], client: str | None, identity: str
) -> None:
    configure_logging("info", form)
    token = request_id.set(identity)
    message = 'POST /a"\x1b\u20ac'
    log_request(logging.INFO, message, 200, 1.25, client)
    log_request(logging.DEBUG, "not shown", 200, 1.25, client)
    fields = {"status": 200, "ms": 1.25, "client": client}
    logging.getLogger("service.access").info(message, extra={"fields": fields})
    request_id.reset(token)
    quick, usual = (
        re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]{12}\+00:00", "then", line) for line in capsys.readouterr().err.splitlines()
    )
    assert quick == usual
    assert "then" in quick
