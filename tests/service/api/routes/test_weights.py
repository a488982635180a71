"""A network's file, kept for ever by who names it by its checksum."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service.api.conftest import MakeClient

ADDRESS = "/api/v1/models/bands/model.onnx"
UNKNOWN = "0" * 64


@pytest.fixture(scope="module")
def client(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client() as client:
        yield client


def test_the_file_is_that_of_the_package_and_as_long_as_it_is(client: httpx.Client, models: Path) -> None:
    answer = client.get(ADDRESS)
    assert answer.content == (models / "bands" / "1" / "model.onnx").read_bytes()
    assert hashlib.sha256(answer.content).hexdigest() == client.get("/api/v1/models/bands").json()["sha256"]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "content-encoding" not in answer.headers
    assert answer.headers["cache-control"] == "no-cache"


def test_who_names_it_by_its_checksum_may_keep_it(client: httpx.Client) -> None:
    sha256 = client.get("/api/v1/models/bands").json()["sha256"]
    answer = client.get(ADDRESS, params={"sha256": sha256})
    assert answer.headers["cache-control"] == "max-age=31536000, immutable"
    assert client.get(ADDRESS, params={"sha256": UNKNOWN}).status_code == 404
    assert client.get(ADDRESS, params={"sha256": "short"}).status_code == 422


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_it_is_told_so(client: httpx.Client, form: str) -> None:
    etag = client.get(ADDRESS).headers["etag"]
    again = client.get(ADDRESS, headers={"If-None-Match": form.format(etag)})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert client.get(ADDRESS, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_head_says_the_same_and_a_part_can_be_fetched(client: httpx.Client) -> None:
    whole = client.get(ADDRESS)
    assert client.head(ADDRESS).headers["content-length"] == str(len(whole.content))
    part = client.get(ADDRESS, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, whole.content[4:8])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/models/nobody/model.onnx", 404),
        (f"{ADDRESS}?version=7", 404),
        ("/api/v1/models/broken/model.onnx", 503),
        (f"{ADDRESS}?other=1", 422),
    ],
)
def test_what_is_not_there(client: httpx.Client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_a_service_may_keep_its_networks(make_client: MakeClient) -> None:
    with make_client(serve_weights=False) as client:
        answer = client.get(ADDRESS)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "This service does not give its networks away."
