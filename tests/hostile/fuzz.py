"""Every parser of bytes that strangers send, fed by Atheris, which looks for bytes that reach new lines of it, or by
mutations of good and bad examples alone.

    examples -> mutated -> the parser: its result, or a FeaturemapError of 4xx; anything else is a finding, and kept

    python -m tests.hostile.fuzz [TARGET ...] [--seconds 60] [--found FOLDER]
"""

import argparse
import contextlib
import gzip
import importlib
import random
import re
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from service.api.requests.body import BodyLimits, parse_items
from service.api.requests.content_coding import decompress
from service.api.requests.filter_form import parse_filter_form
from service.api.requests.tensors import parse_infer_request
from service.errors import FeaturemapError
from service.imaging.codec.files import ImageLimits, decode
from service.inference.package.onnx_weights import read_weights
from service.inference.package.text_format import parse_text_format
from service.inference.runtime.tensors import TensorInfo
from tests.integration.both_ways_requests import tensor_bodies
from tests.recorded import files
from tests.recorded.request import BOUNDARY, FORM, Request
from tests.recorded.requests import all_requests

_LIMITS = ImageLimits(max_pixels=300_000, max_side=2000, max_jpeg_pixels=600_000, max_jpeg_side=2000)
_BODY = BodyLimits(files=8, instances=8, numbers=784)
_TAKES = [TensorInfo("input", "FP32", (-1, 1, 28, 28))]
_SLOW_S = 10.0
_RUNS = 200_000  # of a process: under Atheris each leaves ten kB, as the parsers by themselves do not


def _picture(data: bytes) -> None:
    decode(data, _LIMITS, working_side=256)


def _form(data: bytes) -> None:
    parse_items(FORM, None, data, _BODY)


def _instances(data: bytes) -> None:
    parse_items("application/json", None, data, _BODY)


def _filters(data: bytes) -> None:
    parse_filter_form(FORM, None, data)


def _tensors(data: bytes) -> None:
    """The first two bytes say how long the JSON is; without it in an eighth of the cases."""
    length = None if len(data) < 2 or data[0] % 8 == 0 else str(int.from_bytes(data[:2], "big"))
    parse_infer_request(data[2:], length, _TAKES, batched=True, max_rows=64)


def _gzip(data: bytes) -> None:
    decompress(data, "gzip", 2**20)


def _config(data: bytes) -> None:
    parse_text_format(data.decode(errors="replace"))


def _weights(data: bytes) -> None:
    with contextlib.suppress(ValueError):  # as it says
        read_weights(data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "picture": _picture,
    "form": _form,
    "instances": _instances,
    "filters": _filters,
    "tensors": _tensors,
    "gzip": _gzip,
    "config": _config,
    "weights": _weights,
}


def check(target: str, data: bytes) -> None:
    """Raises what is a finding: an error that is none of ours, one of ours that blames the service, or slowness."""
    began = time.perf_counter()
    try:
        TARGETS[target](data)
    except FeaturemapError as error:
        if not 400 <= error.status < 500 and target not in ("config", "weights"):
            raise AssertionError(f"status {error.status} for a fault of the caller's") from error
    assert time.perf_counter() - began < _SLOW_S, "too slow"


def examples(target: str) -> list[bytes]:
    """Good and bad ones."""
    if target == "picture":
        return [*files.good().values(), *files.bad().values()]
    if target == "config":
        return [path.read_bytes() for path in Path("models").glob("*/config.pbtxt")]
    if target == "weights":
        return [path.read_bytes() for path in Path("models").glob("mnist_neuron/*/model.onnx")]
    if target == "tensors":
        return [_with_length(body, lines) for _, body, lines in tensor_bodies() if len(body) < 2**16]
    if target == "gzip":
        return [gzip.compress(body) for _, body, _ in tensor_bodies()] + [zlib.compress(b"\0" * 1000)]
    return [body for request in all_requests() if (body := _body(target, request)) is not None]


def _body(target: str, request: Request) -> bytes | None:
    body, headers = request.body, {name.lower(): value for name, value in request.headers}
    if body is None or len(body) > 2**16:
        return None
    is_form = BOUNDARY in headers.get("content-type", "")
    fits = {
        "form": is_form and "/filters/" not in request.path,
        "filters": is_form and "/filters/" in request.path,
        "instances": b'"instances"' in body,
    }
    return body if fits[target] else None


def _with_length(body: bytes, lines: Sequence[str]) -> bytes:
    """The length of the JSON before the body, as `_tensors` reads it."""
    found = [re.fullmatch(r"Inference-Header-Content-Length: (\d{1,4})", line) for line in lines]
    told = [int(each[1]) for each in found if each]
    return (told[0] if told else len(body)).to_bytes(2, "big") + body


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Cut, changed in some bytes, with a piece doubled, or with something else within it."""
    changed = bytearray(data or b"\0")
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(changed))
        match chance.randrange(5):
            case 0:
                del changed[place + 1 :]
            case 1:
                changed[place] = chance.randrange(256)
            case 2:
                changed[place : place + 4] = chance.randbytes(4)
            case 3:
                end = chance.randrange(place, len(changed)) + 1
                changed[place:place] = changed[place:end][: 2**12]
            case _:
                changed[place:place] = chance.choice([b"\0", b'"', b"[", b"}", b"--", b"\r\n", b"1e999", b"\xff\xff"])
    return bytes(changed)


def plainly(target: str, seconds: float, seed: int = 0) -> Iterator[tuple[bytes, BaseException]]:
    """What mutations alone find within the time; the last item is never one."""
    chance, known, until = random.Random(seed), examples(target), time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(chance.choice(known), chance)
        try:
            check(target, data)
        except Exception as error:  # whatever it is, it is one
            yield data, error


def _guided(target: str, seconds: float, found: Path) -> int:
    """Atheris in processes of their own, one after the other, which go on with what those before have found."""
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        for i, data in enumerate(examples(target)):
            (Path(folder) / str(i)).write_bytes(data)
        while (left := until - time.monotonic()) >= 1:
            limits = [f"-max_total_time={left:.0f}", f"-runs={_RUNS}", "-timeout=20", "-rss_limit_mb=4096"]
            line = [sys.executable, "-m", "tests.hostile.fuzz", "--atheris", target, *limits, "-max_len=65536"]
            done = subprocess.run([*line, f"-artifact_prefix={found}/{target}-", folder], check=False)
            if done.returncode:
                return done.returncode
    return 0


def _run_atheris(target: str, arguments: Sequence[str]) -> None:
    atheris = importlib.import_module("atheris")  # a tool of who looks for faults, not a dependency
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *arguments], lambda data: check(target, data))
    atheris.Fuzz()


def main() -> int:
    if sys.argv[1:2] == ["--atheris"]:
        _run_atheris(sys.argv[2], sys.argv[3:])
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=60.0, help="for each")
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"), help="where findings are kept")
    parser.add_argument("--plain", action="store_true", help="mutations alone")
    given = parser.parse_args()
    given.found.mkdir(exist_ok=True)
    faults = 0
    for target in given.targets or TARGETS:
        if not given.plain:
            faults += bool(_guided(target, given.seconds, given.found.resolve()))
            continue
        for number, (data, error) in enumerate(plainly(target, given.seconds)):
            (given.found / f"{target}-{number}").write_bytes(data)
            sys.stdout.write(f"{target}: {error!r}\n")
            faults += 1
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
