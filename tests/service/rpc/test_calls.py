"""The calls that tell: what HTTP tells, as messages; health and reflection of gRPC; ids, metrics."""

import re
from typing import Any

import grpc
import pytest
import tritonclient.grpc as triton
from google.protobuf import json_format
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from service.rpc.messages import SERVICE, message
from tests.service.rpc.conftest import Calls
from tests.service.rpc.test_inference import asked, tensor


def same(document: Any, answer: str, both: Calls, call: str, /, **fields: Any) -> None:
    assert both.call(call, **fields) == json_format.ParseDict(document, message(answer)())


def test_live_and_ready(both: Calls) -> None:
    assert both.call("ServerLive").live
    assert both.call("ServerReady").ready


@pytest.mark.parametrize(
    ("name", "version", "ready"),
    [("bands", "", True), ("bands", "1", True), ("bands", "2", False), ("broken", "", False), ("nope", "", False)],
)
def test_model_ready_is_an_answer_and_no_error(both: Calls, name: str, version: str, ready: bool) -> None:
    assert both.call("ModelReady", name=name, version=version).ready is ready
    path = f"/v2/models/{name}" + (f"/versions/{version}" if version else "") + "/ready"
    assert both.http.get(path).is_success is ready


def test_server_metadata_is_https(both: Calls) -> None:
    same(both.http.get("/v2").json(), "ServerMetadataResponse", both, "ServerMetadata")


@pytest.mark.parametrize("name", ["bands", "sum", "flat_sum", "echo_bytes"])
@pytest.mark.parametrize("version", ["", "1"])
def test_what_a_model_is_is_https(both: Calls, name: str, version: str) -> None:
    path = f"/v2/models/{name}" + (f"/versions/{version}" if version else "")
    which: dict[str, object] = {"name": name, "version": version}
    same(both.http.get(path).json(), "ModelMetadataResponse", both, "ModelMetadata", **which)
    config = {"config": both.http.get(f"{path}/config").json()}
    same(config, "ModelConfigResponse", both, "ModelConfig", **which)


@pytest.mark.parametrize(("name", "version"), [("", ""), ("bands", ""), ("bands", "1")])
def test_statistics_are_https(both: Calls, name: str, version: str) -> None:
    both.call("ModelInfer", asked(tensor(1, 2)))
    path = "/v2/models" + (f"/{name}" if name else "") + (f"/versions/{version}" if version else "") + "/stats"
    document = both.http.get(path).json()
    same(document, "ModelStatisticsResponse", both, "ModelStatistics", name=name, version=version)
    assert document["model_stats"][0]["inference_count"] >= 2


@pytest.mark.parametrize("ready", [False, True])
def test_the_index_is_https(both: Calls, ready: bool) -> None:
    document = {"models": both.http.post("/v2/repository/index", json={"ready": ready}).json()}
    same(document, "RepositoryIndexResponse", both, "RepositoryIndex", ready=ready)
    assert any(model["name"] == "broken" for model in document["models"]) is not ready


@pytest.mark.parametrize(("call", "verb"), [("RepositoryModelLoad", "load"), ("RepositoryModelUnload", "unload")])
def test_loading_by_request_is_refused_as_by_http(both: Calls, call: str, verb: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        both.call(call, model_name="bands")
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    response = both.http.post(f"/v2/repository/models/bands/{verb}")
    assert caught.value.details() == response.json()["error"]


@pytest.mark.parametrize("call", ["ModelMetadata", "ModelConfig", "ModelStatistics"])
@pytest.mark.parametrize(("name", "code"), [("nope", "NOT_FOUND"), ("broken", "UNAVAILABLE")])
def test_a_model_that_cannot_answer(both: Calls, call: str, name: str, code: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        both.call(call, name=name)
    assert caught.value.code().name == code


@pytest.mark.parametrize("call", ["get_system_shared_memory_status", "get_trace_settings", "get_log_settings"])
def test_what_is_not_served_is_said(tritons: triton.InferenceServerClient, call: str) -> None:
    with pytest.raises(triton.InferenceServerException) as caught:
        getattr(tritons, call)()
    assert caught.value.status() == "StatusCode.UNIMPLEMENTED"


def test_the_callers_id_comes_back_and_else_one_of_ours(both: Calls) -> None:
    both.call("ModelInfer", asked(tensor(1)), metadata=(("x-request-id", "mine-1"),))
    assert both.told["x-request-id"] == "mine-1"
    both.call("ServerLive", metadata=(("x-request-id", "not plain!"),))
    assert re.fullmatch("[0-9a-f]{16}", both.told["x-request-id"])


def test_an_error_has_the_id_and_when_to_come_again(both: Calls) -> None:
    request = asked(tensor(1))
    request.model_name = "broken"
    with pytest.raises(grpc.RpcError) as caught:
        both.call("ModelInfer", request, metadata=(("x-request-id", "mine-2"),))
    assert dict(caught.value.trailing_metadata()) == {"x-request-id": "mine-2", "retry-after": "1"}


def test_calls_and_stages_are_in_the_metrics(both: Calls) -> None:
    both.call("ModelInfer", asked(tensor(1)))
    with pytest.raises(grpc.RpcError):
        both.call("ModelMetadata", name="nope")
    told = both.http.get("/metrics").text
    for line in (
        f'featuremap_requests_total{{method="POST",route="/{SERVICE}/ModelInfer",status="200"}}',
        f'featuremap_requests_total{{method="POST",route="/{SERVICE}/ModelMetadata",status="404"}}',
        'featuremap_stage_seconds_count{model="bands",stage="decode"}',
        'featuremap_stage_seconds_count{model="bands",stage="encode"}',
    ):
        assert line in told


def test_health_of_server_protocol_and_models(both: Calls) -> None:
    stub = health_pb2_grpc.HealthStub(both.channel)
    status = health_pb2.HealthCheckResponse
    for name, expected in (
        ("", status.SERVING),
        (SERVICE, status.SERVING),
        ("bands", status.SERVING),
        ("broken", status.NOT_SERVING),
    ):
        assert stub.Check(health_pb2.HealthCheckRequest(service=name)).status == expected
    with pytest.raises(grpc.RpcError) as caught:
        stub.Check(health_pb2.HealthCheckRequest(service="nope"))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    watched = stub.Watch(health_pb2.HealthCheckRequest(service=""))
    assert next(watched).status == status.SERVING
    watched.cancel()
    assert next(stub.Watch(health_pb2.HealthCheckRequest(service="nope"))).status == status.SERVICE_UNKNOWN


def test_reflection_tells_the_services_and_their_messages(both: Calls) -> None:
    database = ProtoReflectionDescriptorDatabase(both.channel)
    assert set(database.get_services()) == {
        SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"
    }  # fmt: skip
    for name in (SERVICE, "inference.ModelInferRequest", "grpc.health.v1.HealthCheckRequest"):
        assert database.FindFileContainingSymbol(name).name
