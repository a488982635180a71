"""ModelInfer beside HTTP's infer on the same server: the same bits, the same sentences, the same limits."""

import threading
from typing import Any

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
import tritonclient.http as triton_http

from service.inference.runtime.tensors import DATATYPES
from service.rpc.messages import message
from tests.packages import band_picture
from tests.ports import free_port
from tests.service.api.conftest import MakeClient, png
from tests.service.api.tensor_requests import array_of
from tests.service.rpc.conftest import Calls
from tests.service.rpc.test_requests import FORMS, infer_request

REQUEST = message("ModelInferRequest")


def tensor(*bands: int) -> np.ndarray:
    return np.stack([band_picture(band) for band in bands])[:, None].astype(np.float32) / 255


def asked(array: np.ndarray, datatype: str = "FP32", name: str = "bands", **fields: Any) -> Any:
    request = infer_request(array, datatype, raw=True, model_name=name, **fields)
    request.inputs[0].name = "sent" if name.startswith("echo") else "input"
    return request


def over_http(both: Calls, model: str, name: str, array: np.ndarray, datatype: str) -> triton_http.InferResult:
    given = triton_http.InferInput(name, list(array.shape), datatype)
    given.set_data_from_numpy(array, binary_data=True)
    with triton_http.InferenceServerClient(both.http.base_url.netloc.decode()) as client:
        return client.infer(model, [given])


def failed(both: Calls, request: Any, **how: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        both.call("ModelInfer", request, **how)
    return caught.value.code(), caught.value.details()


@pytest.mark.parametrize(("datatype", "raw"), FORMS)
def test_every_datatype_comes_back_as_over_http(both: Calls, datatype: str, raw: bool) -> None:
    model = f"echo_{datatype.lower()}"
    array = array_of(datatype, (3, 4), seed=5)
    request = infer_request(array, datatype, raw, model_name=model, id="mine")
    request.inputs[0].name = "sent"
    response = both.call("ModelInfer", request)
    (output,) = response.outputs
    assert (response.model_name, response.model_version, response.id) == (model, "1", "mine")
    assert (output.name, output.datatype, list(output.shape)) == ("back", datatype, [3, 4])
    theirs = over_http(both, model, "sent", array, datatype).as_numpy("back")
    found = triton.InferResult(_as_tritons(response)).as_numpy("back")
    assert found.dtype == theirs.dtype
    assert found.tolist() == theirs.tolist()


def _as_tritons(response: Any) -> Any:
    return triton.service_pb2.ModelInferResponse.FromString(response.SerializeToString())


@pytest.mark.parametrize("bands", [(3,), (0, 1, 2), (*range(10),) * 3])
def test_rows_are_those_of_http_bit_by_bit(both: Calls, bands: tuple[int, ...]) -> None:
    response = both.call("ModelInfer", asked(tensor(*bands)))
    theirs = over_http(both, "bands", "input", tensor(*bands), "FP32").as_numpy("probabilities")
    assert response.raw_output_contents[0] == theirs.tobytes()
    assert theirs.argmax(1).tolist() == list(bands)


def test_several_inputs_in_any_order_and_outputs_by_name(both: Calls) -> None:
    a, b = np.array([[1, 2, 3]], np.float32), np.array([[10, 20, 30]], np.float32)
    request = REQUEST(model_name="sum", model_version="1", raw_input_contents=[b.tobytes(), a.tobytes()])
    for name in ("b", "a"):
        request.inputs.add(name=name, datatype="FP32", shape=[1, 3])
    request.outputs.add(name="product")
    response = both.call("ModelInfer", request)
    assert [output.name for output in response.outputs] == ["product"]
    assert np.frombuffer(response.raw_output_contents[0], np.float32).tolist() == [10, 40, 90]
    del request.outputs[:]
    assert [output.name for output in both.call("ModelInfer", request).outputs] == ["sum", "product"]


def test_picture_files_in_place_of_the_input(both: Calls) -> None:
    files = np.array([png(4), png(8)], object)
    request = REQUEST(model_name="bands")
    request.inputs.add(name="input", datatype="BYTES", shape=[2], contents={"bytes_contents": list(files)})
    rows = np.frombuffer(both.call("ModelInfer", request).raw_output_contents[0], np.float32).reshape(2, 10)
    assert rows.argmax(1).tolist() == [4, 8]
    assert rows.tobytes() == over_http(both, "bands", "input", files, "BYTES").as_numpy("probabilities").tobytes()


def test_classification(tritons: triton.InferenceServerClient) -> None:
    given = triton.InferInput("input", [2, 1, 28, 28], "FP32")
    given.set_data_from_numpy(tensor(3, 7))
    output = triton.InferRequestedOutput("probabilities", class_count=2)
    told = tritons.infer("bands", [given], outputs=[output], request_id="x").as_numpy("probabilities")
    assert told.shape == (2, 2)
    assert [row[0].decode().split(":")[1:] for row in told] == [["3", "3"], ["7", "7"]]


def bad_requests() -> list[tuple[Any, dict[str, Any], int]]:
    """A message, the same as JSON, and HTTP's status."""
    pixel = {"name": "input", "datatype": "FP32", "shape": [1, 1], "data": [0.0]}
    unknown, other = asked(tensor(1)), asked(np.zeros((1, 1), np.float32))
    unknown.model_name = "nope"
    version = asked(tensor(1), model_version="7")
    word = asked(tensor(1), model_version="x")
    broken = asked(tensor(1))
    broken.model_name = "broken"
    output = asked(np.zeros((1, 1), np.float32))
    output.outputs.add(name="nope")
    many = asked(np.zeros((257, 1, 28, 28), np.float32))
    zeros = {"name": "input", "datatype": "FP32", "shape": [257, 1, 28, 28], "data": [0] * 257 * 784}
    return [
        (unknown, {"path": "nope", "inputs": [pixel]}, 404),
        (version, {"path": "bands/versions/7", "inputs": [pixel]}, 404),
        (word, {"path": "bands/versions/x", "inputs": [pixel]}, 404),
        (broken, {"path": "broken", "inputs": [pixel]}, 503),
        (other, {"path": "bands", "inputs": [pixel]}, 400),
        (output, {"path": "bands", "inputs": [pixel], "outputs": [{"name": "nope"}]}, 400),
        (REQUEST(model_name="bands"), {"path": "bands", "inputs": []}, 400),
        (many, {"path": "bands", "inputs": [zeros]}, 413),
    ]


CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    404: grpc.StatusCode.NOT_FOUND,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
}


@pytest.mark.parametrize(("request_", "body", "status"), bad_requests())
def test_errors_are_https_sentences(both: Calls, request_: Any, body: dict[str, Any], status: int) -> None:
    body = dict(body)
    response = both.http.post(f"/v2/models/{body.pop('path')}/infer", json=body)
    code, sentence = failed(both, request_)
    assert (response.status_code, code) == (status, CODES[status])
    assert response.json()["error"] == sentence


def outcome(both: Calls, request: Any, **how: Any) -> tuple[grpc.StatusCode, str]:
    """Its code, and what is said where it fails."""
    try:
        both.call("ModelInfer", request, **how)
    except grpc.RpcError as error:
        return error.code(), error.details()
    return grpc.StatusCode.OK, ""


def test_a_time_that_ran_out_is_said(both: Calls) -> None:
    request = asked(tensor(1))
    request.parameters["timeout"].int64_param = 1
    told = [outcome(both, request) for _ in range(50)]  # the event loop's clock may stand still for a millisecond
    assert {code for code, _ in told} <= {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.OK}
    assert any(sentence for _, sentence in told)
    told = [outcome(both, asked(tensor(1)), timeout=1e-6) for _ in range(50)]  # gRPC looks at its clock now and then
    assert {code for code, _ in told} <= {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.OK}
    assert any(sentence for _, sentence in told)


def test_the_largest_body_bounds_a_message_and_what_comes_out_of_a_compressed_one(make_client: MakeClient) -> None:
    port = free_port()
    with make_client(grpc_port=port, max_body_bytes=20_000, max_body_bytes_in_flight=20_000) as http:
        both = Calls(http, f"127.0.0.1:{port}")
        assert both.call("ModelInfer", asked(tensor(*range(6)))).outputs
        large = asked(np.zeros((30, 1, 28, 28), np.float32))
        assert failed(both, large)[0] == grpc.StatusCode.RESOURCE_EXHAUSTED
        with triton.InferenceServerClient(both.target) as client:
            given = triton.InferInput("input", [30, 1, 28, 28], "FP32")
            given.set_data_from_numpy(np.zeros((30, 1, 28, 28), np.float32))
            with pytest.raises(triton.InferenceServerException, match="larger than max"):
                client.infer("bands", [given], compression_algorithm="gzip")
            small = triton.InferInput("input", [2, 1, 28, 28], "FP32")
            small.set_data_from_numpy(tensor(1, 2))
            rows = client.infer("bands", [small], compression_algorithm="gzip").as_numpy("probabilities")
            assert rows.argmax(1).tolist() == [1, 2]
        both.channel.close()


def test_bodies_held_are_counted_with_those_of_http_and_let_go(make_client: MakeClient) -> None:
    budgets: list[Any] = []
    port = free_port()
    with make_client(lambda app: budgets.append(app.state.services.budget), grpc_port=port) as http:
        (budget,) = budgets
        both = Calls(http, f"127.0.0.1:{port}")
        both.call("ModelInfer", asked(tensor(1)))
        failed(both, asked(np.zeros((1, 1), np.float32)))
        assert budget.held == 0
        budget.held = budget.max_bytes_in_flight
        assert failed(both, asked(tensor(1)))[0] == grpc.StatusCode.UNAVAILABLE
        assert budget.held == budget.max_bytes_in_flight
        both.channel.close()


def test_many_callers_at_a_time_each_get_their_rows(both: Calls) -> None:
    wrong: list[object] = []

    def ask(seed: int) -> None:
        generator = np.random.default_rng(seed)
        for _ in range(20):
            bands = generator.integers(0, 10, generator.integers(1, 9)).tolist()
            rows = np.frombuffer(both.call("ModelInfer", asked(tensor(*bands))).raw_output_contents[0], np.float32)
            if rows.reshape(-1, 10).argmax(1).tolist() != bands:
                wrong.append(bands)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_all_datatypes_were_asked() -> None:
    assert {datatype for datatype, _ in FORMS} == set(DATATYPES)
