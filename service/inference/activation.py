"""A model's own output to probabilities: what its graph leaves out, and what a single number for two classes means.

rows float32 [n, ...] -> softmax, sigmoid, complement or nothing -> float32 [n, classes]
"""

import numpy as np

from service.imaging.pixels import FloatArray
from service.inference.package.manifest import OutputSpec


def probabilities(rows: FloatArray, output: OutputSpec) -> FloatArray:
    """The rows of the graph as probabilities [n, classes], not calibrated yet; probabilities come as they are."""
    if output.activation is None and rows.ndim == 2:
        return rows
    rows = rows.reshape(len(rows), -1)
    if output.activation is None:
        return rows
    if output.activation == "softmax":
        powers = np.exp(rows.astype(np.float64) - rows.max(axis=1, keepdims=True))
        shares: FloatArray = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        return shares
    second = _sigmoid(rows) if output.activation == "sigmoid" else rows
    return np.concatenate((1 - second, second), axis=1)


def _sigmoid(rows: FloatArray) -> FloatArray:
    values: FloatArray = (0.5 * (1 + np.tanh(0.5 * rows))).astype(np.float32)  # does not overflow
    return values
