"""A step of our own networks' training: the rate of the moment, changed pictures, and some that are no class.

batch + rendered + strangers -> augment -> network -> cross-entropy, and being unsure of the strangers
"""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from service.imaging.pixels import Pixels
from training.augment import augment
from training.data import Dataset, split
from training.networks import Network
from training.outliers import outliers, pairs
from training.prepared import training_pictures
from training.recipes import Recipe, Regime
from training.rendering.sources import Source

_STRANGERS = 16_000
_REPEATED = 5  # times that a rendered stranger is as likely as a drawn one


@dataclass(frozen=True)
class Extras:
    """What each batch gets beside training pictures, float32 [n, 1, 28, 28] in 0..1.

    `strangers` are none of the classes; `rendered` are photographs of training pictures, with their class indices.
    """

    strangers: Tensor | None = None
    rendered: Tensor | None = None
    labels: Tensor | None = None


def extras(recipe: Recipe, dataset: Dataset, seed: int, folder: Path) -> Extras:
    """What the recipe asks for and the data has; what is rendered is kept in `folder`."""
    if recipe.regime is None or dataset.others is None:
        return Extras()
    own: Literal["digits", "clothes"] = "digits" if recipe.dataset == "mnist" else "clothes"
    n = min(_STRANGERS, len(dataset.train_images))
    drawn = [outliers(own, dataset.others[0], n, seed)]
    if own == "digits":
        drawn.append(pairs(dataset.train_images, n // 8, seed))
    if not recipe.regime.rendered:
        return Extras(_as_input(np.concatenate(drawn)))
    source = _source(recipe, dataset)
    n = round(recipe.regime.rendered * len(source.digits if own == "digits" else source.garments))
    made = training_pictures(own, n, source, recipe.preprocessing, folder)
    known = made.labels >= 0
    drawn += [made.pictures[~known]] * _REPEATED
    labels = torch.from_numpy(recipe.targets(made.labels[known].astype(np.uint8)))
    return Extras(_as_input(np.concatenate(drawn)), _as_input(made.pictures[known]), labels)


def _source(recipe: Recipe, dataset: Dataset) -> Source:
    """Both data sets without what is held out."""
    assert dataset.others is not None
    ours = (dataset.train_images, dataset.train_labels)
    digits, garments = (ours, dataset.others) if dataset.name == "mnist" else (dataset.others, ours)
    parts = [part[split(len(part), recipe.validation)[0]] for pair in (digits, garments) for part in pair]
    return Source(*parts)


def _as_input(pictures: Pixels) -> Tensor:
    return torch.from_numpy(pictures).unsqueeze(1).float() / 255


def set_rate(optimizer: torch.optim.Optimizer, recipe: Recipe, done: float) -> None:
    """Sets the learning rate where the share `done` (0..1) of all epochs lies behind."""
    assert recipe.regime is not None
    cycle = recipe.epochs / recipe.regime.cycles
    warmup, done = recipe.regime.warmup / cycle, (done * recipe.regime.cycles) % 1
    share = done / warmup if done < warmup else (1 + math.cos(math.pi * (done - warmup) / (1 - warmup))) / 2
    for group in optimizer.param_groups:
        group["lr"] = recipe.learning_rate * share


@cache
def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; one that does not takes 13 times as long as with float32."""
    return any(has for name, has in torch.cpu.get_capabilities().items() if name.endswith("bf16"))


def loss(network: Network, regime: Regime, pictures: Tensor, targets: Tensor, others: Extras) -> tuple[Tensor, Tensor]:
    """The logits of `pictures` [n, classes], and the loss to be lowered.

    Strangers add their cross-entropy with the even distribution: `-mean_k log p_k`.
    """
    generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
    parts = [pictures]
    if others.rendered is not None and others.labels is not None:
        chosen = torch.randint(len(others.labels), (regime.rendered_batch,), generator=generator)
        parts.append(others.rendered[chosen])
        targets = torch.cat([targets, others.labels[chosen]])
    if others.strangers is not None:
        parts.append(others.strangers[torch.randint(len(others.strangers), (regime.outliers,), generator=generator)])
    batch = augment(torch.cat(parts), regime.augmentation, generator, regime.strength)
    with torch.autocast("cpu", torch.bfloat16, enabled=regime.precision == "bfloat16" and has_bfloat16()):
        logits = network(batch.contiguous(memory_format=torch.channels_last), regime.kept)
    logits = logits.float()
    known, unknown = logits[: len(targets)], logits[len(targets) :]
    total = F.cross_entropy(known, targets)
    if len(unknown):
        total = total - regime.outlier_weight * F.log_softmax(unknown, 1).mean()
    return logits[: len(pictures)], total
