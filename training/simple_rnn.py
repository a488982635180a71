"""SimpleRNN's steps for the CPU, with their gradient by hand: the same sums as torch's own, in fewer pieces.

    rows [n, steps, width] -> all input products at once -> h_t = tanh(x_t + U h_(t-1)) -> the last h
    its gradient           <- the steps backwards        <- the weights' gradients, all steps at once

torch records a graph of three pieces a step and adds up the weights' gradients step by step; 28 steps of 128 units
are too small for that to come free (benchmarks/training_speed.md).
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.grad import conv2d_weight


def last_state(rows: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
    """The state after the last row. rows [n, steps, width], kernel [units, width], recurrent [units, units],
    bias [units] -> [n, units], all float32."""
    state: Tensor = _Steps.apply(rows, kernel, recurrent, bias)
    return state


class _Steps(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, kernel: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
        n, steps, width = rows.shape
        by_step = rows.transpose(0, 1).reshape(steps * n, width)
        states = torch.addmm(bias, by_step, kernel.t()).view(steps, n, -1)
        back = recurrent.t().contiguous()
        _tanh_(states[0])
        for t in range(1, steps):
            _tanh_(states[t].addmm_(states[t - 1], back))
        ctx.save_for_backward(by_step, recurrent, states)
        return states[-1].clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, Tensor, Tensor]:
        by_step, recurrent, states = ctx.saved_tensors
        steps, n, units = states.shape
        slope = 1 - states * states  # of tanh
        inner = torch.empty_like(states)  # dJ / d(what tanh was given)
        torch.mul(gradient, slope[-1], out=inner[-1])
        for t in range(steps - 2, -1, -1):
            torch.mm(inner[t + 1], recurrent, out=inner[t]).mul_(slope[t])
        flat = inner.view(steps * n, units)
        earlier = states[:-1].view(-1, units)
        return None, _summed(flat, by_step), _summed(inner[1:].view(-1, units), earlier), flat.sum(0)


def _summed(gradient: Tensor, given: Tensor) -> Tensor:
    """gradient.T @ given, of [m, a] and [m, b], as the gradient of a 1 x 1 convolution over m places.

    oneDNN computes that at twice the speed that MKL has for the product on an AMD processor.
    """
    a, b = gradient.shape[1], given.shape[1]
    places = [x.view(1, len(x), 1, -1).permute(0, 3, 1, 2) for x in (given, gradient)]
    return conv2d_weight(places[0], [a, b, 1, 1], places[1]).view(a, b)


def _tanh_(x: Tensor) -> Tensor:
    """tanh x = 2 s(2 x) - 1 in place: torch's sigmoid takes a fifth of the time of its tanh on a CPU."""
    return x.mul_(2).sigmoid_().mul_(2).sub_(1)
