"""What the app gives its routes to work with."""

import os
import sys

import pytest
from fastapi import FastAPI

from tests.service.api.conftest import MakeClient


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)  # the calling thread's


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_who_holds_a_picture_for_long_gives_way_to_the_event_loop(make_client: MakeClient) -> None:
    told: list[int] = []

    def ask(app: FastAPI) -> None:
        told.append(app.state.services.executor.submit(niceness).result())

    with make_client(ask):
        assert told[0] > niceness() or told[0] == 19
