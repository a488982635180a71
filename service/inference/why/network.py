"""What a network computes, for following one of its numbers back: operations, weights, and the layers of one picture.

features.onnx -> nodes, weights   \\
look at a picture -> layers        >  Network -> which operation made a layer, and of which layers' numbers
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from service.errors import NotFound
from service.imaging.pixels import FloatArray
from service.inference.features import Layer
from service.inference.package.onnx_graph import Node

RECURRENT = ("RNN", "GRU", "LSTM")
_SAME_NUMBERS = ("Flatten", "Squeeze", "Unsqueeze", "Transpose", "Reshape", "Identity", "Dropout")


@dataclass(frozen=True)
class Network:
    """`layers` are those of one picture, by name, the input among them."""

    nodes: Sequence[Node]
    weights: Mapping[str, FloatArray]
    layers: Mapping[str, Layer]

    @cached_property
    def _made_by(self) -> dict[str, Node]:
        return {name: node for node in self.nodes for name in node.outputs}

    def maker(self, name: str) -> Node | None:
        """The operation behind a tensor, past those that only arrange numbers; None for the input."""
        node = self._made_by.get(name)
        while node is not None and node.operation in _SAME_NUMBERS:
            node = self._made_by.get(node.inputs[0])
        return node

    def source(self, name: str) -> tuple[str, FloatArray]:
        """The layer that a tensor's numbers are from, and the numbers: all of the layer's, or the last step of a
        recurrent one. Raises NotFound where no layer has them."""
        given = name
        while name not in self.layers:
            node = self._made_by.get(name)
            if node is None:
                raise untold(given)
            if node.operation in RECURRENT:
                layer = self._recurrent(node)
                return layer.name, layer.values[-1] if name in node.outputs[1:] else layer.values
            if node.operation not in _SAME_NUMBERS:
                raise untold(given)
            name = node.inputs[0]
        return name, self.layers[name].values

    def weight(self, name: str) -> FloatArray:
        """Raises NotFound where the file has none of this name."""
        if name not in self.weights:
            raise untold(name)
        return self.weights[name]

    def after(self, name: str, operations: Sequence[str]) -> Node | None:
        """The only operation that takes a layer's numbers, where it is one of these and a layer of its own."""
        takers = [node for node in self.nodes if name in node.inputs]
        if len(takers) != 1 or takers[0].operation not in operations or takers[0].outputs[0] not in self.layers:
            return None
        return takers[0]

    def _recurrent(self, node: Node) -> Layer:
        for layer in self.layers.values():
            if self.maker(layer.name) is node:
                return layer
        raise untold(node.outputs[0])


def untold(what: str) -> NotFound:
    """The error for a number whose way is not known."""
    return NotFound(
        f"How the numbers of {what} came about is not told: it is made by another operation than those known."
    )
