"""onnxruntime: which execution provider runs the models, and one session per model.

    requested (auto | cpu | cuda | tensorrt)  ->  choose_provider()  ->  ExecutionProvider
    model.onnx + ExecutionProvider + threads  ->  Session  ->  infer(inputs) -> outputs
    features.onnx  ->  LayerSession  ->  run(float32 [n, ...]) -> each layer's float32 [n, ...]

onnxruntime falls back to the CPU without a word where a GPU cannot be used. So the choice is tried on a tiny
model, and each session is asked what it really runs on.
"""

import base64
import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import onnxruntime as ort

from service.errors import ConfigurationError, PackageError
from service.imaging.pixels import FloatArray
from service.inference.runtime.cpus import cpu_share
from service.inference.runtime.tensors import DATATYPES, TensorInfo, Tensors

Requested = Literal["auto", "cpu", "cuda", "tensorrt"]

# Fatal alone: what goes wrong reaches us as an exception, and stderr is for our own log lines.
_SILENT = 4
_CPU = "CPUExecutionProvider"
_CHAINS = {
    "cpu": (_CPU,),
    "cuda": ("CUDAExecutionProvider", _CPU),
    "tensorrt": ("TensorrtExecutionProvider", "CUDAExecutionProvider", _CPU),
}
_NAMES = {chain[0]: name for name, chain in _CHAINS.items()}
_DATATYPES = {
    f"tensor({name})": datatype
    for datatype, name in zip(
        DATATYPES,
        ("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
         "float16", "float", "double", "string"),
        strict=True,
    )
}  # fmt: skip
# One Relu over a vector of one element (opset 13): enough to make onnxruntime start a provider.
_TINY_MODEL = base64.b64decode("CAcSADozCgwKAXgSAXkiBFJlbHUSAWdaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAN")
_INSTALL = (
    "install onnxruntime with GPU support (pip uninstall onnxruntime, then pip install 'featuremap[gpu]'), "
    "an NVIDIA driver, {libraries}; or set the execution provider to auto or cpu"
)


@dataclass(frozen=True, slots=True)
class ExecutionProvider:
    """Where models run: what was asked for, what is in use (`cpu`, `cuda`, `tensorrt`), and why."""

    requested: Requested
    in_use: str
    reason: str


CPU = ExecutionProvider("cpu", "cpu", "the CPU was asked for")


def choose_provider(requested: Requested) -> ExecutionProvider:
    """The execution provider to use on this machine.

    Raises ConfigurationError, which says what to install, where a GPU was asked for and cannot be used.
    """
    if requested == "cpu":
        return CPU
    wanted = "cuda" if requested == "auto" else requested
    fault = _why_not(wanted)
    if fault is None:
        reason = f"{wanted} was asked for" if requested != "auto" else "onnxruntime found a usable GPU"
        return ExecutionProvider(requested, wanted, reason)
    if requested == "auto":
        return ExecutionProvider(requested, "cpu", fault)
    libraries = "CUDA, cuDNN and TensorRT" if requested == "tensorrt" else "CUDA and cuDNN"
    install = _INSTALL.format(libraries=libraries)
    raise ConfigurationError(f"execution provider {requested} cannot be used: {fault}. To use it, {install}.")


def _why_not(wanted: str) -> str | None:
    """Why onnxruntime cannot run on `wanted`, or None where it can."""
    provider = _CHAINS[wanted][0]
    if provider not in ort.get_available_providers():
        return f"the installed onnxruntime has no {wanted} support"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
        ort.preload_dlls()  # CUDA and cuDNN from pip packages; it prints where they are missing
    try:
        used = _open(_TINY_MODEL, wanted, threads=1).get_providers()
    except Exception:  # onnxruntime raises many kinds, all of them meaning that it did not start
        used = [_CPU]
    if provider in used:
        return None
    return f"onnxruntime has {wanted} support, but could not start it: no usable GPU, driver or CUDA library"


def thread_count(configured: int, workers: int) -> int:
    """Threads of one inference: as configured, or (0) this process's share of the usable CPUs."""
    return configured or cpu_share(workers)


@cache
def _share_arena() -> None:
    """One arena for all sessions of the process: an arena each keeps what its largest batch once took, 28 MB for the
    eleven models of the lecture; without any, a large batch takes twice as long."""
    place = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    as_requested = 1  # in place of twice as much each time
    limits = {"max_mem": 0, "arena_extend_strategy": as_requested, "initial_chunk_size_bytes": -1}
    ort.create_and_register_allocator(place, ort.OrtArenaCfg({**limits, "max_dead_bytes_per_chunk": -1}))


def _open(model: bytes | str, provider: str, threads: int) -> Any:
    ort.set_default_logger_severity(_SILENT)
    options = ort.SessionOptions()
    options.log_severity_level = _SILENT
    # Left to itself onnxruntime sizes its threads by the host and pins them, also outside our quota.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads burn CPU time that other requests and processes need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    _share_arena()
    options.add_session_config_entry("session.use_env_allocators", "1")
    chain = [name for name in _CHAINS[provider] if name in ort.get_available_providers()]
    # Its own fallback prints to stdout and hides the fault; ours is `choose_provider`.
    return ort.InferenceSession(model, options, providers=chain, enable_fallback=0)


class Session:
    """A loaded model.onnx. `inputs` and `outputs` are in the graph's order. Safe to call from several threads."""

    def __init__(self, path: Path, provider: ExecutionProvider = CPU, threads: int = 1) -> None:
        """Raises PackageError where the file cannot be run or has tensors of other datatypes than the protocol's,
        ConfigurationError where a GPU was asked for by name and this model did not get it."""
        self._session = _load(str(path), path.name, provider, threads)
        self.threads = threads
        self.execution_provider = _in_use(self._session, provider)
        self.inputs = tuple(_describe(node, path.name) for node in self._session.get_inputs())
        self.outputs = tuple(_describe(node, path.name) for node in self._session.get_outputs())
        self._input_names = [info.name for info in self.inputs]
        self._output_names = [info.name for info in self.outputs]

    @property
    def metadata(self) -> dict[str, str]:
        """What the file's author wrote into it: metadata_props of the ONNX model."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def infer(self, inputs: Tensors) -> Tensors:
        """The outputs for `inputs`, each in the graph's order; blocks until done. Raises what onnxruntime raises.

        Elements of BYTES are str, in and out: onnxruntime's strings are UTF-8.
        """
        return tuple(self._session.run(self._output_names, dict(zip(self._input_names, inputs, strict=True))))

    def run(self, tensor: FloatArray) -> FloatArray:
        """A classifier's float32 [n, ...] to float32 [n, classes]."""
        return cast(FloatArray, self.infer((tensor,))[0])


class LayerSession:
    """A loaded features.onnx: one float32 input, and an output for each layer. Safe to call from several threads.

    On the CPU with one thread: a picture now and then is no work for a GPU, nor for more threads.
    """

    def __init__(self, model: bytes, file: str) -> None:
        """Raises PackageError where the `file`'s content cannot be run, or has outputs that are not float32."""
        self._session = _load(model, file, CPU, threads=1)
        inputs = [_describe(node, file) for node in self._session.get_inputs()]
        outputs = [_describe(node, file) for node in self._session.get_outputs()]
        self.input_name, _, self.input_shape = only(inputs, file, "input")
        self.outputs = {output.name: only([output], file, f"output {output.name}").shape for output in outputs}

    def run(self, tensor: FloatArray) -> dict[str, FloatArray]:
        """float32 [n, ...] to float32 [n, ...] of each output, in the file's order. Raises what onnxruntime raises."""
        names = list(self.outputs)
        return dict(zip(names, self._session.run(names, {self.input_name: tensor}), strict=True))


def _load(model: bytes | str, file: str, provider: ExecutionProvider, threads: int) -> Any:
    try:
        return _open(model, provider.in_use, threads)
    except Exception:  # damaged files raise whatever their damage makes protobuf and onnxruntime raise
        raise PackageError(f"{file} cannot be loaded by onnxruntime {ort.__version__}") from None


def _in_use(session: Any, provider: ExecutionProvider) -> ExecutionProvider:
    used = _NAMES.get(session.get_providers()[0], "cpu")
    if used == provider.in_use:
        return provider
    if provider.requested != "auto":
        raise ConfigurationError(
            f"execution provider {provider.requested} was asked for, but onnxruntime runs on {used}"
        )
    return ExecutionProvider("auto", used, f"onnxruntime could not use {provider.in_use} for this model")


def _describe(node: Any, file: str) -> TensorInfo:
    """A symbolic dimension is -1."""
    datatype = _DATATYPES.get(node.type)
    if datatype is None:
        raise PackageError(f"{file}: {node.name} is a {node.type}; served are tensors of {', '.join(DATATYPES)}")
    return TensorInfo(node.name, datatype, tuple(size if isinstance(size, int) else -1 for size in node.shape))


def only(tensors: Sequence[TensorInfo], file: str, kind: str) -> TensorInfo:
    """The one tensor, FP32. Raises PackageError where there are others."""
    if len(tensors) != 1 or tensors[0].datatype != "FP32":
        raise PackageError(f"{file} must have one {kind}, float32; it has {len(tensors)}")
    return tensors[0]
