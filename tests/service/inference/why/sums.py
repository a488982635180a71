"""Adds up again what is told of a number, in the way that its operation is written in textbooks."""

import math
from collections.abc import Callable

from service.inference.why.number import Number


def added_up(number: Number) -> float:
    """The number from its patches, terms, gates and parts alone."""
    return _BY_OPERATION[number.operation](number)


def _convolution(told: Number) -> float:
    total = told.bias or 0.0
    for patch in told.patches:
        assert patch.weights is not None
        assert patch.total is not None
        pairs = zip(_flat(patch.values), _flat(patch.weights), strict=True)
        products = sum(value * weight for value, weight in pairs)
        assert math.isclose(products, patch.total, abs_tol=1e-6)
        total += products
    return total + (told.others.total if told.others else 0.0)


def _flat(rows: object) -> list[float]:
    assert isinstance(rows, list)
    return [float(value) for row in rows for value in row]


def _weighted(told: Number) -> float:
    for term in told.terms:
        assert math.isclose(term.value * term.weight, term.product, rel_tol=1e-6, abs_tol=1e-9)
    rest = told.others.total if told.others else 0.0
    return sum(term.product for term in told.terms) + rest + (told.bias or 0.0)


def _normalisation(told: Number) -> float:
    of = told.parts
    return (of["input"] - of["mean"]) / math.sqrt(of["variance"] + of["epsilon"]) * of["scale"] + of["shift"]


def _softmax(told: Number) -> float:
    of = told.parts
    if told.terms:
        assert math.isclose(_weighted(told), of["logit"], abs_tol=1e-3)
    assert math.isclose(of["power"], math.exp(of["logit"] - of["largest"]), rel_tol=1e-6)
    return of["power"] / of["powers"]


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _gru(told: Number) -> float:
    gates = _gates(told)
    return (1 - gates["update"]) * gates["hidden"] + gates["update"] * told.parts["before"]


def _lstm(told: Number) -> float:
    gates, of = _gates(told), told.parts
    cell = gates["forget"] * of["cell_before"] + gates["input"] * gates["cell"]
    assert math.isclose(cell, of["cell"], abs_tol=1e-6)
    return gates["output"] * math.tanh(cell)


def _gates(told: Number) -> dict[str, float]:
    for gate in told.gates:
        assert math.isclose(gate.from_input + gate.from_state + gate.bias, gate.total, abs_tol=1e-9)
        value = math.tanh(gate.total) if gate.function == "tanh" else _logistic(gate.total)
        assert math.isclose(value, gate.value, abs_tol=1e-9)
    return {gate.name: gate.value for gate in told.gates}


_BY_OPERATION: dict[str, Callable[[Number], float]] = {
    "convolution": _convolution,
    "max_pooling": lambda told: max(v for row in told.patches[0].values for v in row if v is not None),
    "dense": _weighted,
    "sum": lambda told: sum(term.product for term in told.terms),
    "average": lambda told: sum(v or 0 for row in told.patches[0].values for v in row) / told.parts["count"],
    "relu": lambda told: max(0.0, told.parts["input"]),
    "leakyrelu": lambda told: max(told.parts["input"], told.parts["input"] * told.parts["slope"]),
    "normalisation": _normalisation,
    "softmax": _softmax,
    "two_classes": lambda told: _logistic(told.parts["input"]),
    "rnn": lambda told: told.gates[0].value,
    "gru": _gru,
    "lstm": _lstm,
}
OPERATIONS = frozenset(_BY_OPERATION)
