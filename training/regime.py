"""A step of our own networks' training: the rate of the moment, changed pictures, and some that are no class.

batch -> augment -> + strangers -> network in bfloat16 -> cross-entropy, and being unsure of the strangers
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from training.augment import augment
from training.data import Dataset
from training.networks import Network
from training.outliers import outliers, pairs
from training.recipes import Recipe, Regime

_STRANGERS = 16_000


def strangers(recipe: Recipe, dataset: Dataset, seed: int) -> Tensor | None:
    """Pictures of none of the classes, float32 [n, 1, 28, 28] in 0..1; None where the recipe or the data has none."""
    if recipe.regime is None or dataset.others is None:
        return None
    digits = recipe.dataset == "mnist"
    drawn = torch.tensor(outliers("digits" if digits else "clothes", dataset.others[0], _STRANGERS, seed))
    if digits:
        drawn = torch.cat([drawn, torch.tensor(pairs(dataset.train_images, _STRANGERS // 8, seed))])
    return drawn.unsqueeze(1).float() / 255


def set_rate(optimizer: torch.optim.Optimizer, recipe: Recipe, done: float) -> None:
    """Sets the learning rate where the share `done` (0..1) of all epochs lies behind."""
    assert recipe.regime is not None
    warmup = recipe.regime.warmup / recipe.epochs
    share = done / warmup if done < warmup else (1 + math.cos(math.pi * (done - warmup) / (1 - warmup))) / 2
    for group in optimizer.param_groups:
        group["lr"] = recipe.learning_rate * share


def loss(
    network: Network, regime: Regime, pictures: Tensor, targets: Tensor, others: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The logits of `pictures` [n, classes], and the loss to be lowered.

    Strangers add their cross-entropy with the even distribution: `-mean_k log p_k`.
    """
    generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
    batch = pictures
    if others is not None and regime.outliers:
        chosen = torch.randint(len(others), (regime.outliers,), generator=generator)
        batch = torch.cat([pictures, others[chosen]])
    batch = augment(batch, regime.augmentation, generator).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=regime.precision == "bfloat16"):
        logits = network(batch)
    logits = logits.float()
    known, unknown = logits[: len(pictures)], logits[len(pictures) :]
    total = F.cross_entropy(known, targets)
    if len(unknown):
        total = total - regime.outlier_weight * F.log_softmax(unknown, 1).mean()
    return known, total
