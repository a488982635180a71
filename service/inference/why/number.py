"""How one number of a layer came about: what it was computed from, down to the products.

    Network + layer, map, place -> the operation that made it -> its patches or terms, bias, sum -> Number

Each operation has a function here or in `recurrent.py`; what it tells adds up to the number, as the tests hold it to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from service.errors import InvalidInput
from service.imaging.pixels import FloatArray
from service.inference.package.onnx_graph import Node
from service.inference.why.network import Network, untold

MOST_PATCHES = 6  # shown; the rest as one sum
MOST_TERMS = 5
_ACTIVATIONS: dict[str, Callable[[float, Node], float]] = {
    "Relu": lambda x, _: max(x, 0.0),
    "LeakyRelu": lambda x, node: x if x >= 0 else x * node.number("alpha", 0.01),
    "Sigmoid": lambda x, _: 0.5 * (1 + float(np.tanh(0.5 * x))),
    "Tanh": lambda x, _: float(np.tanh(x)),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A number of a layer: of a map at x, y; a unit at x; a unit x at step y."""

    map: int | None
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Patch:
    """A window of a map that the number was made from: `x`, `y` of its upper left corner, which may lie in the padding.
    `weights` and `total`, the sum of the products, are those of a convolution."""

    layer: str
    map: int
    x: int
    y: int
    values: list[list[float | None]]
    weights: list[list[float]] | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A number of another layer, its weight, and their product."""

    layer: str
    place: Place
    value: float
    weight: float
    product: float


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate of a recurrent unit: what the step's row adds, what the state before it adds, the bias; and the function
    of their sum."""

    name: str
    from_input: float
    from_state: float
    bias: float
    total: float
    function: str
    value: float


@dataclass(frozen=True, slots=True)
class Others:
    """What is not told one by one."""

    count: int
    total: float


@dataclass(slots=True)
class Number:
    """`value` is the number; `parts` are the other numbers that it is made from, by name. `after` names the activation
    that takes it, with what that makes of it."""

    operation: str
    value: float
    patches: list[Patch] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    others: Others | None = None
    bias: float | None = None
    total: float | None = None
    gates: list[Gate] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)
    after: tuple[str, float] | None = None


def check_place(values: FloatArray, name: str, place: Place) -> None:
    """Raises InvalidInput that says which places the layer has."""
    if values.ndim == 3:
        maps, height, width = values.shape
        if place.map is None or place.map >= maps or place.x >= width or place.y >= height:
            raise InvalidInput(
                f"There is no such number: {name} has maps 0 to {maps - 1}, x 0 to {width - 1} and y 0 to {height - 1}."
            )
        return
    height, width = (1, *values.shape)[-2:]
    if place.map not in (None, 0) or place.x >= width or place.y >= height:
        steps = f" and steps (y) 0 to {height - 1}" if height > 1 else ""
        raise InvalidInput(f"There is no such number: {name} has units (x) 0 to {width - 1}{steps}.")


def value_at(values: FloatArray, place: Place) -> float:
    """The number at a place of a layer's values."""
    if values.ndim == 3:
        return float(values[place.map or 0, place.y, place.x])
    return float(values[place.x] if values.ndim == 1 else values[place.y, place.x])


def convolution(network: Network, node: Node, place: Place, value: float) -> Number:
    """The sum of a window of each map, weighted, and the bias."""
    source, maps = network.source(node.inputs[0])
    kernel = network.weight(node.inputs[1])[place.map or 0]  # [channels of a group, h, w]
    groups, filters = int(node.number("group", 1)), len(network.weight(node.inputs[1]))
    first = (place.map or 0) // (filters // groups) * len(kernel)
    top, left = _corner(node, place)
    size = kernel.shape[1:]
    windows = [_window(maps[first + c], top, left, *size) for c in range(len(kernel))]
    totals = np.array([float((window * k).sum()) for window, k in zip(windows, kernel.astype(np.float64), strict=True)])
    order = np.argsort(-np.abs(totals), kind="stable")
    shown = sorted(order[:MOST_PATCHES].tolist())
    patches = [
        Patch(source, first + c, left, top, windows[c].tolist(), kernel[c].tolist(), float(totals[c])) for c in shown
    ]
    bias = float(network.weight(node.inputs[2])[place.map or 0]) if len(node.inputs) > 2 else None
    rest = totals[order[MOST_PATCHES:]]
    others = Others(len(rest), float(rest.sum())) if len(rest) else None
    return Number("convolution", value, patches, others=others, bias=bias, total=float(totals.sum()) + (bias or 0.0))


def max_pooling(network: Network, node: Node, place: Place, value: float) -> Number:
    """The largest of a window of the map of the same index; a place beyond the border is None."""
    source, maps = network.source(node.inputs[0])
    plane = maps[place.map or 0]
    top, left = _corner(node, place)
    height, width = node.numbers("kernel_shape", [1, 1])
    values: list[list[float | None]] = [
        [float(plane[y, x]) if 0 <= y < plane.shape[0] and 0 <= x < plane.shape[1] else None
         for x in range(left, left + width)]
        for y in range(top, top + height)
    ]  # fmt: skip
    return Number("max_pooling", value, [Patch(source, place.map or 0, left, top, values)])


def dense(network: Network, node: Node, place: Place, value: float) -> Number:
    """The weighted sum of all numbers of the layer before, and the bias."""
    source, numbers = network.source(node.inputs[0])
    matrix = network.weight(node.inputs[1])
    weights = matrix[place.x] if node.number("transB", 0) else matrix[:, place.x]
    bias = float(network.weight(node.inputs[2])[place.x]) if len(node.inputs) > 2 else 0.0
    number = weighted([(source, numbers)], [weights], bias)
    number.value = value
    return number


def weighted(sources: Sequence[tuple[str, FloatArray]], weights: Sequence[FloatArray], bias: float) -> Number:
    """The sum of products, its largest terms one by one. The numbers may be a part of a layer: its last step."""
    numbers = np.concatenate([values.ravel() for _, values in sources]).astype(np.float64)
    factors = np.concatenate([each.ravel() for each in weights]).astype(np.float64)
    products = numbers * factors
    order = np.argsort(-np.abs(products), kind="stable")
    terms = []
    for i in order[:MOST_TERMS].tolist():
        name, place = _whose(sources, i)
        terms.append(Term(name, place, float(numbers[i]), float(factors[i]), float(products[i])))
    rest = products[order[MOST_TERMS:]]
    others = Others(len(rest), float(rest.sum())) if len(rest) else None
    total = float(products.sum()) + bias
    return Number("dense", total, terms=terms, others=others, bias=bias, total=total)


def activation(network: Network, node: Node, place: Place, value: float) -> Number:
    """A function of one number."""
    _, values = network.source(node.inputs[0])
    parts = {"input": value_at(values, place)}
    if node.operation == "LeakyRelu":
        parts["slope"] = node.number("alpha", 0.01)
    return Number(node.operation.lower(), value, parts=parts)


def normalisation(network: Network, node: Node, place: Place, value: float) -> Number:
    """(x - mean) / sqrt(variance + epsilon) * scale + shift, each a number of the map."""
    _, values = network.source(node.inputs[0])
    names = ("scale", "shift", "mean", "variance")
    parts = {"input": value_at(values, place)}
    for name, weight in zip(names, node.inputs[1:5], strict=True):
        parts[name] = float(network.weight(weight)[place.map or 0])
    parts["epsilon"] = node.number("epsilon", 1e-5)
    return Number("normalisation", value, parts=parts)


def addition(network: Network, node: Node, place: Place, value: float) -> Number:
    """The same place of two layers."""
    sources = [network.source(name) for name in node.inputs]
    terms = [Term(name, place, one := value_at(values, place), 1.0, one) for name, values in sources]
    return Number("sum", value, terms=terms, total=sum(term.product for term in terms))


def average(network: Network, node: Node, place: Place, value: float) -> Number:
    """The mean of a map."""
    source, maps = network.source(node.inputs[0])
    plane = maps[place.x]
    patch = Patch(source, place.x, 0, 0, plane.tolist(), total=float(plane.sum(dtype=np.float64)))
    return Number("average", value, [patch], parts={"count": float(plane.size)})


def softmax(network: Network, node: Node, place: Place, value: float) -> Number:
    """e to the class's number, over the sum of that of all classes."""
    row, told = _logits(network, node.inputs[0], place)
    powers = np.exp(row - row.max())
    told.operation, told.value = "softmax", value
    told.parts = {
        "logit": float(row[place.x]),
        "largest": float(row.max()),
        "power": float(powers[place.x]),
        "powers": float(powers.sum()),
    }
    return told


def _logits(network: Network, name: str, place: Place) -> tuple[NDArray[np.float64], Number]:
    """The numbers that softmax takes, and what is told of the one at `place`."""
    node = network.maker(name)
    if node is not None and node.operation == "Add" and name not in network.layers:  # each step of a recurrent layer
        product = network.maker(node.inputs[0])
        if product is None or product.operation != "MatMul":
            raise untold(name)
        source, states = network.source(product.inputs[0])
        matrix, bias = network.weight(product.inputs[1]), network.weight(node.inputs[1])
        state = np.zeros_like(states)
        state[place.y] = states[place.y]
        factors = np.zeros_like(states)
        factors[place.y] = matrix[:, place.x]
        row = states[place.y].astype(np.float64) @ matrix.astype(np.float64) + bias
        told = weighted([(source, state)], [factors], float(bias[place.x]))
        if told.others is not None:
            told.others = Others(matrix.shape[0] - len(told.terms), told.others.total)
        return row, told
    _, values = network.source(name)
    return values.astype(np.float64), Number("softmax", 0.0)


def two_classes(network: Network, node: Node, _place: Place, value: float) -> Number:
    """A logistic unit's number s as two: 1 - s and s."""
    sigmoid = network.maker(node.inputs[1])
    if sigmoid is None or sigmoid.operation != "Sigmoid":
        raise untold(node.outputs[0])
    _, values = network.source(sigmoid.inputs[0])
    logit = float(values.ravel()[0])
    return Number("two_classes", value, parts={"input": logit, "sigmoid": _ACTIVATIONS["Sigmoid"](logit, sigmoid)})


def next_activation(network: Network, layer: str, place: Place) -> tuple[str, float] | None:
    """The activation that takes the number, and what it makes of it."""
    node = network.after(layer, tuple(_ACTIVATIONS))
    return None if node is None else (node.outputs[0], value_at(network.layers[node.outputs[0]].values, place))


def _corner(node: Node, place: Place) -> tuple[int, int]:
    """Top and left of the window of a place, in the map before it."""
    (down, right), pads = node.numbers("strides", [1, 1]), node.numbers("pads", [0, 0, 0, 0])
    return place.y * down - pads[0], place.x * right - pads[1]


def _window(plane: FloatArray, top: int, left: int, height: int, width: int) -> NDArray[np.float64]:
    """A window of a map; what lies in the padding is 0."""
    padded = np.pad(plane.astype(np.float64), ((height, height), (width, width)))
    return padded[top + height : top + 2 * height, left + width : left + 2 * width]


def _whose(sources: Sequence[tuple[str, FloatArray]], index: int) -> tuple[str, Place]:
    """The layer and the place of a number among all of `sources`, counted through."""
    for name, values in sources:
        if index < values.size:
            where = [int(i) for i in np.unravel_index(index, values.shape)]
            if values.ndim == 3:
                return name, Place(where[0], where[2], where[1])
            return name, Place(None, where[-1], where[0] if values.ndim == 2 else 0)
        index -= values.size
    raise AssertionError("beyond all sources")
