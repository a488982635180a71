"""V2 requests as the tests send them, and tensors of every datatype."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.api.requests.tensors import InferRequest, parse_infer_request
from service.inference.runtime.tensors import DATATYPES, TensorInfo

ANY = (TensorInfo("a", "FP32", (-1, -1)),)
PIXELS = (TensorInfo("input", "FP32", (-1, 1, 2, 2)),)


def parse(
    body: bytes | dict[str, Any],
    header: str | None = None,
    takes: Sequence[TensorInfo] = ANY,
    batched: bool = True,
    max_rows: int = 256,
) -> InferRequest:
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    return parse_infer_request(body, header, takes, batched, max_rows)


def one(**fields: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "a", "shape": [1, 2], "datatype": "FP32", "data": [1, 2], **fields}]}


def array_of(datatype: str, shape: Sequence[int], seed: int) -> NDArray[Any]:
    generator, dtype = np.random.default_rng(seed), DATATYPES[datatype]
    if datatype == "BYTES":
        texts = np.empty(int(np.prod(shape)), object)
        texts[:] = ["".join(generator.choice(list("aü☃\0 \n"), int(generator.integers(0, 5)))) for _ in texts]
        return texts.reshape(shape)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return generator.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    return generator.random(shape).astype(dtype) if dtype.kind == "f" else generator.random(shape) > 0.5


def with_bytes(*tensors: tuple[str, list[int], bytes | list[Any]], tail: bytes = b"") -> tuple[bytes, str]:
    inputs: list[dict[str, Any]] = []
    for i, (datatype, shape, data) in enumerate(tensors):
        tensor: dict[str, Any] = {"name": f"t{i}", "datatype": datatype, "shape": shape}
        if isinstance(data, bytes):
            tensor["parameters"] = {"binary_data_size": len(data)}
        else:
            tensor["data"] = data
        inputs.append(tensor)
    text = json.dumps({"inputs": inputs}).encode()
    return text + b"".join(data for _, _, data in tensors if isinstance(data, bytes)) + tail, str(len(text))
