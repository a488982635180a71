"""Layers that torch does not have in the lecture's form."""

from typing import Literal

import torch
from torch import Tensor, nn

from training.networks.simple_rnn import last_state


class Recurrent(nn.Module):
    """Reads an image row by row and keeps the last state: [n, 1, steps, width] -> [n, units].

    SimpleRNN and LSTM have one bias a gate, as in the lecture's library: torch's second one stays zero. The GRU
    is the reset-after form, whose two biases differ, and keeps both.
    """

    def __init__(self, kind: Literal["SimpleRNN", "LSTM", "GRU"], width: int, units: int) -> None:
        super().__init__()
        self.kind, self.width, self.units = kind, width, units
        cell = {"SimpleRNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}[kind]
        self.cell: nn.RNNBase = cell(width, units, batch_first=True)
        nn.init.xavier_uniform_(self.cell.weight_ih_l0)
        nn.init.orthogonal_(self.cell.weight_hh_l0)
        nn.init.zeros_(self.cell.bias_ih_l0)
        nn.init.zeros_(self.cell.bias_hh_l0)
        if kind == "LSTM":
            with torch.no_grad():
                self.cell.bias_ih_l0[units : 2 * units] = 1.0  # the forget gate starts open
        if kind != "GRU":
            self.cell.bias_hh_l0.requires_grad_(False)

    def states(self, x: Tensor) -> Tensor:
        """The state after each row: [n, 1, steps, width] -> [n, steps, units]."""
        return self.cell(x.squeeze(1))[0]

    def forward(self, x: Tensor) -> Tensor:
        if self.kind == "SimpleRNN" and x.device.type == "cpu":
            weights: dict[str, Tensor] = dict(self.cell.named_parameters())
            return last_state(x.squeeze(1), *(weights[name] for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")))
        return self.states(x)[:, -1]


class Flatten(nn.Module):
    """[n, C, H, W] to [n, H * W * C], the order of the lecture's library.

    With channels last in memory this is a view; torch's own order would copy every batch there and back.
    """

    def __init__(self, channels: int, height: int, width: int) -> None:
        super().__init__()
        self.shape = (channels, height, width)

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).reshape(len(x), -1)


class GlobalAverage(nn.Module):
    """The mean of each map: [n, C, H, W] to [n, C]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


class Add(nn.Module):
    """The sum of two outputs of one shape: what makes a network residual."""

    def forward(self, x: Tensor, shortcut: Tensor) -> Tensor:
        return x + shortcut
