"""How a number of a recurrent layer came about: its gates, at one step.

    row of the picture, state before it, weights -> each gate's sum and value -> the new state

ONNX's operators RNN, GRU (reset after the product, as the lecture's library has it) and LSTM.
"""

import numpy as np
from numpy.typing import NDArray

from service.inference.package.onnx_graph import Node
from service.inference.why.network import Network, untold
from service.inference.why.number import Gate, Number, Place, weighted

_GATES = {"RNN": ("state",), "GRU": ("update", "reset", "hidden"), "LSTM": ("input", "output", "forget", "cell")}
_SQUASHED = ("state", "hidden", "cell")  # by tanh, into -1..1; the others by the sigmoid, into 0..1

Vector = NDArray[np.float64]


class _Unit:
    """One unit's weights, by gate."""

    def __init__(self, network: Network, node: Node, unit: int) -> None:
        kernel, recurrent, bias = (network.weight(name)[0].astype(np.float64) for name in node.inputs[1:4])
        units = recurrent.shape[-1]
        rows = {gate: i * units + unit for i, gate in enumerate(_GATES[node.operation])}
        self.of_input: dict[str, Vector] = {gate: kernel[row] for gate, row in rows.items()}
        self.of_state: dict[str, Vector] = {gate: recurrent[row] for gate, row in rows.items()}
        half = len(bias) // 2  # ONNX keeps the bias of the row and that of the state apart
        self.bias = {gate: (float(bias[row]), float(bias[half + row])) for gate, row in rows.items()}

    def gate(self, name: str, row: Vector, state: Vector, reset: float | None = None) -> Gate:
        """`reset`: how much of what the state says counts, where another gate decides it."""
        own, of_state = self.bias[name]
        from_input, from_state = float(self.of_input[name] @ row), float(self.of_state[name] @ state)
        if reset is None:
            bias = own + of_state
        else:
            from_state, bias = reset * (from_state + of_state), own
        total = from_input + from_state + bias
        tanh = name in _SQUASHED
        value = float(np.tanh(total)) if tanh else 0.5 * (1 + float(np.tanh(0.5 * total)))
        return Gate(name, from_input, from_state, bias, total, "tanh" if tanh else "sigmoid", value)

    def gates(self, operation: str, row: Vector, state: Vector) -> list[Gate]:
        if operation != "GRU":
            return [self.gate(name, row, state) for name in _GATES[operation]]
        update, reset = (self.gate(name, row, state) for name in ("update", "reset"))
        return [update, reset, self.gate("hidden", row, state, reset.value)]


def recurrent_step(network: Network, node: Node, place: Place, value: float, layer: str) -> Number:
    """Unit `place.x` after the row `place.y`."""
    if node.operation == "GRU" and not node.number("linear_before_reset", 0):
        raise untold(layer)
    source, picture = network.source(node.inputs[0])
    states = network.layers[layer].values
    rows: Vector = picture.reshape(-1, picture.shape[-1]).astype(np.float64)
    before = states.astype(np.float64)
    unit, step = _Unit(network, node, place.x), place.y

    def state_before(at: int) -> Vector:
        return before[at - 1] if at else np.zeros(before.shape[1])

    state = state_before(step)
    gates = unit.gates(node.operation, rows[step], state)
    parts: dict[str, float] = {}
    if node.operation == "LSTM":
        cell = 0.0
        for at in range(step):
            each = _by_name(unit.gates("LSTM", rows[at], state_before(at)))
            cell = each["forget"] * cell + each["input"] * each["cell"]
        each = _by_name(gates)
        after = each["forget"] * cell + each["input"] * each["cell"]
        parts = {"cell_before": cell, "cell": after, "tanh_cell": float(np.tanh(after))}
    if node.operation == "GRU":
        parts = {"before": float(state[place.x])}
    told = _largest(unit, gates[-1].name, (source, picture, step), (layer, states, step))
    told.operation, told.value, told.gates, told.parts = node.operation.lower(), value, gates, parts
    told.bias = told.total = None  # each gate has its own
    return told


def _by_name(gates: list[Gate]) -> dict[str, float]:
    return {gate.name: gate.value for gate in gates}


def _largest(
    unit: _Unit,
    gate: str,
    row: tuple[str, NDArray[np.float32], int],
    state: tuple[str, NDArray[np.float32], int],
) -> Number:
    """The largest products within a gate: pixels of the row, and units of the state before."""
    source, picture, step = row
    layer, states, _ = state
    pixels, of_pixels = np.zeros_like(picture), np.zeros_like(picture)
    pixels.reshape(-1, picture.shape[-1])[step] = picture.reshape(-1, picture.shape[-1])[step]
    of_pixels.reshape(-1, picture.shape[-1])[step] = unit.of_input[gate]
    units, of_units = np.zeros_like(states), np.zeros_like(states)
    if step:
        units[step - 1] = states[step - 1]
        of_units[step - 1] = unit.of_state[gate]
    told = weighted([(source, pixels), (layer, units)], [of_pixels, of_units], 0.0)
    told.others = None  # the gate's sums say it
    return told
