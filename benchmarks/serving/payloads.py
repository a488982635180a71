"""What is sent: the payload classes, in each server's own client format.

    a test digit, a photograph -> P1 to P5 as bodies -> a `Payload` a server and class

P1 upload of a 28 x 28 PNG; P2 the tensor as JSON; P3 the tensor as bytes; P4 a batch of 64 tensors as bytes; P5 upload
of a 1,024 x 768 JPEG. A class that a server's documentation has no form for is not among its payloads.
"""

import base64
import io
import json

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.serving.load import Payload
from service.datasets import read_sample
from service.imaging.codec.files import encode_png

DIGIT = 7  # what the test digit is
PHOTOGRAPH = (1024, 768)
_BOUNDARY = "------------------------d74496d66958873e"
_JSON = {"Content-Type": "application/json"}
_BYTES = {"Content-Type": "application/octet-stream"}
Payloads = dict[str, Payload]


def png() -> bytes:
    """The test digit as a file."""
    return encode_png(read_sample("mnist", 0)[0])


def photograph(size: tuple[int, int] = PHOTOGRAPH) -> bytes:
    """The same digit in a JPEG of this size: light on a dark board that is unevenly lit, with the noise of a camera."""
    digit = Image.fromarray(read_sample("mnist", 0)[0]).resize((size[1],) * 2, Image.Resampling.BICUBIC)
    board = Image.new("L", size, 0)
    board.paste(digit, ((size[0] - digit.width) // 2, 0))
    light = np.linspace(0.8, 1, size[0], dtype=np.float32) * (np.asarray(board, np.float32) * 0.8 + 12)
    noise = np.random.default_rng(0).normal(0, 3, (*light.shape, 3))
    target = io.BytesIO()
    Image.fromarray(np.clip(light[..., None] + noise, 0, 255).astype(np.uint8)).save(target, "JPEG", quality=90)
    return target.getvalue()


def tensors(images: int = 1) -> NDArray[np.float32]:
    """The test digit [images, 1, 28, 28], 0 to 1."""
    one = read_sample("mnist", 0)[0].astype(np.float32)[None, None] / 255
    return np.repeat(one, images, axis=0)


def form(file: bytes, field: str = "file", kind: str = "image/png") -> tuple[dict[str, str], bytes]:
    """Headers and body of a form with one file."""
    head = f'Content-Disposition: form-data; name="{field}"; filename="seven"\r\nContent-Type: {kind}'
    body = f"--{_BOUNDARY}\r\n{head}\r\n\r\n".encode() + file + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}, body


def binary(images: int, model: str = "mnist_cnn") -> Payload:
    """V2 with tensors as bytes, both ways."""
    tensor = tensors(images)
    described = {"name": "input", "datatype": "FP32", "shape": list(tensor.shape)}
    sized = {
        "inputs": [{**described, "parameters": {"binary_data_size": tensor.nbytes}}],
        "parameters": {"binary_data_output": True},
    }
    text = json.dumps(sized).encode()
    headers = {**_BYTES, "Inference-Header-Content-Length": str(len(text))}
    return Payload(f"/v2/models/{model}/infer", headers, text + tensor.tobytes())


def _instances() -> list[object]:
    listed: list[object] = tensors().round(6).tolist()
    return listed


def _listed() -> dict[str, object]:
    return {"name": "input", "datatype": "FP32", "shape": [1, 1, 28, 28], "data": tensors().round(6).ravel().tolist()}


def ours() -> Payloads:
    """Featuremap's; `P5 none` skips what else it does to a photograph, as the peers do."""
    predict = "/api/v1/models/mnist_cnn/predict"
    photo = form(photograph(), kind="image/jpeg")
    return {
        "P1": Payload(predict, *form(png())),
        "P2": Payload("/v2/models/mnist_cnn/infer", _JSON, json.dumps({"inputs": [_listed()]}).encode()),
        "P3": binary(1),
        "P4": binary(64),
        "P5": Payload(predict, *photo),
        "P5 none": Payload(f"{predict}?preprocess=none", *photo),
        "Fashion P3": binary(1, "fashion_cnn"),
    }


def naive() -> Payloads:
    """FastAPI: a form, JSON, and the body as it is."""
    listed = json.dumps({"instances": _instances()}).encode()
    return {
        "P1": Payload("/predict", *form(png())),
        "P2": Payload("/tensor", _JSON, listed),
        "P3": Payload("/raw", _BYTES, tensors().tobytes()),
        "P4": Payload("/raw", _BYTES, tensors(64).tobytes()),
        "P5": Payload("/predict", *form(photograph(), kind="image/jpeg")),
    }


def litserve() -> Payloads:
    """LitServe: a form or JSON."""
    known = naive()
    return {name: known[name]._replace(path="/predict") for name in ("P1", "P2", "P5")}


def bentoml() -> Payloads:
    """BentoML: a form with files, or JSON."""
    return {
        "P1": Payload("/picture", *form(png(), "files")),
        "P2": naive()["P2"],
        "P5": Payload("/picture", *form(photograph(), "files", "image/jpeg")),
    }


def mlserver() -> Payloads:
    """MLServer: V2, files as base64."""

    def encoded(file: bytes) -> bytes:
        text = base64.b64encode(file).decode()
        described = {"name": "input", "datatype": "BYTES", "shape": [1, 1], "parameters": {"content_type": "base64"}}
        return json.dumps({"inputs": [{**described, "data": [text]}]}).encode()

    path = "/v2/models/mnist_cnn/infer"
    return {
        "P1": Payload(path, _JSON, encoded(png())),
        "P2": Payload(path, _JSON, json.dumps({"inputs": [_listed()]}).encode()),
        "P5": Payload(path, _JSON, encoded(photograph())),
    }


def mosec() -> Payloads:
    """Mosec: JSON, or the body as it is, for pictures too."""
    known = naive()
    files = {"P1": png(), "P5": photograph()}
    return known | {name: Payload("/predict", _BYTES, file) for name, file in files.items()}
