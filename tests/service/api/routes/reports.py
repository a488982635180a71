"""A service that takes reports, and how a test tells one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.api.gallery_schemas import Failures
from tests.service.api.conftest import MakeClient, png

BANDS = "/api/v1/models/bands"
REPORTED = {"source": "reported"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def open_client(make_client: MakeClient, folder: Path) -> Iterator[httpx.Client]:
    with make_client(feedback=str(folder), feedback_answers_s=60) as client:
        yield client


def report_form(label: str) -> Any:
    return {"file": png(1), "label": (None, label)}


def tell(client: httpx.Client, band: int, label: str, model: str = BANDS, **query: str) -> int:
    answer = client.post(f"{model}/feedback", files={"file": png(band)}, data={"label": label}, params=query)
    assert answer.status_code == 201, answer.text
    assert list(answer.json()) == ["id"]
    return int(answer.json()["id"])


def gallery(client: httpx.Client, model: str = BANDS, **query: str) -> Failures:
    found = client.get(f"{model}/failures", params=REPORTED | query)
    assert found.status_code == 200, found.text
    return Failures.model_validate_json(found.content)
