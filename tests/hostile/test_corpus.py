"""The whole corpus against one server: no answer is a success, a fault of ours, of another form than its family's, or
late, and after each the same good request gets the same answer."""

import logging
from collections.abc import Iterator

import pytest

from tests.hostile.corpus import cases
from tests.hostile.judge import faults
from tests.integration.both_ways import Way, way
from tests.integration.server import wait_until
from tests.packages import write_package


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    folder = tmp_path_factory.mktemp("models")
    write_package(folder, "mnist_cnn")
    with way(folder, True, head_timeout_ms=1000, body_timeout_ms=1000) as running:
        yield running


def test_the_corpus(server: Way, caplog: pytest.LogCaptureFixture) -> None:
    corpus = list(cases("mnist_cnn"))
    assert len(corpus) >= 300
    assert faults(server.address, corpus) == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    wait_until(lambda: server.services.budget.held == 0)  # let go just behind the last answer
