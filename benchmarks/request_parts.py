"""What each part of a request costs by itself: CPU microseconds, the best of ten rounds.

    python -m benchmarks.request_parts

Parts are measured warm, one call after the other: in a server, where each meets the caches as the others left them,
they cost up to half as much again (benchmarks/request_cost.py measures it whole).
"""

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from benchmarks.request_cost import MODEL, payloads
from service.api.access import AccessLog, choose_request_id
from service.api.answers import model_answer
from service.api.infer_answer import choose_outputs, encode_answer
from service.api.requests.body import BodyLimits, parse_items
from service.api.requests.tensors import parse_infer_request
from service.imaging.codec.files import ImageLimits, decode, probe
from service.imaging.preprocessing.recipes import prepare
from service.imaging.preprocessing.spec import to_tensor
from service.inference.answers import ModelResult, Options, Times, classify
from service.inference.inputs import DEFAULT_OPTIONS, Upload, prepare_inputs
from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import Session
from service.inference.runtime.tensors import arrange
from service.inference.stages import Question, answer_together
from service.logging import configure_logging
from service.metrics import Metrics

_ROUNDS = 10
_ROUND_S = 0.05


def cost(call: Callable[[], Any]) -> float:
    """CPU microseconds of a call."""
    call()
    begun = time.process_time()
    call()
    count = max(1, int(_ROUND_S / max(time.process_time() - begun, 1e-6)))
    best = float("inf")
    for _ in range(_ROUNDS):
        begun = time.process_time()
        for _ in range(count):
            call()
        best = min(best, (time.process_time() - begun) / count)
    return best * 1e6


def main() -> None:
    for name, call in {**_picture(), **_tensors(), **_seen()}.items():
        print(f"{name:28} {cost(call):7.2f}")


def _picture() -> dict[str, Callable[[], Any]]:
    folder = Path("models") / MODEL / "1"
    manifest, session, form = read_manifest(folder), Session(folder / "model.onnx"), payloads()["P1"]
    spec, limits, kind = manifest.preprocessing, ImageLimits(), form.headers["Content-Type"]
    bounds = BodyLimits(64, 256, 784)
    (item,) = items = parse_items(kind, None, form.body, bounds)
    assert isinstance(item, Upload)
    header = probe(item.data, limits)
    picture = decode(item.data, limits, header=header)
    prepared = prepare(picture, spec)
    inputs = prepare_inputs(items, {spec}, DEFAULT_OPTIONS, limits, [header]).inputs[spec]
    assert not isinstance(inputs, Exception)
    waiting = [Question(picture.pixels, spec)] * 64
    batch = inputs.batch()
    large = batch.repeat(32, axis=0)
    rows, options = session.run(batch), Options()
    found = classify(manifest, rows, items, inputs, options)
    result = ModelResult(MODEL, "1", found, Times(0.1, 0.1, 0.1, 0.1, 0.4))
    told = model_answer(result)
    return {
        "form parsed": lambda: parse_items(kind, None, form.body, bounds),
        "file's header read": lambda: probe(item.data, limits),
        "PNG decoded": lambda: decode(item.data, limits, header=header),
        "picture prepared": lambda: prepare(picture, spec),
        "pixels to numbers": lambda: to_tensor(prepared.pixels[None], spec),
        "both, 64 pictures together": lambda: answer_together(waiting),
        "onnxruntime, batch of 1": lambda: session.run(batch),
        "onnxruntime, batch of 32": lambda: session.run(large),
        "probabilities to classes": lambda: classify(manifest, rows, items, inputs, options),
        "classes to the answer": lambda: model_answer(result),
        "answer to JSON": lambda: orjson.dumps(told),
    }


def _tensors() -> dict[str, Callable[[], Any]]:
    folder, known, calls = Path("models") / MODEL / "1", payloads(), dict[str, Callable[[], Any]]()
    session, labels = Session(folder / "model.onnx"), read_manifest(folder).labels
    for name in ("P2", "P3"):
        body, length = known[name].body, known[name].headers.get("Inference-Header-Content-Length")

        parsed = partial(parse_infer_request, body, length, session.inputs, True, 256)
        asked = parsed()
        rows, chosen = (
            session.infer(arrange(session.inputs, asked.inputs, True)),
            choose_outputs(asked, session.outputs),
        )
        calls[f"{name} parsed"] = parsed
        calls[f"{name} arranged"] = partial(arrange, session.inputs, asked.inputs, True)
        calls[f"{name} answer written"] = partial(
            encode_answer, asked.id, MODEL, "1", chosen, rows, {session.outputs[0].name: labels}
        )
    return calls


def _seen() -> dict[str, Callable[[], Any]]:
    errors, sys.stderr = sys.stderr, Path(os.devnull).open("w")  # noqa: SIM115  # as long as the process
    configure_logging("info", "json")
    sys.stderr = errors
    metrics = Metrics()
    log, silent = AccessLog(metrics, True), AccessLog(metrics, False)
    path = f"/api/v1/models/{MODEL}/predict"
    return {
        "request id": lambda: choose_request_id(None),
        "a stage's metric": lambda: metrics.stage(MODEL, "decode", 0.001),
        "a request's metrics": lambda: silent.record("/a", "POST", path, 200, 0.001, "127.0.0.1"),
        "the same with its log line": lambda: log.record("/a", "POST", path, 200, 0.001, "127.0.0.1"),
    }


if __name__ == "__main__":
    main()
