"""The limit: what an image costs onnxruntime alone at each batch, and what decoding a request costs at its cheapest.

    payloads as JSON, bodies as base64 -> python limit.py MODEL FASHION_MODEL -> CPU us of each part, as JSON

It runs in an environment of its own, which has orjson; of the project it takes the quickest reading of a PNG alone.
"""

import base64
import io
import json
import struct
import sys
import time
from collections.abc import Callable

import numpy as np
import onnxruntime
import orjson
from PIL import Image

from service.imaging.codec.headers import read_header
from service.imaging.codec.plain_png import plain_pixels

SECONDS = 0.25  # of CPU for each part
BATCHES = (1, 4, 8, 16, 32, 64, 128)


def cost(call: Callable[[], object]) -> float:
    """CPU us of a call."""
    call()
    count, began = 0, time.process_time()
    while (spent := time.process_time() - began) < SECONDS:
        for _ in range(20):
            call()
        count += 20
    return spent / count * 1e6


def an_image(model: str) -> dict[int, float]:
    """CPU us an image by batch."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    costs = {}
    for size in BATCHES:
        inputs = {"input": np.random.default_rng(0).random((size, 1, 28, 28), dtype=np.float32)}
        costs[size] = cost(lambda inputs=inputs: session.run(None, inputs)) / size  # type: ignore[misc]
    return costs


def decoding(bodies: dict[str, bytes]) -> dict[str, float]:
    """CPU us from a body to numbers."""
    picture, text, raw = bodies["P1"], bodies["P2"], bodies["P3"]
    form = struct.Struct("784f")
    scale = np.float32(1 / 255)

    def upload() -> object:
        pixels = plain_pixels(read_header(picture[picture.index(b"\r\n\r\n") + 4 : picture.rindex(b"\r\n--")]))
        assert pixels is not None
        return pixels * scale

    def listed() -> object:
        return np.frombuffer(form.pack(*orjson.loads(text)["inputs"][0]["data"]), np.float32)

    head = len(raw) - 784 * 4

    def tensor() -> object:
        return orjson.loads(raw[:head]), np.frombuffer(raw, np.float32, offset=head)

    def photograph() -> object:
        whole = bodies["P5"]
        first = whole.index(b"\r\n\r\n") + 4
        image = Image.open(io.BytesIO(whole[first : whole.rindex(b"\r\n--")]), formats=["JPEG"])
        image.draft("L", (28, 28))
        return np.asarray(image.convert("L").resize((28, 28)), dtype=np.float32)

    return {"P1": cost(upload), "P2": cost(listed), "P3": cost(tensor), "P5": cost(photograph)}


if __name__ == "__main__":
    sent = {name: base64.b64decode(body) for name, body in json.load(sys.stdin).items()}
    parts = {"mnist": an_image(sys.argv[1]), "fashion": an_image(sys.argv[2]), "decode": decoding(sent)}
    json.dump(parts, sys.stdout)
