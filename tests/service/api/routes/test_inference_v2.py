"""V2 infer over HTTP: every form of a request, limits, deadlines and compression."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from hypothesis import HealthCheck, settings
from hypothesis import given as given_
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from tritonclient.utils import InferenceServerException

from service.inference.package.config_pbtxt import ModelConfig
from service.inference.runtime.tensors import DATATYPES
from tests.packages import band_picture, write_package
from tests.service.api.conftest import MakeClient, png
from tests.service.api.tensor_models import tensor_models
from tests.service.api.tensor_requests import array_of, one, with_bytes

INFER = "/v2/models/bands/infer"
HEADER = "Inference-Header-Content-Length"


@pytest.fixture(scope="module")
def served(make_client: MakeClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with make_client(prepare=tensor_models(tmp_path_factory.mktemp("graphs"))) as client:
        yield client


@pytest.fixture(scope="module")
def tritons(served: httpx.Client) -> Iterator[triton.InferenceServerClient]:
    with triton.InferenceServerClient(served.base_url.netloc.decode()) as client:
        yield client


def tensor(*bands: int) -> np.ndarray:
    return np.stack([band_picture(band) for band in bands])[:, None].astype(np.float32) / 255


def as_json(*bands: int, **more: Any) -> dict[str, Any]:
    pixels = tensor(*bands)
    data = pixels.ravel().tolist()
    return {"inputs": [{"name": "input", "datatype": "FP32", "shape": list(pixels.shape), "data": data}], **more}


def given(name: str, array: np.ndarray, datatype: str, binary: bool = True) -> triton.InferInput:
    given = triton.InferInput(name, list(array.shape), datatype)
    given.set_data_from_numpy(array, binary_data=binary)
    return given


def error_of(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/json"
    document = response.json()
    assert list(document) == ["error"]
    return str(document["error"])


@pytest.mark.parametrize("path", [INFER, "/v2/models/bands/versions/1/infer"])
def test_json_in_json_out(served: httpx.Client, path: str) -> None:
    response = served.post(path, json=as_json(3, 5, id="mine", model_name="bands"))
    assert response.headers["content-type"] == "application/json"
    assert HEADER not in response.headers
    answer = response.json()
    (output,) = answer.pop("outputs")
    assert answer == {"id": "mine", "model_name": "bands", "model_version": "1"}
    assert (output["name"], output["datatype"], output["shape"]) == ("probabilities", "FP32", [2, 10])
    assert np.reshape(output["data"], (2, 10)).argmax(axis=1).tolist() == [3, 5]


def test_no_content_type_and_any_content_type_are_read_alike(served: httpx.Client) -> None:
    body = json.dumps(as_json(3)).encode()
    answers = {
        served.post(INFER, content=body, headers=headers).content
        for headers in ({}, {"content-type": "text/plain"}, {"content-type": "application/json; charset=utf-8"})
    }
    assert len(answers) == 1


@pytest.mark.parametrize("datatype", DATATYPES)
@pytest.mark.parametrize("binary", [False, True])
def test_every_datatype_there_and_back(tritons: triton.InferenceServerClient, datatype: str, binary: bool) -> None:
    binary = binary or datatype == "FP16"
    sent = array_of(datatype, (3, 4), seed=5)
    output = triton.InferRequestedOutput("back", binary_data=binary)
    result = tritons.infer(f"echo_{datatype.lower()}", [given("sent", sent, datatype, binary)], outputs=[output])
    back = result.as_numpy("back")
    if datatype == "BYTES":
        back = np.vectorize(lambda e: e if isinstance(e, str) else e.decode(), otypes=[object])(back)
    np.testing.assert_array_equal(back, sent)


@pytest.mark.parametrize("mix", [(False, True), (True, False), (True, True), (False, False)])
def test_several_inputs_and_outputs_in_every_mix(tritons: triton.InferenceServerClient, mix: tuple[bool, bool]) -> None:
    a, b = np.random.default_rng(2).random((2, 20, 3), np.float32)
    inputs = [given("b", b, "FP32", mix[0]), given("a", a, "FP32", mix[1])]
    outputs = [triton.InferRequestedOutput(n, binary_data=m) for n, m in zip(("product", "sum"), mix, strict=True)]
    result = tritons.infer("sum", inputs, outputs=outputs)
    np.testing.assert_array_equal(result.as_numpy("sum"), a + b)
    np.testing.assert_array_equal(result.as_numpy("product"), a * b)


def test_a_model_without_batches_takes_its_whole_shape(tritons: triton.InferenceServerClient) -> None:
    a, b = np.random.default_rng(2).random((2, 2, 7), np.float32)
    result = tritons.infer("flat_sum", [given("a", a, "FP32"), given("b", b, "FP32")])
    np.testing.assert_array_equal(result.as_numpy("sum"), a + b)
    assert tritons.get_model_metadata("flat_sum")["inputs"][0]["shape"] == [2, -1]
    config = tritons.get_model_config("flat_sum")
    assert config["input"][0]["dims"] == [2, -1]
    assert "dynamic_batching" not in config


def test_shapes_that_the_graph_cannot_join_are_the_callers_fault(tritons: triton.InferenceServerClient) -> None:
    a, b = np.zeros((1, 2), np.float32), np.zeros((1, 3), np.float32)
    with pytest.raises(InferenceServerException, match=r"\[400\] free_sum cannot compute with these inputs"):
        tritons.infer("free_sum", [given("a", a, "FP32"), given("b", b, "FP32")])


def test_text_that_is_no_utf8_is_refused(tritons: triton.InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException, match=r"\[400\] The input sent must be UTF-8 text"):
        tritons.infer("echo_bytes", [given("sent", np.array([[b"\xff"]], object), "BYTES")])


def test_a_raw_request_is_the_tensor_alone(served: httpx.Client) -> None:
    response = served.post(INFER, content=tensor(7).tobytes(), headers={HEADER: "0"})
    length = int(response.headers[HEADER])
    assert response.headers["content-type"] == "application/octet-stream"
    described = json.loads(response.content[:length])
    assert described["outputs"][0]["parameters"] == {"binary_data_size": 40}
    assert np.frombuffer(response.content[length:], np.float32).argmax() == 7


def test_a_picture_is_prepared_as_predict_prepares_it(served: httpx.Client) -> None:
    wanted = {"name": "probabilities", "parameters": {"classification": 1}}
    text = {"name": "input", "shape": [1, 1], "datatype": "BYTES", "data": [base64.b64encode(png(4)).decode()]}
    as_text = served.post(INFER, json={"inputs": [text], "outputs": [wanted]}).json()["outputs"][0]
    assert (as_text["datatype"], as_text["shape"]) == ("BYTES", [1, 1])
    told = served.post("/api/v1/models/bands/predict", content=png(4)).json()["predictions"][0]
    assert as_text["data"] == [f"{told['confidence']:f}:4:4"]
    body, header = with_bytes(("BYTES", [1], len(png(4)).to_bytes(4, "little") + png(4)))
    raw = served.post(INFER, content=body.replace(b'"t0"', b'"input"'), headers={HEADER: str(int(header) + 3)}).json()
    assert np.argmax(raw["outputs"][0]["data"]) == 4


def test_a_batch_is_split_and_put_together_up_to_the_documented_limit(served: httpx.Client) -> None:
    bands = [k % 10 for k in range(256)]
    body, header = with_bytes(("FP32", [256, 1, 28, 28], tensor(*bands).tobytes()))
    body = body.replace(b'"t0"', b'"input"')
    output = served.post(INFER, content=body, headers={HEADER: str(int(header) + 3)}).json()["outputs"][0]
    assert np.reshape(output["data"], (256, 10)).argmax(axis=1).tolist() == bands
    response = served.post(INFER, json=as_json(*bands, 1))
    assert response.status_code == 413
    assert "at most 256" in error_of(response)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"nonsense", "cannot be read as JSON"),
        (one(), "1 of the given inputs are none of the model's"),
        (as_json(3, outputs=[{"name": "nobody"}]), "One of the outputs is none of the model's"),
        (as_json(3, parameters={"triton_x": 1}), "reserved"),
        ({"inputs": [{**as_json(3)["inputs"][0], "shape": [28, 28]}]}, "must have the shape [-1, 1, 28, 28]"),
        ({"inputs": [{**as_json(3)["inputs"][0], "shape": [28, 29]}]}, "holds 784 elements"),
        ({"inputs": [{**as_json(3)["inputs"][0], "datatype": "FP64"}]}, "must be FP32, not FP64"),
        ({"inputs": [{"name": "input", "shape": [1], "datatype": "BYTES", "data": ["YWJj"]}]}, "picture formats"),
        ({"inputs": [{"name": "input", "shape": [1], "datatype": "BYTES", "data": ["!"]}]}, "base64"),
    ],
)
def test_every_invalid_request_is_400(served: httpx.Client, body: Any, told: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = served.post(INFER, content=content)
    assert response.status_code == 400
    assert told in error_of(response)


def test_unknown_models_and_models_that_are_not_ready(served: httpx.Client) -> None:
    for path, status in (("nope", 404), ("bands/versions/7", 404), ("bands/versions/x", 404), ("broken", 503)):
        response = served.post(f"/v2/models/{path}/infer", json=as_json(3))
        assert response.status_code == status
        assert error_of(response)
        assert ("retry-after" in response.headers) == (status == 503)


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", INFER, 405, "Method Not Allowed"),
        ("POST", "/v2", 405, "Method Not Allowed"),
        ("GET", "/v2/nope", 404, "Not Found"),
        ("GET", f"{INFER}/", 405, "Method Not Allowed"),
        ("GET", "/v2/logging", 404, "Not Found"),
        ("GET", "/v1/nope", 404, "Not Found"),
    ],
)
def test_addresses_that_are_not_there(served: httpx.Client, method: str, path: str, status: int, told: str) -> None:
    response = served.request(method, path)
    assert (response.status_code, error_of(response)) == (status, told)


def test_a_timeout_is_in_microseconds_and_ends_in_504(served: httpx.Client) -> None:
    assert served.post(INFER, json=as_json(3, parameters={"timeout": 5_000_000, "priority": 2})).status_code == 200
    response = served.post(INFER, json=as_json(3, parameters={"timeout": 1}))
    assert response.status_code == 504
    assert error_of(response)


def test_a_queue_that_takes_no_more_is_503_with_the_time_to_wait(make_client: MakeClient) -> None:
    def close(app: Any) -> None:
        app.state.services.repository.get("bands").batcher._closing = True

    with make_client(prepare=close) as client:
        response = client.post(INFER, json=as_json(3))
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert error_of(response) == "The service is shutting down."


def test_queries_are_of_no_concern(served: httpx.Client) -> None:
    assert served.post(f"{INFER}?a=1&a=2", json=as_json(3)).status_code == 200


def test_stages_and_routes_are_counted(served: httpx.Client) -> None:
    assert served.post(INFER, json=as_json(3)).status_code == 200
    families = text_string_to_metric_families(served.get("/metrics").text)
    counts = {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}
    for stage in ("decode", "queue", "inference", "encode"):
        assert counts["featuremap_stage_seconds_count", "bands", stage] > 0
    assert counts["featuremap_requests_total", "POST", "/v2/models/{model}/infer", "200"] > 0


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given_(
    model=st.sampled_from(["bands", "sum", "flat_sum", "free_sum", "echo_int8", "echo_bytes", "echo_fp16"]),
    names=st.lists(st.sampled_from(["input", "sent", "a", "b"]), min_size=1, max_size=3),
    shape=st.lists(st.integers(0, 3), max_size=4),
    datatype=st.sampled_from([*DATATYPES]),
    value=_VALUES,
    binary=st.none() | st.binary(max_size=40),
    header=st.none() | st.integers(0, 300),
)
def test_no_body_makes_the_server_fail(
    served: httpx.Client,
    model: str,
    names: list[str],
    shape: list[int],
    datatype: str,
    value: Any,
    binary: bytes | None,
    header: int | None,
) -> None:
    """Beside what can be read: tensors that can, but are no model's."""
    count = int(np.prod(shape))
    fitting = ["a" if datatype == "BYTES" else datatype == "BOOL"] * count
    inputs: list[dict[str, Any]] = [
        {"name": name, "shape": shape, "datatype": datatype, "data": fitting} for name in names
    ]
    bodies = [{"inputs": inputs}, {"inputs": [{**inputs[0], "data": value}]}, {"inputs": value}, {"instances": value}]
    for body in bodies:
        content = json.dumps(body).encode() + (binary or b"")
        headers = {} if header is None else {HEADER: str(header)}
        for path in (f"/v2/models/{model}/infer", f"/v1/models/{model}:predict"):
            response = served.post(path, content=content, headers=headers)
            assert response.status_code < 500, (path, body)
            if response.status_code != 200:
                assert error_of(response)


def test_a_package_may_say_that_it_takes_no_batches(make_client: MakeClient, tmp_path: Path) -> None:
    write_package(tmp_path, config=ModelConfig(max_batch_size=0))
    with make_client(models=tmp_path) as client:
        answer = client.post(INFER, json=as_json(3, 5)).json()["outputs"][0]
        assert np.reshape(answer["data"], (2, 10)).argmax(axis=1).tolist() == [3, 5]
        config = client.get("/v2/models/bands/config").json()
        assert (config["max_batch_size"], config["input"][0]["dims"]) == (0, [-1, 1, 28, 28])
        told = client.post("/api/v1/models/bands/predict", content=png(4)).json()
        assert told["predictions"][0]["label"] == "4"
