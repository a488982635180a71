"""An app that serves HTTP and gRPC from the same models, and clients of both."""

from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import pytest
import tritonclient.grpc as triton

from service.rpc.messages import METHODS, SERVICE, message_class
from tests.ports import free_port
from tests.service.api.conftest import MakeClient, make_client, models
from tests.service.api.tensor_models import tensor_models

Metadata = tuple[tuple[str, str], ...]
__all__ = ["make_client", "models"]


class Calls:
    """Both fronts of one server. `call` sends a message by its fields; `told` is the last trailing metadata."""

    def __init__(self, http: httpx.Client, target: str) -> None:
        self.http = http
        self.target = target
        self.channel = grpc.insecure_channel(target)
        self.told: dict[str, str] = {}

    def call(
        self, call: str, request: Any = None, /, *, timeout: float = 30, metadata: Metadata = (), **fields: object
    ) -> Any:
        method = next(method for method in METHODS if method.name == call)
        takes, gives = message_class(method.input_type), message_class(method.output_type)
        send = self.channel.unary_unary(f"/{SERVICE}/{call}", takes.SerializeToString, gives.FromString)
        request = takes(**fields) if request is None else request
        answer, told = send.with_call(request, timeout=timeout, metadata=metadata)
        self.told = dict(told.trailing_metadata())
        return answer


@pytest.fixture(scope="session")
def both(make_client: MakeClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calls]:
    port = free_port()
    with make_client(prepare=tensor_models(tmp_path_factory.mktemp("graphs")), grpc_port=port) as http:
        calls = Calls(http, f"127.0.0.1:{port}")
        yield calls
        calls.channel.close()


@pytest.fixture(scope="session")
def tritons(both: Calls) -> Iterator[triton.InferenceServerClient]:
    with triton.InferenceServerClient(both.target) as client:
        yield client
