"""A folder in Triton's own layout, by every front: tensors work, pictures do not, and each front says why."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import numpy as np
import pytest
import tritonclient.grpc as triton
import tritonclient.http as triton_http
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tritonclient.utils import InferenceServerException

from service.api.schemas import Card, Cards
from tests.graphs import sum_graph
from tests.packages import write_package
from tests.ports import free_port
from tests.service.api.conftest import MakeClient, png
from tests.service.api.tensor_models import bare_model
from tests.service.rpc.conftest import Calls

CONFIG = """
output [ { name: "sum" data_type: TYPE_FP32 dims: [ 3 ] label_filename: "rgb.txt" }, { name: "product" } ]
dynamic_batching { priority_levels: 3 max_queue_delay_microseconds: 100 }
"""
A, B = np.array([[1, 2, 3]], np.float32), np.array([[3, 2, 2]], np.float32)


@pytest.fixture(scope="module")
def bare(make_client: MakeClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calls]:
    folder, port = tmp_path_factory.mktemp("models"), free_port()
    write_package(folder)
    sum_graph(bare_model(folder, "sum", CONFIG, max_batch_size=8))
    (folder / "sum" / "rgb.txt").write_text("red\ngreen\nblue\n")
    with make_client(models=folder, grpc_port=port) as http:
        calls = Calls(http, f"127.0.0.1:{port}")
        yield calls
        calls.channel.close()


@pytest.fixture(params=[triton, triton_http], ids=["grpc", "http"])
def tritons(bare: Calls, request: pytest.FixtureRequest) -> Iterator[object]:
    target = bare.target if request.param is triton else bare.http.base_url.netloc.decode()
    with request.param.InferenceServerClient(target) as client:
        client.library = request.param
        yield client


def test_several_tensors_by_name_with_the_labels_of_an_output(tritons: object) -> None:
    library = tritons.library  # type: ignore[attr-defined]
    inputs = [library.InferInput(name, [1, 3], "FP32") for name in ("b", "a")]
    for given, array in zip(inputs, (B, A), strict=True):
        given.set_data_from_numpy(array)
    outputs = [library.InferRequestedOutput("product"), library.InferRequestedOutput("sum", class_count=2)]
    result = tritons.infer("sum", inputs, outputs=outputs)  # type: ignore[attr-defined]
    assert result.as_numpy("product").tolist() == [[3, 4, 6]]
    assert result.as_numpy("sum").tolist() == [[b"5.000000:2:blue", b"4.000000:0:red"]]


def test_a_picture_is_refused_and_told_what_is_missing(tritons: object) -> None:
    library = tritons.library  # type: ignore[attr-defined]
    given = library.InferInput("a", [1], "BYTES")
    given.set_data_from_numpy(np.array([png(3)], object))
    with pytest.raises(InferenceServerException, match="The input b is missing"):
        tritons.infer("sum", [given])  # type: ignore[attr-defined]


def test_it_is_described_as_config_pbtxt_and_the_graph_have_it(bare: Calls) -> None:
    http = bare.http
    metadata = http.get("/v2/models/sum").json()
    assert [tensor["name"] for tensor in metadata["inputs"] + metadata["outputs"]] == ["a", "b", "sum", "product"]
    config = http.get("/v2/models/sum/config").json()
    assert [output.get("label_filename") for output in config["output"]] == ["rgb.txt", None]
    assert config["dynamic_batching"]["max_queue_delay_microseconds"] == 100
    notes = config["parameters"]["featuremap_notes"]["string_value"]
    assert "it takes tensors only" in notes
    assert "dynamic_batching.priority_levels of config.pbtxt is not followed" in notes
    by_rpc = bare.call("ModelConfig", name="sum").config
    assert by_rpc.parameters["featuremap_notes"].string_value == notes
    index = {each["name"]: each["state"] for each in http.post("/v2/repository/index").json()}
    assert index == {"bands": "READY", "sum": "READY"}
    assert http.get("/v2/models/sum/stats").json()["model_stats"][0]["name"] == "sum"
    assert http.get("/v2/models/sum/ready").status_code == 200
    assert http.get("/v1/models/sum").json()["ready"] is True
    told = http.get("/metrics").text
    assert 'featuremap_model_ready{model="sum",version="1"} 1.0' in told
    assert 'featuremap_model_execution_provider{model="sum",provider="cpu",version="1"} 1.0' in told
    health = health_pb2_grpc.HealthStub(bare.channel)
    assert health.Check(health_pb2.HealthCheckRequest(service="sum")).status == health_pb2.HealthCheckResponse.SERVING
    assert "featuremap_notes" not in http.get("/v2/models/bands/config").json()["parameters"]


def test_the_card_says_what_a_package_would_add(bare: Calls) -> None:
    cards = {card.name: card for card in Cards.model_validate_json(bare.http.get("/api/v1/models").content).models}
    card = Card.model_validate_json(bare.http.get("/api/v1/models/sum").content)
    assert card == cards["sum"]
    assert card.notes is not None
    assert "python -m service package" in card.notes[0]
    assert (card.state, card.group, card.labels, card.preprocessing) == ("READY", None, None, None)
    assert card.sha256 is not None
    assert card.execution_provider is not None
    assert "notes" not in bare.http.get("/api/v1/models/bands").json()


def told(response: httpx.Response, status: int, member: str) -> str:
    assert response.status_code == status, response.text
    return str(response.json()[member])


def test_who_asks_about_pictures_is_told_what_it_takes(bare: Calls) -> None:
    http, picture = bare.http, {"file": ("3.png", png(3))}
    native = told(http.post("/api/v1/models/sum/predict", files=picture), 422, "detail")
    assert "sum cannot be asked about pictures: it takes tensors only, by /v2/models/sum" in native
    assert "`python -m service package` writes one" in native
    instances = {"instances": [[[0.0] * 28] * 28]}
    assert told(http.post("/v1/models/sum:predict", json=instances), 400, "error") == native
    for path in ("failures", "confusion", "history", "summary", "diagram.svg", "kernels", "excitations"):
        assert told(http.get(f"/api/v1/models/sum/{path}"), 422, "detail") == native
    assert told(http.post("/api/v1/models/sum/feature-maps", files=picture), 422, "detail") == native
    both = http.post("/api/v1/predict?models=bands,sum", files=picture).json()["results"]
    assert both[0]["predictions"][0]["label"] == "3"
    assert (both[1]["status"], both[1]["title"]) == (422, "Takes tensors only")


@pytest.fixture
def one_input(make_client: MakeClient, tmp_path: Path) -> Iterator[Calls]:
    """A package that lost its model.json: a picture could stand for its only input, if anybody knew how."""
    port = free_port()
    (write_package(tmp_path) / "model.json").unlink()
    with make_client(models=tmp_path, grpc_port=port) as http:
        calls = Calls(http, f"127.0.0.1:{port}")
        yield calls
        calls.channel.close()


def test_a_picture_in_place_of_the_only_input_is_told_the_same(one_input: Calls) -> None:
    document = {"inputs": [{"name": "input", "shape": [1], "datatype": "BYTES", "data": ["aGVsbG8="]}]}
    over_http = told(one_input.http.post("/v2/models/bands/infer", json=document), 400, "error")
    assert "bands cannot be asked about pictures: it takes tensors only" in over_http
    given = {"name": "input", "datatype": "BYTES", "shape": [1], "contents": {"bytes_contents": [png(3)]}}
    with pytest.raises(grpc.RpcError) as caught:
        one_input.call("ModelInfer", model_name="bands", inputs=[given])
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == over_http
    card = one_input.http.get("/api/v1/models/bands").json()
    assert card["state"] == "READY"
