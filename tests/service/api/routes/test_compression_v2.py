"""V2 bodies and answers in gzip and deflate."""

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from tests.packages import band_picture
from tests.service.api.conftest import MakeClient
from tests.service.api.tensor_models import tensor_models
from tests.service.api.tensor_requests import with_bytes

INFER = "/v2/models/bands/infer"
HEADER = "Inference-Header-Content-Length"


@pytest.fixture(scope="module")
def served(make_client: MakeClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with make_client(prepare=tensor_models(tmp_path_factory.mktemp("graphs"))) as client:
        yield client


def tensor(*bands: int) -> np.ndarray:
    return np.stack([band_picture(band) for band in bands])[:, None].astype(np.float32) / 255


def as_json(*bands: int, **more: Any) -> dict[str, Any]:
    pixels = tensor(*bands)
    data = pixels.ravel().tolist()
    return {"inputs": [{"name": "input", "datatype": "FP32", "shape": list(pixels.shape), "data": data}], **more}


def error_of(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/json"
    document = response.json()
    assert list(document) == ["error"]
    return str(document["error"])


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_compressed_bodies_with_the_length_of_the_plain_json(served: httpx.Client, coding: str) -> None:
    body, header = with_bytes(("FP32", [1, 1, 28, 28], tensor(6).tobytes()))
    body = body.replace(b'"t0"', b'"input"')
    packed = gzip.compress(body) if coding == "gzip" else zlib.compress(body)
    headers = {HEADER: str(int(header) + 3), "content-encoding": coding}
    answer = served.post(INFER, content=packed, headers=headers).json()
    assert np.argmax(answer["outputs"][0]["data"]) == 6


def test_what_is_compressed_in_another_way_is_415(served: httpx.Client) -> None:
    response = served.post(INFER, content=b"x", headers={"content-encoding": "br"})
    assert (response.status_code, response.headers["accept-encoding"]) == (415, "gzip, deflate")
    assert "gzip, deflate" in error_of(response)
    response = served.post(INFER, content=b"plain text", headers={"content-encoding": "gzip"})
    assert response.status_code == 400
    assert "not compressed by gzip" in error_of(response)


def test_a_body_is_limited_as_it_is_once_decompressed(make_client: MakeClient) -> None:
    with make_client(max_body_bytes=20_000) as client:
        packed = gzip.compress(json.dumps(as_json(3)).encode() + b" " * 20_000)
        assert len(packed) < 2000
        response = client.post(INFER, content=packed, headers={"content-encoding": "gzip"})
        assert response.status_code == 413
        assert "once it is decompressed" in error_of(response)
        assert client.post(INFER, content=b" " * 20_001).status_code == 413
        assert client.post(INFER, json=as_json(3)).status_code == 200


def test_what_comes_out_of_compressed_bodies_counts_as_held(make_client: MakeClient) -> None:
    """A hundredfold of what was sent may be in memory."""
    packed = gzip.compress(json.dumps(as_json(3)).encode() + b" " * 900_000)
    with make_client(max_body_bytes=1_000_000, max_body_bytes_in_flight=500_000) as client:
        for _ in range(2):
            response = client.post(INFER, content=packed, headers={"content-encoding": "gzip"})
            assert response.status_code == 503
        assert client.post(INFER, json=as_json(3)).status_code == 200, "it is given back"


@pytest.mark.parametrize(("accepted", "coding"), [("gzip, deflate, br", "gzip"), ("deflate", "deflate"), ("br", None)])
def test_large_answers_are_compressed_for_who_takes_that(
    served: httpx.Client, accepted: str, coding: str | None
) -> None:
    headers = {"accept-encoding": accepted}
    large = served.post(INFER, json=as_json(*range(10), parameters={"binary_data_output": True}), headers=headers)
    small = served.post(INFER, json=as_json(1), headers=headers)
    assert large.headers.get("content-encoding") is None, "400 bytes"
    large = served.post(INFER, json=as_json(*range(10)), headers=headers)
    assert large.headers.get("content-encoding") == coding
    assert "content-encoding" not in small.headers
    assert np.reshape(large.json()["outputs"][0]["data"], (10, 10)).argmax(axis=1).tolist() == [*range(10)]


def test_the_length_of_the_json_is_that_before_it_is_compressed(served: httpx.Client) -> None:
    body = as_json(*range(10), *range(10), *range(10), parameters={"binary_data_output": True})
    response = served.post(INFER, json=body, headers={"accept-encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    length = int(response.headers[HEADER])
    assert json.loads(response.content[:length])["outputs"][0]["shape"] == [30, 10]
    assert len(response.content) == length + 30 * 10 * 4
