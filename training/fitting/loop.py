"""Fits a recipe's network: seeded, resumable at any epoch, deterministic on one machine.

    recipe, data set, seed -> an epoch a time -> runs/<recipe>/seed-<n>/checkpoint.pt -> Run

What is random in an epoch follows from (seed, epoch) alone, so that a run that was stopped and resumed gives
the same weights as one that was not.
"""

import copy
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from training.data.sets import Dataset
from training.fitting.checkpoint import save_checkpoint
from training.fitting.machine import machine
from training.fitting.recipe import BatchLoss
from training.fitting.run import Epoch, Progress, Run
from training.fitting.samples import Samples, as_input, samples
from training.networks.network import Network

EVALUATION_BATCH = 500
_TOLD_EVERY = 20  # steps


def fit(
    run: Run, dataset: Dataset, epochs: int, folder: Path, report: Callable[[Progress], None] = lambda _: None
) -> Run:
    """Trains until the run has `epochs` epochs; writes a checkpoint before the first and after each.

    What takes long to make for a recipe is kept beside `folder`. KeyboardInterrupt passes through; the checkpoint then
    holds the last whole epoch. Raises OSError where a checkpoint cannot be written.
    """
    device = next(run.network.parameters()).device
    training, validation = samples(run.recipe, dataset, device)
    if not run.history:
        save_checkpoint(run, folder)
    if len(run.history) < epochs:
        run.machines = list(dict.fromkeys([*run.machines, machine()]))
        loss = run.recipe.method.begin(run.recipe, run.optimizer, dataset, run.seed, folder.parent)
    while len(run.history) < epochs:
        run.history.append(_epoch(run, training, validation, report, loss))
        save_checkpoint(run, folder)
    return run


def evaluate(network: Network, data: Samples) -> tuple[float, float]:
    """Mean loss and accuracy with dropout off."""
    network.eval()
    loss = correct = 0.0
    with torch.inference_mode():
        for first in range(0, len(data), EVALUATION_BATCH):
            targets = data.targets[first : first + EVALUATION_BATCH]
            logits = network(as_input(data.pictures[first : first + EVALUATION_BATCH]))
            loss += float(network.loss(logits, targets)) * len(targets)
            correct += float((network.predicted(logits) == targets).sum())
    return loss / len(data), correct / len(data)


def _epoch(
    run: Run, training: Samples, validation: Samples, report: Callable[[Progress], None], batch_loss: BatchLoss
) -> Epoch:
    started, number = time.perf_counter(), len(run.history) + 1
    steps = -(-len(training) // run.recipe.batch_size)
    total, correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    run.network.train()
    seen = 0
    for step, (pictures, targets) in enumerate(_batches(run, training, number), start=1):
        done = (number - 1 + (step - 1) / steps) / run.recipe.epochs
        logits, loss = batch_loss(run.network, pictures, targets, done)
        run.optimizer.zero_grad()
        loss.backward()
        run.optimizer.step()
        seen += len(targets)
        total += loss.detach().cpu() * len(targets)
        correct += (run.network.predicted(logits) == targets).sum().cpu()
        if step % _TOLD_EVERY == 0 or step == steps:
            report(Progress(number, step, steps, float(total) / seen, int(correct) / seen))
    ended = _average(run, number)
    val_loss, val_accuracy = evaluate(run.result if ended else run.network, validation)
    if ended:
        _go_on(run, number)
    seconds = time.perf_counter() - started
    row = Epoch(number, float(total) / seen, int(correct) / seen, val_loss, val_accuracy, round(seconds, 3))
    report(Progress(number, steps, steps, row.loss, row.accuracy, finished=row))
    return row


def _average(run: Run, epoch: int) -> bool:
    """Takes the weights, and the statistics of their batch normalisation, into the mean, if a cycle has ended."""
    ends = next((ends for ends in run.recipe.method.means(run.recipe.epochs) if epoch in ends), None)
    if ends is None:
        return False
    ended = ends.index(epoch) + 1
    if run.mean is None:
        run.mean = copy.deepcopy(run.network)
    now = run.network.state_dict()
    for key, value in run.mean.state_dict().items():
        if value.dtype.is_floating_point:
            value.lerp_(now[key], 1 / ended)
    return True


def _go_on(run: Run, epoch: int) -> None:
    """Where a mean ends and another follows, the network becomes the mean, and its optimiser has seen nothing yet. The
    mean itself is the first of the next, if that begins with this epoch."""
    means = run.recipe.method.means(run.recipe.epochs)
    for ends, following in pairwise(means):
        if ends[-1] == epoch:
            run.network.load_state_dict(run.result.state_dict())
            run.optimizer.state.clear()
            run.mean = copy.deepcopy(run.network) if following[0] == epoch else None


def _batches(run: Run, data: Samples, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """A seeded permutation of the samples, batch by batch; the last one may be smaller."""
    seed = (run.seed * 1_000_003 + epoch) % 2**63
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed)).to(data.targets.device)
    torch.manual_seed(seed)  # dropout
    for first in range(0, len(data), run.recipe.batch_size):
        chosen = order[first : first + run.recipe.batch_size]
        yield as_input(data.pictures[chosen]), data.targets[chosen]
