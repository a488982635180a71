"""Calls KServe's gRPC client and prints what it got as JSON. Runs in the client's own environment:
`kserve_grpc_calls.py HOST:PORT PIXELS`."""

import asyncio
import json
import sys
from typing import Any

import grpc
import numpy as np
from kserve import InferenceGRPCClient, InferInput, InferRequest

TARGET, PIXELS = sys.argv[1], json.loads(sys.argv[2])


def request(raw: bool, model: str = "bands") -> InferRequest:
    pixels = np.array(PIXELS, np.float32)[None, None]
    tensor = InferInput("input", list(pixels.shape), "FP32")
    if raw:
        tensor.set_data_from_numpy(pixels, binary_data=True)
    else:
        tensor.data = pixels.ravel().tolist()
    return InferRequest(model_name=model, infer_inputs=[tensor], request_id="mine")


async def main() -> None:
    async with InferenceGRPCClient(TARGET, timeout=30) as client:
        found: dict[str, Any] = {
            "live": await client.is_server_live(),
            "ready": await client.is_server_ready(),
            "model_ready": [await client.is_model_ready(name) for name in ("bands", "broken", "nope")],
            "infer": [],
        }
        for raw in (False, True):
            answer = await client.infer(request(raw))
            rows = answer.outputs[0].as_numpy()
            found["infer"].append([answer.id, answer.model_name, list(rows.shape), int(rows.argmax())])
        try:
            await client.infer(request(True, "nope"))
        except grpc.RpcError as error:
            found["unknown"] = [error.code().name, error.details()]
    json.dump(found, sys.stdout)


asyncio.run(main())
