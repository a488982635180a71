"""BentoML: a service whose two methods are batched. Its clients send a form with files, or JSON.

bentoml serve bento_app:Classifier --port 8000
"""

import os

import bentoml
import numpy as np
import onnxruntime
from PIL.Image import Image


@bentoml.service(workers=1)
class Classifier:
    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])

    @bentoml.api(batchable=True, max_batch_size=32)
    def picture(self, files: list[Image]) -> list[list[float]]:
        images = [np.asarray(file.convert("L").resize((28, 28)), dtype=np.float32)[None] / 255 for file in files]
        return self.session.run(None, {"input": np.stack(images)})[0].tolist()

    @bentoml.api(batchable=True, max_batch_size=128)
    def tensor(self, instances: np.ndarray) -> np.ndarray:
        return self.session.run(None, {"input": instances.astype(np.float32)})[0]
