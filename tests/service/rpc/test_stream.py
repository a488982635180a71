"""ModelStreamInfer: order, errors of one request alone, Triton's client, and the end of the server."""

import queue
from typing import Any

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton

from service.rpc.messages import SERVICE, message
from service.rpc.stream import IN_FLIGHT
from tests.ports import free_port
from tests.service.api.conftest import MakeClient
from tests.service.rpc.conftest import Calls
from tests.service.rpc.test_inference import asked, tensor

RESPONSE, REQUEST = message("ModelStreamInferResponse"), message("ModelInferRequest")


def stream(both: Calls, requests: Any) -> Any:
    send = both.channel.stream_stream(f"/{SERVICE}/ModelStreamInfer", REQUEST.SerializeToString, RESPONSE.FromString)
    return send(requests, timeout=60)


def band(response: Any) -> int:
    return int(np.frombuffer(response.infer_response.raw_output_contents[0], np.float32).argmax())


def test_answers_come_in_the_requests_order(both: Calls) -> None:
    bands = [i % 10 for i in range(3 * IN_FLIGHT)]
    requests = (asked(tensor(band), id=str(i)) for i, band in enumerate(bands))
    answers = list(stream(both, requests))
    assert [answer.infer_response.id for answer in answers] == list(map(str, range(len(bands))))
    assert list(map(band, answers)) == bands


def test_a_bad_request_costs_itself_alone(both: Calls) -> None:
    bad = asked(np.zeros((1, 1), np.float32), id="bad")
    first, second, third = stream(both, iter([asked(tensor(2)), bad, asked(tensor(5))]))
    assert (band(first), band(third)) == (2, 5)
    assert "must have the shape" in second.error_message
    assert (second.infer_response.id, second.infer_response.model_name) == ("bad", "bands")


def test_an_empty_stream_ends_at_once(both: Calls) -> None:
    assert list(stream(both, iter(()))) == []


def test_a_message_that_is_none_ends_the_stream(both: Calls) -> None:
    send = both.channel.stream_stream(f"/{SERVICE}/ModelStreamInfer", None, RESPONSE.FromString)
    with pytest.raises(grpc.RpcError) as caught:
        list(send(iter([b"\xff\xff\xff"]), timeout=20))
    assert caught.value.code() == grpc.StatusCode.INTERNAL


def test_tritons_stream(tritons: triton.InferenceServerClient) -> None:
    found: queue.Queue[tuple[Any, Any]] = queue.Queue()
    tritons.start_stream(callback=lambda result, error: found.put((result, error)))
    given = triton.InferInput("input", [1, 1, 28, 28], "FP32")
    given.set_data_from_numpy(tensor(6))
    tritons.async_stream_infer("bands", [given], request_id="1")
    tritons.async_stream_infer("nope", [given], request_id="2")
    tritons.async_stream_infer("bands", [given], request_id="3", enable_empty_final_response=True)
    (first, _), (_, second), (third, _) = (found.get(timeout=30) for _ in range(3))
    tritons.stop_stream()
    assert first.as_numpy("probabilities").argmax() == 6
    assert "no such model" in str(second)
    assert third.get_response().parameters["triton_final_response"].bool_param is True


def test_a_stream_that_waits_does_not_hold_the_servers_end(make_client: MakeClient) -> None:
    port = free_port()
    waiting: queue.Queue[Any] = queue.Queue()
    with make_client(grpc_port=port, shutdown_grace_s=600) as http:
        both = Calls(http, f"127.0.0.1:{port}")
        answers = stream(both, iter(waiting.get, None))
        waiting.put(asked(tensor(3)))
        assert band(next(answers)) == 3
    assert list(answers) == []  # ended, and by no error
    waiting.put(None)
    both.channel.close()
