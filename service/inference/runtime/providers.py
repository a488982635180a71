"""onnxruntime's execution providers: which one runs the models, and sessions that it opens.

    requested (auto | cpu | cuda | tensorrt | openvino)  ->  choose_provider()  ->  ExecutionProvider
    model + provider + threads  ->  open_session()  ->  onnxruntime's session, the CPU behind it for what it cannot run

onnxruntime falls back to the CPU without a word where a GPU cannot be used. So the choice is tried on a tiny model, and
each session is asked what it really runs on.
"""

import base64
import contextlib
import io
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import onnxruntime as ort

from service.errors import ConfigurationError

Requested = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]

# Fatal alone: what goes wrong reaches us as an exception, and stderr is for our own log lines.
_SILENT = 4
_CPU = "CPUExecutionProvider"
# A node that one cannot run goes to the next.
_CHAINS = {
    "cpu": (_CPU,),
    "cuda": ("CUDAExecutionProvider", _CPU),
    "tensorrt": ("TensorrtExecutionProvider", "CUDAExecutionProvider", _CPU),
    "openvino": ("OpenVINOExecutionProvider", _CPU),
}
_NAMES = {chain[0]: name for name, chain in _CHAINS.items()}
# What `auto` tries, the first that works. TensorRT builds its engines for minutes, so it is taken by name alone.
_AUTOMATIC = {"cuda": "onnxruntime found a usable GPU", "openvino": "onnxruntime has OpenVINO support"}
ON_GPU = frozenset({"cuda", "tensorrt"})
# One Relu over a vector of one element (opset 13): enough to make onnxruntime start a provider.
_TINY_MODEL = base64.b64decode("CAcSADozCgwKAXgSAXkiBFJlbHUSAWdaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAN")
_GPU = "onnxruntime with GPU support (pip uninstall onnxruntime, then pip install 'featuremap[gpu]'), an NVIDIA driver"
_INSTALL = {
    "cuda": f"{_GPU}, CUDA and cuDNN",
    "tensorrt": f"{_GPU}, CUDA, cuDNN and TensorRT",
    "openvino": "onnxruntime with OpenVINO (pip uninstall onnxruntime, then pip install onnxruntime-openvino)",
}


@dataclass(frozen=True, slots=True)
class ExecutionProvider:
    """Where models run: what was asked for, what is in use (`cpu`, `cuda`, `tensorrt`, `openvino`), and why."""

    requested: Requested
    in_use: str
    reason: str


CPU = ExecutionProvider("cpu", "cpu", "the CPU was asked for")
CPU_BY_CONFIG = ExecutionProvider("cpu", "cpu", "KIND_CPU of config.pbtxt asks for the CPU")


def choose_provider(requested: Requested) -> ExecutionProvider:
    """The execution provider to use on this machine.

    Raises ConfigurationError, which says what to install, where one was asked for by name and cannot be used.
    """
    if requested == "cpu":
        return CPU
    faults = []
    for wanted in _AUTOMATIC if requested == "auto" else (requested,):
        fault = _why_not(wanted)
        if fault is None:
            reason = f"{wanted} was asked for" if requested != "auto" else _AUTOMATIC[wanted]
            return ExecutionProvider(requested, wanted, reason)
        faults.append(fault)
    if requested == "auto":
        return ExecutionProvider(requested, "cpu", faults[0])
    raise ConfigurationError(
        f"execution provider {requested} cannot be used: {faults[0]}. To use it, install {_INSTALL[requested]}; "
        "or set the execution provider to auto or cpu."
    )


def _why_not(wanted: str) -> str | None:
    """Why onnxruntime cannot run on `wanted`, or None where it can."""
    provider = _CHAINS[wanted][0]
    if provider not in ort.get_available_providers():
        return f"the installed onnxruntime has no {wanted} support"
    if wanted in ON_GPU:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
            ort.preload_dlls()  # CUDA and cuDNN from pip packages; it prints where they are missing
    try:
        used = open_session(_TINY_MODEL, wanted, threads=1).get_providers()
    except Exception:  # onnxruntime raises many kinds, all of them meaning that it did not start
        used = [_CPU]
    if provider in used:
        return None
    what = "GPU, driver or CUDA library" if wanted in ON_GPU else "OpenVINO library"
    return f"onnxruntime has {wanted} support, but could not start it: no usable {what}"


@cache
def _share_arena() -> None:
    """One arena for all sessions of the process: an arena each keeps what its largest batch once took, 28 MB for the
    eleven models of the lecture; without any, a large batch takes twice as long."""
    place = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    twice = 0  # as much each time: as much as is asked for makes many pieces, too small for the next larger batch
    limits = {"max_mem": 0, "arena_extend_strategy": twice, "initial_chunk_size_bytes": -1}
    ort.create_and_register_allocator(place, ort.OrtArenaCfg({**limits, "max_dead_bytes_per_chunk": -1}))


def open_session(model: bytes | str, provider: str, threads: int) -> Any:
    """onnxruntime's session of a file or its content. Raises what onnxruntime raises."""
    ort.set_default_logger_severity(_SILENT)
    options = ort.SessionOptions()
    options.log_severity_level = _SILENT
    # Left to itself onnxruntime sizes its threads by the host and pins them, also outside our quota.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads burn CPU time that other requests and processes need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    # A plan of memory for each size of batch wants a piece of its own: after batches of all sizes up to 32 of two
    # models 16 MB are kept, without plans 7, and no batch is slower.
    options.enable_mem_pattern = False
    _share_arena()
    options.add_session_config_entry("session.use_env_allocators", "1")
    available = ort.get_available_providers()
    chain = [(name, _settings(name, threads)) for name in _CHAINS[provider] if name in available]
    # Its own fallback prints to stdout and hides the fault; ours is `choose_provider`.
    return ort.InferenceSession(model, options, providers=chain, enable_fallback=0)


def _settings(provider: str, threads: int) -> dict[str, str]:
    """OpenVINO has threads of its own; on the CPU, and with float32 throughout, as the golden samples want it."""
    if provider != "OpenVINOExecutionProvider":
        return {}
    return {"device_type": "CPU", "precision": "ACCURACY", "num_of_threads": str(threads)}


def in_use(session: Any, wanted: ExecutionProvider) -> ExecutionProvider:
    """What a session really runs on. Raises ConfigurationError where that is not what was asked for by name."""
    used = _NAMES.get(session.get_providers()[0], "cpu")
    if used == wanted.in_use:
        return wanted
    if wanted.requested != "auto":
        raise ConfigurationError(f"execution provider {wanted.requested} was asked for, but onnxruntime runs on {used}")
    return ExecutionProvider("auto", used, f"onnxruntime could not use {wanted.in_use} for this model")
