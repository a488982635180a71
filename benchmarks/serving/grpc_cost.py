"""The Open Inference Protocol over gRPC, beside MLServer's: the same calls to both.

server -> a client of `grpc.aio` on the other core, so many calls at a time -> requests, seconds, percentiles
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time

import grpc

from benchmarks.serving import kinds, payloads
from benchmarks.serving.load import Load, Payload
from benchmarks.serving.measure import Case, Part, Plan, compare
from benchmarks.serving.servers import ROOT, Kind
from service.rpc.messages import message

_METHOD = "/inference.GRPCInferenceService/ModelInfer"


def grpc_calls(plan: Plan) -> Part:
    """`ModelInfer` with one tensor, 1 and 32 calls at a time."""

    def known(kind: Kind) -> payloads.Payloads:
        return {"infer": kind.payloads()["P1"]}  # compare() asks for one; what is sent is `_request`

    wanted = [kinds.featuremap(grpc=True), next(kind for kind in kinds.PEERS if kind.name == "MLServer")]
    cases = [Case(f"{count} at a time", "infer", count) for count in (1, 32)]
    return compare(wanted, cases, plan, known, send=_load)


def _load(address: str, _payload: Payload, calls: int, seconds: int, core: int | None) -> Load:
    host, _, port = address.removeprefix("http://").rpartition(":")
    line = ["taskset", "-c", str(core), sys.executable, "-m", "benchmarks.serving.grpc_cost"]
    given = [f"{host}:{int(port) + 1}", str(calls), str(seconds)]
    told = subprocess.run([*line, *given], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return Load(**json.loads(told))


def _request() -> bytes:
    tensor = payloads.tensors()
    request = message("ModelInferRequest")(model_name="mnist_cnn", raw_input_contents=[tensor.tobytes()])
    request.inputs.add(name="input", datatype="FP32", shape=tensor.shape)
    serialized: bytes = request.SerializeToString()
    return serialized


async def _client(address: str, calls: int, seconds: float) -> Load:
    """Closed loops: each begins a call when its last one has ended. A call that fails ends all."""
    request, took = _request(), []
    async with grpc.aio.insecure_channel(address) as channel:
        infer = channel.unary_unary(_METHOD)
        answer = message("ModelInferResponse").FromString(await infer(request))
        if list(answer.outputs[0].shape) != [1, 10]:
            raise RuntimeError(f"an answer of the shape {answer.outputs[0].shape}")
        began = time.perf_counter()

        async def loop() -> None:
            while (start := time.perf_counter()) - began < seconds:
                await infer(request)
                took.append(time.perf_counter() - start)

        await asyncio.gather(*(loop() for _ in range(calls)))
        spent = time.perf_counter() - began
    took.sort()
    return Load(len(took), 0, spent, *(took[int(len(took) * share)] * 1e3 for share in (0.5, 0.99)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name, kind in (("address", str), ("calls", int), ("seconds", float)):
        parser.add_argument(name, type=kind)
    given = parser.parse_args()
    json.dump(asyncio.run(_client(given.address, given.calls, given.seconds))._asdict(), sys.stdout)
