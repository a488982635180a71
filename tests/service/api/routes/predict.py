"""Requests of predict to a service of `bands`, and what is always so of its answers."""

from typing import Any

import httpx

from tests.packages import band_picture
from tests.service.api.conftest import png

URL = "/api/v1/models/bands/predict"


def rows(band: int) -> Any:
    return (band_picture(band) / 255).tolist()


def form(*bands: int) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("file", (f"{band}.png", png(band), "image/png")) for band in bands]


def indexes(response: httpx.Response) -> list[int]:
    assert response.status_code == 200, response.text
    return [prediction["index"] for prediction in response.json()["predictions"]]


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) < 2048
    document: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "request_id"} <= set(document)
    assert document["status"] == status
    assert document["request_id"] == response.headers["x-request-id"]
    assert document["detail"].endswith(".")
    return document
