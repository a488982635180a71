"""What is wrong with a server's answers to the corpus.

address -> each case over a connection of its own -> its answer, its time, the next good request -> sentences
"""

import contextlib
import json
import socket
import time
from collections.abc import Sequence
from contextlib import closing

from tests.hostile.corpus import Case
from tests.integration.both_ways import Told, post, read_answers
from tests.integration.both_ways_requests import MULTIPART, PREDICT, picture, upload

LATEST_S = 5.0


def faults(address: tuple[str, int], corpus: Sequence[Case]) -> list[str]:
    """A sentence for each answer that is a success, a fault of the server's, of another form than its family's or late,
    and for each case after which a good request gets another answer than before. The server has `mnist_cnn`."""
    good = post(PREDICT, upload(picture()), MULTIPART, "X-Request-ID: good")
    expected = ask(address, good)
    assert expected is not None
    assert expected.status == 200
    found: list[str] = []
    for case in corpus:
        began = time.monotonic()
        fault = _fault(ask(address, case.sent), case.name.endswith("-good"))
        took = time.monotonic() - began
        if fault:
            found.append(f"{case.name}: {fault}")
        if took > LATEST_S:
            found.append(f"{case.name}: {took:.1f} s")
        if ask(address, good) != expected:
            found.append(f"{case.name}: the next request gets another answer")
    return found


def ask(address: tuple[str, int], sent: bytes) -> Told | None:
    """The first answer to what is sent over a connection of its own; None where there is none."""
    with closing(socket.create_connection(address, timeout=15)) as connection:
        with contextlib.suppress(ConnectionError):  # refused before all was sent
            connection.sendall(sent)
        return next(read_answers(connection, 1), None)


def _fault(told: Told | None, good: bool) -> str:
    if told is None:
        return "no answer"
    if good:
        return "" if told.status == 200 else f"{told.status} {told.body[:80]!r}"
    if told.status < 400 or (told.status >= 500 and told.status not in (503, 504)):
        return f"{told.status} {told.body[:80]!r}"
    try:
        document = json.loads(told.body)
    except ValueError:
        return f"{told.status} is no JSON: {told.body[:80]!r}"
    if len(told.body) > 2048 or not (
        {"error"} == document.keys() or {"type", "title", "status", "detail"} <= document.keys()
    ):
        return f"{told.status} has another form: {told.body[:80]!r}"
    return ""
