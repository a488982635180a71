"""Fits a recipe's network: seeded, resumable at any epoch, deterministic on one machine.

    recipe, data set, seed -> an epoch a time -> runs/<recipe>/seed-<n>/checkpoint.pt -> Run

What is random in an epoch follows from (seed, epoch) alone, so that a run that was stopped and resumed gives
the same weights as one that was not.
"""

import copy
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from service.errors import ConfigurationError
from training import regime
from training.data import Dataset, split
from training.networks import Network
from training.recipes import Recipe
from training.weights import load_weights

CHECKPOINT = "checkpoint.pt"
EVALUATION_BATCH = 500


@dataclass(frozen=True)
class Epoch:
    """A row of the history. Training figures are means over the epoch as the weights move, with dropout on,
    as the lecture's library gives them; validation is measured after the epoch, with dropout off, and at the end of a
    cycle of the mean of the weights."""

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


@dataclass
class Run:
    """A network in training, and all that a checkpoint has to hold."""

    recipe: Recipe
    seed: int
    network: Network
    optimizer: torch.optim.Optimizer
    data_sha256: dict[str, str]
    history: list[Epoch] = field(default_factory=list)
    mean: Network | None = None  # of the weights at the ends of cycles so far, where the recipe has several

    @property
    def result(self) -> Network:
        """The network that is exported and published."""
        return self.network if self.mean is None else self.mean

    @property
    def seconds(self) -> float:
        return sum(row.seconds for row in self.history)


@dataclass(frozen=True)
class Progress:
    """Told after each step: figures so far in this epoch."""

    epoch: int
    step: int
    steps: int
    loss: float
    accuracy: float
    finished: Epoch | None = None


@dataclass(frozen=True)
class Samples:
    """Pictures float32 [n, 1, 28, 28] and class indices int64 [n], on the device, as one tensor each."""

    pictures: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)


def choose_device(name: str) -> torch.device:
    """`auto`, `cpu` or `cuda`; raises ConfigurationError where there is no such device."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigurationError(
            "There is no CUDA device that torch can use here. Use --device cpu, or install a CUDA build of torch."
        )
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def start(recipe: Recipe, dataset: Dataset, seed: int, device: torch.device) -> Run:
    """A run before its first epoch."""
    torch.manual_seed(seed)
    network = recipe.build()
    if recipe.start:
        load_weights(network, recipe.start)
    network = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Run(recipe, seed, network, _optimizer(recipe, network), dataset.sha256)


def _optimizer(recipe: Recipe, network: Network) -> torch.optim.Optimizer:
    weights = [p for p in network.parameters() if p.requires_grad]
    if recipe.regime is None:
        betas = (recipe.beta1, recipe.beta2)
        return torch.optim.Adam(weights, lr=recipe.learning_rate, betas=betas, eps=recipe.epsilon, fused=True)
    decayed = [p for p in weights if p.dim() > 1]
    groups = [
        {"params": decayed, "weight_decay": recipe.regime.weight_decay},
        {"params": [p for p in weights if p.dim() == 1], "weight_decay": 0.0},
    ]
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=recipe.regime.momentum, nesterov=True, fused=True)


def fit(
    run: Run, dataset: Dataset, epochs: int, folder: Path, report: Callable[[Progress], None] = lambda _: None
) -> Run:
    """Trains until the run has `epochs` epochs; writes a checkpoint before the first and after each.

    KeyboardInterrupt passes through; the checkpoint then holds the last whole epoch.
    """
    device = next(run.network.parameters()).device
    training, validation = samples(run.recipe, dataset, device)
    if not run.history:
        save_checkpoint(run, folder)
    if len(run.history) < epochs:
        extras = regime.extras(run.recipe, dataset, run.seed, folder.parent)
    while len(run.history) < epochs:
        run.history.append(_epoch(run, training, validation, report, extras))
        save_checkpoint(run, folder)
    return run


def samples(recipe: Recipe, dataset: Dataset, device: torch.device) -> tuple[Samples, Samples]:
    """The training and the validation samples of a recipe."""
    train, held_out = split(len(dataset.train_labels), recipe.validation)
    images, labels = dataset.train_images, dataset.train_labels
    training = _samples(recipe, images[train], labels[train], device)
    if not len(held_out):
        return training, _samples(recipe, dataset.test_images, dataset.test_labels, device)
    return training, _samples(recipe, images[held_out], labels[held_out], device)


def evaluate(network: Network, data: Samples) -> tuple[float, float]:
    """Mean loss and accuracy with dropout off."""
    network.eval()
    loss = correct = 0.0
    with torch.inference_mode():
        for first in range(0, len(data), EVALUATION_BATCH):
            targets = data.targets[first : first + EVALUATION_BATCH]
            logits = network(_pictures(data.pictures[first : first + EVALUATION_BATCH]))
            loss += float(network.loss(logits, targets)) * len(targets)
            correct += float((network.predicted(logits) == targets).sum())
    return loss / len(data), correct / len(data)


def save_checkpoint(run: Run, folder: Path) -> None:
    """Writes folder/checkpoint.pt under a temporary name and renames it: a kill leaves the last one whole."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{CHECKPOINT}.{os.getpid()}"
    try:
        torch.save(
            {
                "fingerprint": _fingerprint(run),
                "network": run.network.state_dict(),
                "mean": None if run.mean is None else run.mean.state_dict(),
                "optimizer": run.optimizer.state_dict(),
                "history": [asdict(row) for row in run.history],
            },
            part,
        )
        part.replace(folder / CHECKPOINT)
    finally:
        part.unlink(missing_ok=True)


def load_checkpoint(run: Run, folder: Path) -> bool:
    """Continues `run` from folder/checkpoint.pt; False where there is none.

    Raises ConfigurationError for a checkpoint that is damaged or of another recipe, seed or data.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return False
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True)
        theirs, history = state["fingerprint"], [Epoch(**row) for row in state["history"]]
    except Exception as error:  # torch.load raises whatever its unpickler meets
        raise ConfigurationError(f"{path} cannot be read ({type(error).__name__}). Remove it to start anew.") from None
    ours = _fingerprint(run)
    if different := [key for key in ours if theirs.get(key) != ours[key]]:
        key = different[0]
        raise ConfigurationError(
            f"{path} belongs to another run: its {key} is {theirs.get(key)!r}, this run's is {ours[key]!r}. "
            f"Name another --runs folder, or leave --resume out to start anew."
        )
    run.network.load_state_dict(state["network"])
    if state.get("mean"):  # a checkpoint from before there were cycles has none
        run.mean = copy.deepcopy(run.network)
        run.mean.load_state_dict(state["mean"])
    run.optimizer.load_state_dict(state["optimizer"])
    run.history = history
    return True


def _fingerprint(run: Run) -> dict[str, Any]:
    return {
        "recipe": run.recipe.name,
        "seed": run.seed,
        "parameters": run.network.parameter_count(),
        **run.recipe.hyperparameters(),
        "data_sha256": run.data_sha256,
    }


def _epoch(
    run: Run,
    training: Samples,
    validation: Samples,
    report: Callable[[Progress], None],
    extras: regime.Extras,
) -> Epoch:
    started, number = time.perf_counter(), len(run.history) + 1
    steps = -(-len(training) // run.recipe.batch_size)
    loss, correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    run.network.train()
    seen = 0
    for step, (pictures, targets) in enumerate(_batches(run, training, number), start=1):
        if run.recipe.regime is None:
            logits = run.network(pictures)
            batch_loss = run.network.loss(logits, targets)
        else:
            done = (number - 1 + (step - 1) / steps) / run.recipe.epochs
            regime.set_rate(run.optimizer, run.recipe, done)
            logits, batch_loss = regime.loss(run.network, run.recipe.regime, pictures, targets, extras)
        run.optimizer.zero_grad()
        batch_loss.backward()
        run.optimizer.step()
        seen += len(targets)
        loss += batch_loss.detach().cpu() * len(targets)
        correct += (run.network.predicted(logits) == targets).sum().cpu()
        if step % 20 == 0 or step == steps:
            report(Progress(number, step, steps, float(loss) / seen, int(correct) / seen))
    ended = _average(run, number)
    val_loss, val_accuracy = evaluate(run.result if ended else run.network, validation)
    seconds = time.perf_counter() - started
    row = Epoch(number, float(loss) / seen, int(correct) / seen, val_loss, val_accuracy, round(seconds, 3))
    report(Progress(number, steps, steps, row.loss, row.accuracy, finished=row))
    return row


def _average(run: Run, epoch: int) -> bool:
    """Takes the weights, and the statistics of their batch normalisation, into the mean, if a cycle has ended."""
    cycles = run.recipe.regime.cycles if run.recipe.regime else 1
    ended, rest = divmod(epoch * cycles, run.recipe.epochs)
    if cycles == 1 or rest or not ended:
        return False
    if run.mean is None:
        run.mean = copy.deepcopy(run.network)
    now = run.network.state_dict()
    for key, value in run.mean.state_dict().items():
        if value.dtype.is_floating_point:
            value.lerp_(now[key], 1 / ended)
    return True


def _batches(run: Run, data: Samples, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """A seeded permutation of the samples, batch by batch; the last one may be smaller."""
    seed = (run.seed * 1_000_003 + epoch) % 2**63
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed)).to(data.targets.device)
    torch.manual_seed(seed)  # dropout
    for first in range(0, len(data), run.recipe.batch_size):
        chosen = order[first : first + run.recipe.batch_size]
        yield _pictures(data.pictures[chosen]), data.targets[chosen]


def _pictures(pictures: Tensor) -> Tensor:
    return pictures.contiguous(memory_format=torch.channels_last)


def _samples(
    recipe: Recipe, images: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], device: torch.device
) -> Samples:
    pixels = torch.tensor(images, device=device).unsqueeze(1)
    return Samples(pixels.float() / 255.0, torch.from_numpy(recipe.targets(labels)).to(device))
