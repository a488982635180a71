"""LitServe: one API with batching. Its clients send JSON, or a form with a file.

PORT=8000 python litserve_app.py
"""

import io
import os

import litserve
import numpy as np
import onnxruntime
from PIL import Image


class Classifier(litserve.LitAPI):
    def setup(self, device: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])

    def decode_request(self, request):  # without types the request comes as a form or as JSON
        if "file" not in request:
            return np.array(request["instances"], dtype=np.float32)
        image = Image.open(io.BytesIO(request["file"].file.read())).convert("L").resize((28, 28))
        return np.asarray(image, dtype=np.float32)[None, None] / 255

    def batch(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        return inputs

    def predict(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        answers = self.session.run(None, {"input": np.concatenate(inputs)})[0]
        return np.split(answers, np.cumsum([len(each) for each in inputs])[:-1])

    def unbatch(self, output: list[np.ndarray]) -> list[np.ndarray]:
        return output

    def encode_response(self, output):
        return {"predictions": output.tolist()}


if __name__ == "__main__":
    api = Classifier(max_batch_size=32, batch_timeout=0.005)
    server = litserve.LitServer(api, accelerator="cpu", devices=1, workers_per_device=1)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), num_api_servers=1, generate_client_file=False)
