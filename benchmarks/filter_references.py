"""The other side of benchmarks/filters.py: SciPy, Pillow, OpenCV, onnxruntime's Conv, in an environment of their own.

    python benchmarks/filter_references.py PICTURE.npy KERNELS.npz      a line "library kernel" on stdin
    -> a line of JSON on stdout: {"ms", "probe"}, or {} where the library has no such operation

Each gets uint8 [H, W, 3] and gives float32 of the same shape, "same" padding with zeros; Pillow 8 bits, and
`conv` its own layout [3, 1, H, W], so that nothing but the convolution is timed. `probe` is a sum over a corner of the
result, by which the two sides can see that they did the same.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import cv2
import onnxruntime
from onnx import TensorProto, helper
from PIL import Image, ImageFilter
from scipy import ndimage, signal

_DIRECT = 7  # kernels wider than this are faster by a Fourier transform


def scipy(pixels: Any, kernel: Any, halves: Any) -> Any:
    """The fastest that SciPy has for the kernel."""
    result = np.empty(pixels.shape, np.float32)
    for channel in range(pixels.shape[2]):
        plane = pixels[..., channel].astype(np.float32)
        if halves is not None:
            rows = ndimage.correlate1d(plane, halves[1], 1, mode="constant")
            ndimage.correlate1d(rows, halves[0], 0, result[..., channel], mode="constant")
        elif len(kernel) <= _DIRECT:
            ndimage.correlate(plane, kernel, result[..., channel], mode="constant")
        else:
            result[..., channel] = signal.fftconvolve(plane, kernel[::-1, ::-1], "same")
    return result


def pillow(pixels: Any, kernel: Any, _halves: Any) -> Any:
    """8 bits in, 8 bits out; 3 x 3 and 5 x 5 alone."""
    if len(kernel) not in (3, 5):
        return None
    image = Image.fromarray(pixels)
    return image.filter(ImageFilter.Kernel(kernel.shape, kernel.ravel().tolist(), 1))


def opencv(pixels: Any, kernel: Any, halves: Any) -> Any:
    if halves is not None:
        return cv2.sepFilter2D(pixels, cv2.CV_32F, halves[1], halves[0], borderType=cv2.BORDER_CONSTANT)
    return cv2.filter2D(pixels, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)


def conv_session() -> Any:
    """A graph of one Conv whose kernel is an input."""
    node = helper.make_node("Conv", ["picture", "kernel"], ["sums"], auto_pad="SAME_UPPER")
    inputs = [
        helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 1, "h", "w"]),
        helper.make_tensor_value_info("kernel", TensorProto.FLOAT, [1, 1, "a", "b"]),
    ]
    output = helper.make_tensor_value_info("sums", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "conv", inputs, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def main() -> None:
    pixels, kernels = np.load(sys.argv[1]), np.load(sys.argv[2])
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1)[:, None], dtype=np.float32)
    session = conv_session()
    libraries: dict[str, Callable[..., Any]] = {
        "scipy": scipy,
        "pillow": pillow,
        "opencv": opencv,
        "conv": lambda _pixels, kernel, _halves: session.run(None, {"picture": planes, "kernel": kernel[None, None]})[
            0
        ],
    }
    for line in sys.stdin:
        library, name = line.split()
        halves = [kernels[f"{name}.column"], kernels[f"{name}.row"]] if f"{name}.row" in kernels else None
        started = time.perf_counter()
        result = libraries[library](pixels, kernels[name], halves)
        ms = (time.perf_counter() - started) * 1e3
        if library == "conv":
            result = result[:, 0].transpose(1, 2, 0)
        probe = float(np.asarray(result)[:40, :40].sum(dtype=np.float64)) if result is not None else None
        print(json.dumps({} if result is None else {"ms": ms, "probe": probe}), flush=True)


if __name__ == "__main__":
    main()
