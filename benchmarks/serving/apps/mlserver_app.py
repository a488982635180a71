"""MLServer: a runtime of our own. Its clients speak the Open Inference Protocol, pictures as base64.

mlserver start FOLDER, where model-settings.json names mlserver_app.Classifier
"""

import io
import os

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import Base64Codec, NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from PIL import Image


class Classifier(MLModel):
    async def load(self) -> bool:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        given = payload.inputs[0]
        if given.datatype == "BYTES":
            files = Base64Codec.decode_input(given)
            images = [Image.open(io.BytesIO(file)).convert("L").resize((28, 28)) for file in files]
            batch = np.stack([np.asarray(image, dtype=np.float32)[None] / 255 for image in images])
        else:
            batch = NumpyCodec.decode_input(given)
        answer = self.session.run(None, {"input": batch})[0]
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("probabilities", answer)])
