"""The recorded requests, asked of a real server: every route answers what it answered before."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.integration.server import ROOT, Running, serving
from tests.recorded.compare import compare, read_expected, report, split_expected
from tests.recorded.recorder import read, record
from tests.recorded.requests import all_requests

RECORDED = ROOT / "tests" / "recorded"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(ROOT / "models", tmp_path_factory.mktemp("log") / "log", execution_provider="cpu") as running:
        yield running


def _predictions(value: Any) -> Iterator[dict[str, Any]]:
    """Every prediction of a model that stands somewhere in an answer."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    if isinstance(value, dict) and isinstance(value.get("top"), list):
        yield value
    for member in members:
        yield from _predictions(member)


def test_no_recorded_answer_is_decided_by_the_last_digits() -> None:
    """Those are others on another CPU. A request that fails here is to be made clearer."""
    for line in read(RECORDED / "before.jsonl.gz"):
        for prediction in _predictions(line["body"]):
            probabilities = [candidate["probability"] for candidate in prediction["top"]]
            gaps = [(more, more - less) for more, less in pairwise(probabilities) if more > 0.01]
            assert all(gap > 5e-6 for _, gap in gaps), line["name"]
            assert abs(prediction["confidence"] - 0.5) > 1e-4, line["name"]


def test_every_route_is_asked_and_answers(server: Running) -> None:
    answered = [line for line in read(RECORDED / "before.jsonl.gz") if line["status"] == 200]
    for template, methods in httpx.get(f"{server.address}/openapi.json").json()["paths"].items():
        # The protocols' own clients ask those; reports, which are off, and files of weights have tests of their own.
        if template.startswith(("/v1/", "/v2", "/api/v1/models/{model}/feedback")) or template.endswith(".onnx"):
            continue
        address = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))
        for method in methods:
            assert any(
                line["method"] == method.upper() and address.fullmatch(line["path"].partition("?")[0])
                for line in answered
            ), f"{method} {template}"


def test_the_answers_are_the_recorded_ones(server: Running) -> None:
    differences = compare(read(RECORDED / "before.jsonl.gz"), record(server.address, all_requests()), tolerant=True)
    unexpected, idle = split_expected(differences, read_expected(RECORDED / "expected.toml"))
    assert not unexpected, f"\n{report(unexpected, most=5)}"
    assert [entry for entry in idle if not entry.exact] == []
    assert "Traceback" not in server.log
