"""`model_warmup` of config.pbtxt: batches that are run before a version serves, so that no request pays for the first.

    Warmup -> each input of the session: zeros, random numbers or a file of `warmup/` -> run `count` times

Random numbers are the same at every load: floats from 0 to 1, whole numbers from 0 to 9 (which most tables that a graph
looks up hold), digits as text.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.errors import PackageError
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.config_tensors import Warmup, WarmupInput
from service.inference.package.files import read_bytes
from service.inference.runtime.session import Session
from service.inference.runtime.tensors import DATATYPES, TensorInfo

_FOLDER = "warmup"
_SEED = 0
_LARGEST = 256 << 20  # bytes of an input: a load ends, and leaves room for others
_PER_TEXT = 16  # bytes of an element, or more
_ZEROS = WarmupInput("zeros")
_BOUNDS = {"BOOL": 2, "BYTES": 10}


def warm_up(session: Session, config: ModelConfig, package: Path, inputs: Sequence[TensorInfo] | None = None) -> None:
    """Runs every sample. `inputs` are the session's, where they are known better than by the graph. Raises PackageError
    where a sample is not of the model's tensors, or the model fails on it."""
    takes = session.inputs if inputs is None else inputs
    for sample in config.warmup:
        if sample.batch_size > max(config.max_batch_size, 1):
            raise PackageError(
                f"model_warmup has a batch of {sample.batch_size}; max_batch_size is {config.max_batch_size}"
            )
        given = dict(sample.inputs)
        if unknown := given.keys() - {info.name for info in takes}:
            raise _fault(sample, f"fills {min(unknown)[:64]}, which is no input of the model")
        random = np.random.default_rng(_SEED)
        batched = config.max_batch_size > 0
        said = [given.get(info.name, _ZEROS) for info in takes]
        filled = tuple(
            _fill(info, each, sample, batched, package, random) for info, each in zip(takes, said, strict=True)
        )
        try:
            for _ in range(sample.count):
                session.infer(filled)
        except Exception:  # onnxruntime raises many kinds
            raise _failed(sample, {each.fill for each in said}) from None


def _fault(sample: Warmup, told: str) -> PackageError:
    return PackageError(f"model_warmup {sample.name[:64]}".rstrip() + f" {told}")


def _failed(sample: Warmup, fills: set[str]) -> PackageError:
    filled = "zeros" if fills == {"zeros"} else "what it is filled with"
    return PackageError(f"model.onnx fails on {filled} in a batch of {max(sample.batch_size, 1)}, for model_warmup")


def _fill(
    info: TensorInfo,
    said: WarmupInput,
    sample: Warmup,
    batched: bool,
    package: Path,
    random: np.random.Generator,
) -> NDArray[Any]:
    """The array of an input: of the size that config.pbtxt gives where the graph leaves it open, else of 1."""
    if said.datatype not in ("", info.datatype):
        raise _fault(sample, f"has {info.name} as {said.datatype}; the model takes {info.datatype}")
    own = info.shape[1:] if batched else info.shape
    dims = said.shape or tuple(max(size, 1) for size in own)
    if len(dims) != len(own) or any(its not in (-1, size) for its, size in zip(own, dims, strict=True)):
        raise _fault(sample, f"has {info.name} as {list(dims)}; the model takes {list(own)}")
    if min(dims, default=1) < 1:
        raise _fault(sample, f"has {info.name} as {list(dims)}; a size of it must be given")
    batch = (max(sample.batch_size, 1),) if batched else ()
    size = math.prod((*batch, *dims))
    if size * max(DATATYPES[info.datatype].itemsize, _PER_TEXT if info.datatype == "BYTES" else 1) > _LARGEST:
        raise _fault(sample, f"has {info.name} of more than {_LARGEST >> 20} MB")
    if said.fill == "file":
        one = _from_file(info, said, dims, sample, package)
        return np.ascontiguousarray(np.broadcast_to(one, (*batch, *dims)))
    return _made(info.datatype, (*batch, *dims), random if said.fill == "random" else None)


def _made(datatype: str, shape: tuple[int, ...], random: np.random.Generator | None) -> NDArray[Any]:
    """Zeros, or random numbers."""
    dtype = DATATYPES[datatype]
    if random is None:
        return np.full(shape, "", dtype) if datatype == "BYTES" else np.zeros(shape, dtype)
    if dtype.kind == "f":
        return random.random(shape).astype(dtype)
    numbers = random.integers(_BOUNDS.get(datatype, 10), size=shape)
    if datatype != "BYTES":
        return numbers.astype(dtype)
    texts = np.empty(shape, np.object_)
    texts.ravel()[:] = list(map(str, numbers.ravel().tolist()))
    return texts


def _from_file(
    info: TensorInfo, said: WarmupInput, dims: tuple[int, ...], sample: Warmup, package: Path
) -> NDArray[Any]:
    """One row, as the file of `warmup/` holds it: little-endian, row-major."""
    if info.datatype == "BYTES":
        raise _fault(sample, f"fills {info.name} from a file, which is served for numbers alone")
    dtype = DATATYPES[info.datatype]
    content = read_bytes(package / _FOLDER / said.file, _LARGEST)
    if len(content) != math.prod(dims) * dtype.itemsize:
        size = math.prod(dims) * dtype.itemsize
        raise _fault(sample, f"has {len(content)} bytes in {said.file}; {info.datatype} {list(dims)} has {size}")
    return np.frombuffer(content, dtype).reshape(dims)
