"""SimpleRNN's steps for the CPU, with their gradient by hand: the same sums as torch's own, in fewer pieces.

    rows [n, steps, width] -> all input products at once -> h_t = tanh(x_t + U h_(t-1)) -> the last h
    its gradient           <- the steps backwards        <- the weights' gradients, all steps at once

torch records a graph of three pieces a step and adds up the weights' gradients step by step; 28 steps of 128 units
are too small for that to come free (benchmarks/training_speed.md).
"""

from typing import Any

import torch
from torch import Tensor


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
        inner = torch.empty_like(states)  # dJ / d(what tanh was given)
        for t in range(steps - 1, -1, -1):
            outer = gradient if t == steps - 1 else torch.mm(inner[t + 1], recurrent, out=inner[t])
            torch.ops.aten.tanh_backward(outer, states[t], grad_input=inner[t])
        flat = inner.view(steps * n, units)
        of_recurrent = inner[1:].view(-1, units).t() @ states[:-1].view(-1, units)
        return None, (by_step.t() @ flat).t(), of_recurrent, flat.sum(0)


def _tanh_(x: Tensor) -> Tensor:
    """tanh x = 2 s(2 x) - 1 in place: torch's sigmoid takes a fifth of the time of its tanh on a CPU."""
    return x.mul_(2).sigmoid_().mul_(2).sub_(1)
