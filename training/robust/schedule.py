"""How our own networks are trained: the rate of the moment, changed pictures, and what joins them in each batch.

batch + parts (rendered, other hands, photographs, outliers) -> augment -> network
-> cross-entropy, and being unsure of the outliers
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim import Optimizer

from training.data.sets import Dataset
from training.fitting.recipe import BatchLoss, Method, Recipe
from training.networks.network import Network
from training.robust.augment import Augmentation, augment, lay_down
from training.robust.extras import OUTLIER, Name, Part, make_extras

_ROUNDING = 1e-6  # epochs
_CONTRADICTED = 0.02  # probability of its label under which a doubtful picture is left out


@dataclass(frozen=True)
class Share:
    """How many pictures of a part join each batch, until the first stage ends and afterwards.

    `doubtful`: its labels or drawings are not always right, so that after the first stage those are left out whose
    label the network, as it then is, all but excludes.
    """

    part: Name
    early: int
    late: int
    doubtful: bool = False


def always(part: Name, count: int, doubtful: bool = False) -> Share:
    """The same number early and late."""
    return Share(part, count, count, doubtful)


@dataclass(frozen=True)
class Ending:
    """So many cycles more, with shares of their own: for pictures of which a network learns only once it knows its
    classes. Of each share the early number holds in the first `early` of them."""

    cycles: int
    early: int
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Refinement:
    """The training taken up once more at the mean of what came before: a long cosine of `first` epochs from `rate` of
    the learning rate, then `cycles` short ones. The result is the mean of the weights at the ends of these, and, if
    `joined`, of those that it began with. The shares hold in their late number; of what they bring, `turned` (0..1)
    lies on its side."""

    first: int
    cycles: int
    rate: float
    shares: tuple[Share, ...]
    joined: bool = False
    turned: float = 0.0

    def epochs(self, cycle: int) -> int:
        """How long it takes, with `cycle` epochs in a short one."""
        return self.first + self.cycles * cycle


@dataclass(frozen=True)
class Schedule(Method):
    """Stochastic gradient descent with Nesterov's momentum, the rate raised for `warmup` epochs and then lowered along
    half a cosine to zero (Loshchilov and Hutter, 2017): once over `first` epochs, then over each of `cycles` shorter
    ones of `cycle` epochs at `late_rate` of the rate. The result is the mean of the weights at the ends of all of them
    (Izmailov et al., 2018), so that a run that was stopped is worth something from the first end on. Where there is an
    `ending`, it is the mean of those of its late cycles; each of the `refinements` goes on from the mean before it.

    `stage` is the number of epochs after which the parts' late numbers hold.
    """

    optimizer_name: ClassVar[str] = "SGD"
    initial_weights: ClassVar[str] = "He normal, zero biases"

    augmentation: Augmentation
    first: int
    cycles: int
    cycle: int
    shares: tuple[Share, ...]
    stage: float
    late_rate: float = 0.3
    late_strength: float = 1.0  # of the changes in the shorter cycles, but for the mirror
    momentum: float = 0.9
    weight_decay: float = 5e-4  # not on biases and batch normalisation
    warmup: float = 1.0  # epochs
    outlier_weight: float = 0.5  # of their loss beside that of the pictures
    rendered: float = 0.08  # photographs that are rendered for each training picture
    precision: Literal["float32", "bfloat16"] = "float32"  # of convolutions, if the processor has it
    ending: Ending | None = None
    refinements: tuple[Refinement, ...] = ()

    @property
    def epochs(self) -> int:
        """How long it takes."""
        return self.before_refinements + sum(again.epochs(self.cycle) for again in self.refinements)

    @property
    def before_refinements(self) -> int:
        """How long it takes without the refinements."""
        return self.before_ending + (self.ending.cycles * self.cycle if self.ending else 0)

    @property
    def before_ending(self) -> int:
        """How long it takes without the ending and the refinements."""
        return self.first + self.cycles * self.cycle

    @property
    def all_shares(self) -> tuple[Share, ...]:
        """Those of every stage."""
        ending = self.ending.shares if self.ending else ()
        return tuple(chain(self.shares, ending, *(again.shares for again in self.refinements)))

    def refining(self, epoch: float) -> tuple[Refinement, float] | None:
        """The refinement in which `epoch` lies, and how much of that is behind; None before the first."""
        behind = epoch - self.before_refinements
        if behind < 0:
            return None
        for again in self.refinements[:-1]:
            if behind < again.epochs(self.cycle):
                return again, behind
            behind -= again.epochs(self.cycle)
        return (self.refinements[-1], behind) if self.refinements else None

    def settings(self, epochs: int) -> dict[str, Any]:
        """The cosines end with epochs: another number of epochs is another recipe."""
        return {"epochs": epochs, **asdict(self)}

    def means(self, epochs: int) -> tuple[tuple[int, ...], ...]:
        known, until = self.ending, self.before_refinements
        first = self.before_ending + (known.early + 1) * self.cycle if known else self.first
        ends = [tuple(range(first, until + 1, self.cycle))] if known or self.cycles else []
        for again in self.refinements:
            began, first, until = until, until + again.first, until + again.epochs(self.cycle)
            ends.append((*([began] if again.joined else ()), *range(first, until + 1, self.cycle)))
        reached = (tuple(epoch for epoch in each if epoch <= epochs) for each in ends)
        return tuple(filter(None, reached))  # a shorter run has its result at the last that it comes to

    def optimizer(self, network: Network, learning_rate: float) -> Optimizer:
        weights = [p for p in network.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in weights if p.dim() > 1], "weight_decay": self.weight_decay},
            {"params": [p for p in weights if p.dim() == 1], "weight_decay": 0.0},
        ]
        return torch.optim.SGD(groups, lr=learning_rate, momentum=self.momentum, nesterov=True, fused=True)

    def begin(self, recipe: Recipe, optimizer: Optimizer, dataset: Dataset, seed: int, folder: Path) -> BatchLoss:
        names = {share.part for share in self.all_shares}
        parts = make_extras(recipe, dataset, names, self.rendered, seed, folder)

        def loss(network: Network, pictures: Tensor, targets: Tensor, done: float) -> tuple[Tensor, Tensor]:
            set_rate(optimizer, self, recipe, done)
            return batch_loss(network, self, pictures, targets, parts, done)

        return loss


def set_rate(optimizer: Optimizer, schedule: Schedule, recipe: Recipe, done: float) -> None:
    """Sets the learning rate where the share `done` (0..1) of all epochs lies behind."""
    epoch, highest, first = done * schedule.epochs, 1.0, schedule.first
    if refining := schedule.refining(epoch):
        again, epoch = refining
        highest, first = again.rate, again.first
    if epoch < first:
        rate, length, warmup = highest, float(first), schedule.warmup
    else:
        rate, length, warmup = schedule.late_rate, float(schedule.cycle), schedule.warmup / 4
        epoch = (epoch - first) % schedule.cycle
    share = epoch / warmup if epoch < warmup else (1 + math.cos(math.pi * (epoch - warmup) / (length - warmup))) / 2
    for group in optimizer.param_groups:
        group["lr"] = recipe.learning_rate * rate * share


def _stage(schedule: Schedule, done: float) -> tuple[tuple[Share, ...], bool, float]:
    """What joins a batch where the share `done` (0..1) of all epochs lies behind, whether in its late number, and the
    share of it that lies on its side."""
    epoch, ending = done * schedule.epochs + _ROUNDING, schedule.ending
    if refining := schedule.refining(epoch):
        return refining[0].shares, True, refining[0].turned
    if ending is None or epoch < schedule.before_ending:
        return schedule.shares, epoch >= schedule.stage, 0.0
    return ending.shares, epoch >= schedule.before_ending + ending.early * schedule.cycle, 0.0


@cache
def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; one that does not takes 13 times as long as with float32."""
    return any(has for name, has in torch.cpu.get_capabilities().items() if name.endswith("bf16"))


def batch_loss(
    network: Network, schedule: Schedule, pictures: Tensor, targets: Tensor, parts: Mapping[Name, Part], done: float
) -> tuple[Tensor, Tensor]:
    """The logits of `pictures` [n, classes], and the loss to be lowered, a scalar.

    Outliers add their cross-entropy with the even distribution: `-mean_k log p_k`.
    """
    generator = torch.Generator().manual_seed(int(torch.randint(2**62, ())))
    (shares, late, turned), drawn, labels = _stage(schedule, done), [pictures], [targets]
    doubted = [torch.zeros(len(targets), dtype=torch.bool)]
    for share in shares:
        count = share.late if late else share.early
        if count and share.part in parts:
            chosen, wanted = parts[share.part].draw(count, generator)
            drawn.append(chosen)
            labels.append(wanted)
            doubted.append(torch.full((count,), share.doubtful and late))
    strength = 1.0 if done * schedule.epochs < schedule.first else schedule.late_strength
    together = torch.cat(drawn)
    if turned:  # else nothing random is drawn: who trained without it trains as before
        lay_down(together[len(pictures) :], turned, generator)
    batch = augment(together, schedule.augmentation, generator, strength)
    with torch.autocast("cpu", torch.bfloat16, enabled=schedule.precision == "bfloat16" and has_bfloat16()):
        logits = network(batch.contiguous(memory_format=torch.channels_last))
    logits = logits.float()
    total = _loss(logits, torch.cat(labels), torch.cat(doubted), schedule.outlier_weight)
    return logits[: len(pictures)], total


def _loss(logits: Tensor, labels: Tensor, doubted: Tensor, outlier_weight: float) -> Tensor:
    """Cross-entropy of what is of a class and not contradicted, and of outliers with the even distribution."""
    log_p = F.log_softmax(logits, 1)
    own = log_p.gather(1, labels.clamp(min=0)[:, None])[:, 0]
    known = labels != OUTLIER
    believed = known & ~(doubted & (own.detach() < math.log(_CONTRADICTED)))
    total = -own[believed].mean()
    return total if known.all() else total - outlier_weight * log_p[~known].mean()
