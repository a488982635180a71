"""A loaded model, by onnxruntime on the execution provider that `providers` chose.

model.onnx + ExecutionProvider + threads  ->  Session  ->  infer(inputs) -> outputs
features.onnx  ->  LayerSession  ->  run(float32 [n, ...]) -> each layer's float32 [n, ...]
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, cast

import onnxruntime as ort

from service.errors import PackageError
from service.imaging.pixels import FloatArray
from service.inference.runtime.binding import can_bind, run_bound
from service.inference.runtime.cpus import cpu_share
from service.inference.runtime.load_faults import load_fault
from service.inference.runtime.providers import CPU, ON_GPU, ExecutionProvider, in_use, open_session
from service.inference.runtime.tensors import DATATYPES, TensorInfo, Tensors

_MOST_SHOWN, _LONGEST_SHOWN = 8, 64  # names, and characters of one
_DATATYPES = {
    f"tensor({name})": datatype
    for datatype, name in zip(
        DATATYPES,
        ("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
         "float16", "float", "double", "string"),
        strict=True,
    )
}  # fmt: skip


def thread_count(configured: int, workers: int) -> int:
    """Threads of one inference: as configured, or (0) this process's share of the usable CPUs."""
    return configured or cpu_share(workers)


class Session:
    """A loaded model.onnx. `inputs` and `outputs` are in the graph's order, until `narrow`. Safe to call from several
    threads."""

    def __init__(
        self,
        path: Path,
        provider: ExecutionProvider = CPU,
        threads: int = 1,
        outputs: Collection[str] | None = None,
    ) -> None:
        """`outputs` are the names of those that are wanted, None: of all. Raises PackageError where the file cannot be
        run or has tensors of other datatypes than the protocol's, ConfigurationError where a GPU was asked for by name
        and this model did not get it."""
        self._session = _load(str(path), path.name, provider, threads)
        self.threads = threads
        self.execution_provider = in_use(self._session, provider)
        self.inputs = tuple(_describe(node, path.name) for node in self._session.get_inputs())
        self.outputs = tuple(_describe(node, path.name) for node in _wanted(self._session, path.name, outputs))
        self._input_names = [info.name for info in self.inputs]
        self._output_names = [info.name for info in self.outputs]
        on_gpu = self.execution_provider.in_use in ON_GPU and all(info.datatype != "BYTES" for info in self.outputs)
        self._bound_to = "cuda" if on_gpu else None

    def narrow(self, inputs: Sequence[TensorInfo], outputs: Sequence[TensorInfo]) -> None:
        """Says more of the tensors than the graph: a size where that leaves one open, and which output comes first."""
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self._input_names, self._output_names = [info.name for info in inputs], [info.name for info in outputs]

    @property
    def metadata(self) -> dict[str, str]:
        """What the file's author wrote into it: metadata_props of the ONNX model."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def infer(self, inputs: Tensors) -> Tensors:
        """The outputs for `inputs`, in the order of each; blocks until done. Raises what onnxruntime raises.

        Elements of BYTES are str, in and out: onnxruntime's strings are UTF-8.
        """
        named = dict(zip(self._input_names, inputs, strict=True))
        if self._bound_to is not None and can_bind(inputs):
            return run_bound(self._session, named, self._output_names, self._bound_to)
        return tuple(self._session.run(self._output_names, named))

    def run(self, tensor: FloatArray) -> FloatArray:
        """A classifier's float32 [n, ...] to the rows of its first output, float32 [n, classes]."""
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
        return open_session(model, provider.in_use, threads)
    except Exception as error:  # damaged files raise whatever their damage makes protobuf and onnxruntime raise
        raise PackageError(f"{file} cannot be loaded by onnxruntime {ort.__version__}: {load_fault(error)}") from None


def _wanted(session: Any, file: str, names: Collection[str] | None) -> list[Any]:
    nodes = {node.name: node for node in session.get_outputs()}
    for name in names or ():
        if name not in nodes:
            known = ", ".join(list(nodes)[:_MOST_SHOWN])
            raise PackageError(f"{file} has no output {name[:_LONGEST_SHOWN]}; it gives {known}")
    return [node for name, node in nodes.items() if names is None or name in names]


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
