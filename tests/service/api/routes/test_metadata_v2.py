"""What V2 tells of the server and its models."""

import httpx
import pytest

from service.api.protocol_schemas import ModelMetadata, ServerMetadata, ServerReady, Statistics
from tests.service.api.conftest import MakeClient
from tests.service.api.routes.test_inference_v2 import INFER, as_json, error_of


def test_the_server_tells_its_extensions(client: httpx.Client) -> None:
    response = client.get("/v2")
    assert response.headers["content-type"] == "application/json"
    told = ServerMetadata.model_validate_json(response.content)
    assert told.name == "featuremap"
    assert set(told.extensions) == {
        "classification", "model_repository", "model_configuration", "schedule_policy", "binary_tensor_data",
        "parameters", "statistics",
    }  # fmt: skip


def test_health(client: httpx.Client, make_client: MakeClient, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert client.get("/v2/health/live").json() == {"live": True}
    assert ServerReady.model_validate_json(client.get("/v2/health/ready").content) == ServerReady(ready=True, live=True)
    with make_client(models=tmp_path_factory.mktemp("none")) as empty:
        response = empty.get("/v2/health/ready")
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert "none is ready" in error_of(response)
        assert empty.get("/v2/health/live").json() == {"live": True}


@pytest.mark.parametrize("path", ["/v2/models/bands", "/v2/models/bands/versions/1"])
def test_metadata(client: httpx.Client, path: str) -> None:
    told = ModelMetadata.model_validate_json(client.get(path).content).model_dump()
    assert told == {
        "name": "bands",
        "versions": ["1"],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": "input", "datatype": "FP32", "shape": [-1, 1, 28, 28]}],
        "outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]}],
    }


def test_names_are_of_models_that_are_ready(client: httpx.Client) -> None:
    assert client.get("/v2/models").json() == {"models": ["bands", "dark", "halves"]}


@pytest.mark.parametrize("what", ["", "/ready", "/config", "/stats"])
def test_models_that_are_not_there_or_not_ready(client: httpx.Client, what: str) -> None:
    for path, status in (("nope", 404), ("bands/versions/9", 404), ("broken", 503)):
        response = client.get(f"/v2/models/{path}{what}")
        assert response.status_code == status
        assert error_of(response)
    assert client.get(f"/v2/models/bands/versions/1{what}").status_code == 200


def test_readiness_of_a_model(client: httpx.Client) -> None:
    assert client.get("/v2/models/bands/ready").json() == {"name": "bands", "ready": True}


def test_the_configuration_is_what_drives_the_batcher(client: httpx.Client) -> None:
    config = client.get("/v2/models/bands/config").json()
    assert (config["name"], config["max_batch_size"], config["platform"]) == ("bands", 32, "onnxruntime_onnx")
    assert config["input"] == [{"name": "input", "data_type": "TYPE_FP32", "dims": [1, 28, 28]}]
    assert config["output"][0]["label_filename"] == "labels.txt"
    assert config["dynamic_batching"]["default_queue_policy"]["max_queue_size"] == 512


def test_statistics_count_requests_images_and_batches(make_client: MakeClient) -> None:
    with make_client() as client:
        for bands in ((1,), (2, 3), (4, 5)):
            assert client.post(INFER, json=as_json(*bands)).status_code == 200
        one, same, every = (
            Statistics.model_validate_json(client.get(f"/v2/models/{path}stats").content).model_stats
            for path in ("bands/", "bands/versions/1/", "")
        )
        assert one == same
        assert [entry.name for entry in every] == ["bands", "dark", "halves"]
        (bands,) = one
        assert (bands.inference_count, bands.execution_count, bands.version) == (5, 3, "1")
        assert (bands.inference_stats.success.count, bands.inference_stats.fail.count) == (3, 0)
        assert [(batch.batch_size, batch.compute_infer.count) for batch in bands.batch_stats] == [(1, 1), (2, 2)]
        for duration in (bands.inference_stats.success, bands.inference_stats.compute_infer):
            assert 0 < duration.ns < 60e9
        assert bands.last_inference > 1.7e12
