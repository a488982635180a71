"""Mosec: a worker with dynamic batching on a route for each form of a request.

    python mosec_app.py --port 8000

As its documentation has it: `forward` gets a list where `max_batch_size` is above 1, the default `deserialize` reads
JSON, and one of our own takes the body as it comes (bytes of a picture or of a tensor).
"""

import io
import os
from typing import Any

import numpy as np
import onnxruntime
from mosec import Server, Worker
from PIL import Image


class Network(Worker):
    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])

    def run(self, images: list[np.ndarray]) -> list[list[list[float]]]:
        """An answer for each request, whose images are [n, 1, 28, 28]."""
        answers = self.session.run(None, {"input": np.concatenate(images)})[0]
        ends = np.cumsum([len(each) for each in images])[:-1]
        return [rows.tolist() for rows in np.split(answers, ends)]


class Pictures(Network):
    def deserialize(self, data: bytes) -> bytes:
        return data

    def forward(self, data: list[bytes]) -> list[Any]:
        images = [Image.open(io.BytesIO(file)).convert("L").resize((28, 28)) for file in data]
        return self.run([np.asarray(image, dtype=np.float32)[None, None] / 255 for image in images])


class Instances(Network):
    def forward(self, data: list[dict[str, Any]]) -> list[Any]:
        return self.run([np.array(each["instances"], dtype=np.float32) for each in data])


class Tensors(Network):
    def deserialize(self, data: bytes) -> np.ndarray:
        return np.frombuffer(data, dtype=np.float32).reshape(-1, 1, 28, 28)

    def forward(self, data: list[np.ndarray]) -> list[Any]:
        return self.run(data)


if __name__ == "__main__":
    server = Server()
    for route, worker in (("/predict", Pictures), ("/tensor", Instances), ("/raw", Tensors)):
        server.append_worker(worker, num=1, max_batch_size=32, max_wait_time=1, route=route)
    server.run()
