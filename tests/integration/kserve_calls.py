"""Calls KServe's client and prints what it got as JSON. Runs in the client's own environment: `kserve_calls.py URL`."""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

URL, PICTURE, PIXELS = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])


def request(binary: bool, binary_out: bool | None = None, **fields: Any) -> InferRequest:
    pixels = np.array(PIXELS, np.float32)[None, None]
    tensor = InferInput("input", list(pixels.shape), "FP32")
    tensor.set_data_from_numpy(pixels, binary_data=binary)
    outputs = None
    if binary_out is not None:
        outputs = [RequestedOutput("probabilities", {"binary_data": binary_out})]
    return InferRequest(
        model_name=fields.pop("model_name", "bands"), infer_inputs=[tensor], request_outputs=outputs, **fields
    )


async def error_of(call: Any) -> str:
    try:
        await call
    except httpx.HTTPStatusError as error:
        return str(error)
    return "none"


async def v2() -> dict[str, Any]:
    client = InferenceRESTClient(RESTConfig(protocol="v2", retries=0, timeout=30))
    found: dict[str, Any] = {
        "live": await client.is_server_live(URL),
        "ready": await client.is_server_ready(URL),
        "model_ready": await client.is_model_ready(URL, "bands"),
        "broken_ready": await client.is_model_ready(URL, "broken"),
        "nope_ready": await client.is_model_ready(URL, "nope"),
        "unknown": await error_of(client.infer(URL, request(False, model_name="nope"), model_name="nope")),
        "wrong": await error_of(client.infer(URL, {"inputs": []}, model_name="bands")),
        "infer": [],
    }
    for binary in (False, True):
        for binary_out in (None, False, True):
            asked = request(binary, binary_out, request_id="mine")
            answer = await client.infer(URL, asked, model_name="bands")
            rows = answer.outputs[0].as_numpy()
            found["infer"].append([answer.id, answer.model_name, list(rows.shape), int(rows.argmax())])
    await client.close()
    return found


async def v1() -> dict[str, Any]:
    client = InferenceRESTClient(RESTConfig(retries=0, timeout=30))
    picture = {"b64": base64.b64encode(Path(PICTURE).read_bytes()).decode()}
    answer = await client.infer(URL, {"instances": [PIXELS, picture]}, model_name="bands")
    found = {
        "live": await client.is_server_live(URL, headers={"accept": "application/json"}),
        "model_ready": await client.is_model_ready(URL, "bands"),
        "broken_ready": await client.is_model_ready(URL, "broken"),
        "predictions": [int(np.argmax(row)) for row in answer["predictions"]],
        "unknown": await error_of(client.is_model_ready(URL, "nope")),
        "wrong": await error_of(client.infer(URL, {"instances": []}, model_name="bands")),
    }
    await client.close()
    return found


async def main() -> None:
    json.dump({"v2": await v2(), "v1": await v1()}, sys.stdout)


asyncio.run(main())
