"""A student's own network: a TOML file in place of a recipe in the code.

    net.toml -> checked -> Recipe: layers, units, filters, dropout, optimiser, rate; kept as RUNS/<name>/spec.toml

    name = "my_net"
    dataset = "mnist"
    epochs = 3
    optimizer = "adam"
    [[layers]]
    conv = 16
    activation = "relu"
    [[layers]]
    max_pool = 2
    [[layers]]
    dense = 64
    activation = "relu"

The last layer, a number for each class, comes by itself.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from torch import Tensor, nn

from service.datasets import LABELS
from service.errors import ConfigurationError
from training.data.sets import Dataset
from training.fitting.recipe import BatchLoss, Method, Recipe
from training.networks.dropout import Dropout
from training.networks.layers import Flatten, Recurrent
from training.networks.network import INPUT_SHAPE, Network

SPEC = "spec.toml"
_MOST_BYTES = 2**16
_Count = Annotated[int, Field(ge=1, le=4096)]
_Activation = Literal["none", "relu", "leaky_relu", "sigmoid", "tanh"]
_KINDS = ("conv", "max_pool", "dropout", "dense", "simple_rnn", "lstm", "gru")
_RECURRENT: dict[str, Literal["SimpleRNN", "LSTM", "GRU"]] = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
_RATES = {"sgd": 0.1, "momentum": 0.05, "adagrad": 0.02, "rmsprop": 0.001, "adam": 0.001}


class Layer(BaseModel):
    """One of `conv` (filters), `max_pool` (size), `dropout` (rate), `dense` (units), `simple_rnn`, `lstm`, `gru`
    (units)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conv: _Count | None = None
    kernel: Annotated[int, Field(ge=1, le=15)] = 3
    padding: Literal["same", "valid"] = "valid"
    max_pool: Annotated[int, Field(ge=2, le=14)] | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] | None = None
    dense: _Count | None = None
    simple_rnn: _Count | None = None
    lstm: _Count | None = None
    gru: _Count | None = None
    activation: _Activation = "none"

    @model_validator(mode="after")
    def _is_one(self) -> "Layer":
        kinds = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(f"a layer is one of {', '.join(_KINDS)}; this one is {' and '.join(kinds) or 'none'}")
        given = self.model_fields_set
        if self.conv is None and given & {"kernel", "padding"}:
            raise ValueError("kernel and padding are of a conv")
        if self.conv is not None and self.padding == "same" and self.kernel % 2 == 0:
            raise ValueError("with padding same the kernel's side must be odd")
        if self.conv is None and self.dense is None and "activation" in given:
            raise ValueError("an activation belongs to a conv or a dense layer")
        return self

    @property
    def kind(self) -> str:
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)


class Spec(BaseModel):
    """What a file says. `odd_or_even`: one output, whether a digit is odd."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    title: Annotated[str, Field(max_length=60)] = ""
    dataset: Literal["mnist", "fashion_mnist"] = "mnist"
    odd_or_even: bool = False
    epochs: Annotated[int, Field(ge=1, le=1000)] = 3
    batch_size: Annotated[int, Field(ge=1, le=8192)] = 128
    optimizer: Literal["sgd", "momentum", "adagrad", "rmsprop", "adam"] = "adam"
    learning_rate: Annotated[float, Field(gt=0, le=10)] | None = None
    layers: Annotated[tuple[Layer, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _fits(self) -> "Spec":
        if self.odd_or_even and self.dataset != "mnist":
            raise ValueError("odd_or_even is asked of digits: dataset must be mnist")
        build(self)
        return self


@dataclass(frozen=True)
class OwnMethod(Method):
    """An optimiser of torch on the cross-entropy of the pictures as they are; `momentum` is .9."""

    kind: str
    optimizer_name: ClassVar[str] = "see `kind`"
    initial_weights: ClassVar[str] = "Glorot uniform, orthogonal recurrent kernels, zero biases"

    def settings(self, epochs: int) -> dict[str, Any]:  # noqa: ARG002  # they are the same for any number
        return {"optimizer": self.kind}

    def optimizer(self, network: Network, learning_rate: float) -> torch.optim.Optimizer:
        weights = [p for p in network.parameters() if p.requires_grad]
        match self.kind:
            case "sgd":
                return torch.optim.SGD(weights, lr=learning_rate)
            case "momentum":
                return torch.optim.SGD(weights, lr=learning_rate, momentum=0.9)
            case "adagrad":
                return torch.optim.Adagrad(weights, lr=learning_rate)
            case "rmsprop":
                return torch.optim.RMSprop(weights, lr=learning_rate, alpha=0.9)
        return torch.optim.Adam(weights, lr=learning_rate, eps=1e-7)

    def begin(self, *_: Recipe | torch.optim.Optimizer | Dataset | int | Path) -> BatchLoss:
        return _cross_entropy


def _cross_entropy(network: Network, pictures: Tensor, targets: Tensor, _: float) -> tuple[Tensor, Tensor]:
    logits = network(pictures)
    return logits, network.loss(logits, targets)


def read_spec(path: Path) -> Recipe:
    """The recipe of a file. Raises ConfigurationError that says which line of it cannot be, and why."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigurationError(f"{path} is larger than a description of a network can be.")
        spec = Spec.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no TOML: {error}.") from None
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {'; '.join(map(_told, error.errors()))}.") from None
    return _recipe(spec)


def _told(error: Mapping[str, Any]) -> str:
    """`layers 2, units: ...`; the first layer is 1."""
    where = " ".join(str(part + 1) if isinstance(part, int) else str(part) for part in error["loc"])
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{where}: {text}" if where else text


def _recipe(spec: Spec) -> Recipe:
    digits = "odd_or_even" if spec.odd_or_even else "digits"
    layers = ", ".join(_words(layer) for layer in spec.layers) or "no hidden layer"
    return Recipe(
        name=spec.name,
        title=spec.title or spec.name,
        description=f"A network of one's own: {layers}; {spec.optimizer}.",
        group=digits if spec.dataset == "mnist" else "clothes",  # type: ignore[arg-type]  # one of the three
        dataset=spec.dataset,
        build=partial(build, spec),
        method=OwnMethod(spec.optimizer),
        batch_size=spec.batch_size,
        epochs=spec.epochs,
        validation="last_5000",
        learning_rate=spec.learning_rate or _RATES[spec.optimizer],
    )


def _words(layer: Layer) -> str:
    value = f"{layer.kind} {getattr(layer, layer.kind):g}"
    return value if layer.activation == "none" else f"{value} {layer.activation}"


def build(spec: Spec) -> Network:
    """The network. Raises ValueError where a layer does not fit behind the one before it."""
    layers: dict[str, nn.Module] = {}
    shape: tuple[int, ...] = INPUT_SHAPE  # [C, H, W], or [units]
    for number, layer in enumerate(spec.layers, 1):
        try:
            shape = _add(layers, layer, shape)
        except ValueError as error:
            raise ValueError(f"layer {number}: {error}") from None
    shape = _flattened(layers, shape)
    outputs = 1 if spec.odd_or_even else len(LABELS[spec.dataset])
    layers[_free(layers, "dense")] = nn.Linear(shape[0], outputs)
    return Network(layers, head="sigmoid" if spec.odd_or_even else "softmax")


def _add(layers: dict[str, nn.Module], layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Appends it, and gives the shape of what comes out."""
    if layer.conv is not None or layer.max_pool is not None:
        if len(shape) == 1:
            raise ValueError(f"a {layer.kind} needs pictures, and stands behind a layer that gives numbers in a row")
        shape = _add_spatial(layers, layer, shape)
    elif layer.dropout is not None:
        layers[_free(layers, "dropout")] = Dropout(layer.dropout)
    elif layer.dense is not None:
        shape = _flattened(layers, shape)
        layers[_free(layers, "dense")] = nn.Linear(shape[0], layer.dense)
        shape = (layer.dense,)
    else:
        units = int(getattr(layer, layer.kind))
        if layers:
            raise ValueError(f"a {layer.kind} reads the picture row by row, so it must be the first layer")
        layers[layer.kind] = Recurrent(_RECURRENT[layer.kind], INPUT_SHAPE[2], units)
        shape = (units,)
    _activate(layers, layer.activation)
    return shape


def _add_spatial(layers: dict[str, nn.Module], layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    channels, height, width = shape
    if layer.max_pool is not None:
        size = layer.max_pool
        if min(height, width) < size:
            raise ValueError(f"a window of {size} x {size} does not fit into maps of {height} x {width}")
        layers[_free(layers, "pool")] = nn.MaxPool2d(size)
        return channels, height // size, width // size
    assert layer.conv is not None
    padding = layer.kernel // 2 if layer.padding == "same" else 0
    if min(height, width) + 2 * padding < layer.kernel:
        raise ValueError(f"a kernel of {layer.kernel} x {layer.kernel} does not fit into maps of {height} x {width}")
    layers[_free(layers, "conv")] = nn.Conv2d(channels, layer.conv, layer.kernel, padding=padding)
    shrunk = layer.kernel - 1 - 2 * padding
    return layer.conv, height - shrunk, width - shrunk


def _activate(layers: dict[str, nn.Module], activation: _Activation) -> None:
    match activation:
        case "relu":
            layers[_free(layers, "relu")] = nn.ReLU()
        case "leaky_relu":
            layers[_free(layers, "leaky_relu")] = nn.LeakyReLU(0.1)
        case "sigmoid":
            layers[_free(layers, "sigmoid")] = nn.Sigmoid()
        case "tanh":
            layers[_free(layers, "tanh")] = nn.Tanh()


def _flattened(layers: dict[str, nn.Module], shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(shape) == 1:
        return shape
    channels, height, width = shape
    layers["flatten"] = Flatten(channels, height, width)
    return (channels * height * width,)


def _free(layers: Mapping[str, nn.Module], kind: str) -> str:
    """The name of the next layer of this kind: conv1, conv2, ..."""
    return f"{kind}{1 + sum(name.rstrip('0123456789') == kind for name in layers)}"
