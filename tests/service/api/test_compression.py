"""Documents go out compressed where the client takes it; pictures and predictions as they are."""

import gzip
from collections.abc import Iterator

import httpx
import pytest

from tests.paths import MODELS
from tests.service.api.conftest import MakeClient


@pytest.fixture(scope="module")
def published(make_client: MakeClient) -> Iterator[httpx.Client]:
    with make_client(models=MODELS) as client:
        yield client


def raw(client: httpx.Client, path: str, **headers: str) -> tuple[bytes, httpx.Headers]:
    """The body as it goes over the wire."""
    with client.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200
        return b"".join(response.iter_raw()), response.headers


@pytest.mark.parametrize("path", ["/api/v1/models", "/api/v1/comparisons/optimizers"])
def test_a_document_is_compressed_for_who_takes_it(published: httpx.Client, path: str) -> None:
    plain, headers = raw(published, path, **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in headers
    packed, headers = raw(published, path, **{"Accept-Encoding": "gzip"})
    assert headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in headers.get_list("vary", split_commas=True)
    assert gzip.decompress(packed) == plain
    assert len(packed) < 0.4 * len(plain)


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/api/v1/datasets/mnist/test/4444.png?scale=32", "*/*"),
        ("/api/v1/models/mnist_cnn/confusion", "image/png"),
        ("/api/v1/limits", "application/json"),  # too small to gain
    ],
)
def test_pictures_and_small_answers_are_not(published: httpx.Client, path: str, accept: str) -> None:
    _, headers = raw(published, path, **{"Accept-Encoding": "gzip", "Accept": accept})
    assert "content-encoding" not in headers


def test_predictions_are_not(published: httpx.Client) -> None:
    picture = published.get("/api/v1/datasets/mnist/test/4444.png").content
    answer = published.post(
        "/api/v1/predict?models=mnist_cnn,mnist_rnn,mnist_gru,mnist_robust&top_k=10",
        content=picture,
        headers={"Accept-Encoding": "gzip", "Content-Type": "image/png"},
    )
    assert len(answer.content) > 2000
    assert "content-encoding" not in answer.headers
