"""A run whose tensors lie on the device: each input is copied there once, and the outputs once back.

arrays -> OrtValue on the device -> run -> outputs on the device -> arrays

Each tensor is copied once each way, and the run finds all of them in their place.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime as ort

from service.inference.runtime.tensors import Tensors


def run_bound(session: Any, inputs: dict[str, np.ndarray[Any, Any]], outputs: Sequence[str], device: str) -> Tensors:
    """The `outputs` by name, for `inputs` of numbers; `device` as onnxruntime names it (`cuda`, `cpu`). Raises what
    onnxruntime raises."""
    binding = session.io_binding()
    for name, array in inputs.items():
        value = ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array), device, 0)
        binding.bind_ortvalue_input(name, value)
    for name in outputs:
        binding.bind_output(name, device, 0)
    session.run_with_iobinding(binding)
    return tuple(binding.copy_outputs_to_cpu())


def can_bind(arrays: Sequence[np.ndarray[Any, Any]]) -> bool:
    """Whether all are numbers: texts stay on the CPU."""
    return all(array.dtype != np.object_ for array in arrays)
