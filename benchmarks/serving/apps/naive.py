"""Naive FastAPI: the app that a tutorial on serving a model with FastAPI and onnxruntime ends with.

uvicorn naive:app
"""

import io
import os

import numpy as np
import onnxruntime
from fastapi import Body, FastAPI, UploadFile
from PIL import Image
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
app = FastAPI()


class Instances(BaseModel):
    instances: list[list[list[list[float]]]]


def predict(batch: np.ndarray) -> list[list[float]]:
    return session.run(None, {"input": batch})[0].tolist()


@app.post("/predict")
def picture(file: UploadFile) -> dict[str, list[list[float]]]:
    image = Image.open(io.BytesIO(file.file.read())).convert("L").resize((28, 28))
    return {"predictions": predict(np.asarray(image, dtype=np.float32)[None, None] / 255)}


@app.post("/tensor")
def tensor(body: Instances) -> dict[str, list[list[float]]]:
    return {"predictions": predict(np.array(body.instances, dtype=np.float32))}


@app.post("/raw")
def raw(body: bytes = Body(media_type="application/octet-stream")) -> dict[str, list[list[float]]]:
    return {"predictions": predict(np.frombuffer(body, dtype=np.float32).reshape(-1, 1, 28, 28))}
