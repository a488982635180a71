"""The same pictures by every front of a server, and what came back as plain rows.

pictures -> v1, v2_json, v2_binary, v2_images, grpc, native -> Told: version, rows or top classes | why not
"""

import json
import struct
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import tritonclient.grpc as triton
from numpy.typing import NDArray
from tritonclient.utils import InferenceServerException

Rows = NDArray[np.float32]
Tops = list[list[tuple[int, float]]]


@dataclass(frozen=True)
class Told:
    """`version` is None where the front does not say it (V1). `fault` is empty where there is an answer."""

    version: str | None = None
    rows: Rows | None = None
    tops: Tops | None = None
    fault: str = ""


class Fronts:
    """One caller's connections to a server. `grpc` is the address of the other port."""

    def __init__(self, address: str, grpc: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=120)
        options = [("grpc.use_local_subchannel_pool", 1)]  # a connection of its own, to whichever worker
        self.rpc = triton.InferenceServerClient(grpc, channel_args=options)

    def close(self) -> None:
        self.http.close()
        self.rpc.close()

    def v1(self, name: str, tensors: Rows) -> Told:
        return _read(self.http.post(f"/v1/models/{name}:predict", json={"instances": tensors[:, 0].tolist()}))

    def v2_json(self, name: str, tensors: Rows) -> Told:
        given = {"name": "input", "datatype": "FP32", "shape": tensors.shape, "data": tensors.ravel().tolist()}
        return _read(self.http.post(f"/v2/models/{name}/infer", json={"inputs": [given]}))

    def v2_binary(self, name: str, tensors: Rows) -> Told:
        return self._binary(name, "FP32", tensors.shape, tensors.tobytes())

    def v2_images(self, name: str, files: list[bytes]) -> Told:
        content = b"".join(struct.pack("<I", len(file)) + file for file in files)
        return self._binary(name, "BYTES", (len(files),), content)

    def grpc(self, name: str, tensors: Rows) -> Told:
        given = triton.InferInput("input", list(tensors.shape), "FP32")
        given.set_data_from_numpy(tensors)
        try:
            result = self.rpc.infer(name, [given], client_timeout=120)
        except InferenceServerException as error:
            return Told(fault=f"{error.status()} {error.message()}")
        return Told(result.get_response().model_version, result.as_numpy("probabilities"))

    def native(self, name: str, files: list[bytes]) -> Told:
        sent = [("file", (f"{i}.png", file, "image/png")) for i, file in enumerate(files)]
        response = self.http.post(f"/api/v1/models/{name}/predict", files=sent)
        if response.status_code != 200:
            return _fault(response)
        document = response.json()
        tops = [[(top["index"], top["probability"]) for top in each["top"]] for each in document["predictions"]]
        return Told(document["version"], tops=tops)

    def _binary(self, name: str, datatype: str, shape: tuple[int, ...], content: bytes) -> Told:
        parameters = {"binary_data_size": len(content)}
        given = {"name": "input", "datatype": datatype, "shape": shape, "parameters": parameters}
        head = json.dumps({"inputs": [given], "parameters": {"binary_data_output": True}}).encode()
        headers = {"Inference-Header-Content-Length": str(len(head))}
        return _read(self.http.post(f"/v2/models/{name}/infer", content=head + content, headers=headers))


def _read(response: httpx.Response) -> Told:
    """An answer in any of the protocols' forms."""
    if response.status_code != 200:
        return _fault(response)
    length = int(response.headers.get("inference-header-content-length", 0))
    if length:
        document: dict[str, Any] = json.loads(response.content[:length])
        numbers = np.frombuffer(response.content[length:], np.float32)
    else:
        document = response.json()
        found = document["predictions"] if "predictions" in document else document["outputs"][0]["data"]
        numbers = np.array(found, np.float32)
    return Told(document.get("model_version"), numbers.reshape(-1, 10))


def _fault(response: httpx.Response) -> Told:
    return Told(fault=f"{response.status_code} {response.text[:200]}")
