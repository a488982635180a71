"""What each batch gets beside training pictures: outliers, drawn and rendered, and rendered photographs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from service.imaging.pixels import Pixels
from training.data.sets import Dataset
from training.data.splits import split
from training.fitting.recipe import Recipe
from training.rendering.sources import Source
from training.robust.outliers import outliers, pairs
from training.robust.rendered_set import training_set

_OUTLIERS = 16_000
_REPEATED = 5  # times that a rendered outlier is as likely as a drawn one


@dataclass(frozen=True)
class Extras:
    """What each batch gets beside training pictures, float32 [n, 1, 28, 28] in 0..1.

    `outliers` are none of the classes; `rendered` are photographs of training pictures, with their class indices.
    """

    outliers: Tensor | None = None
    rendered: Tensor | None = None
    labels: Tensor | None = None


def make_extras(recipe: Recipe, dataset: Dataset, rendered: float, seed: int, folder: Path) -> Extras:
    """What the data has of them: none without the other data set, and `rendered` photographs for each picture of the
    training set. Those are kept in `folder`."""
    if dataset.others is None:
        return Extras()
    own: Literal["digits", "clothes"] = "digits" if recipe.dataset == "mnist" else "clothes"
    n = min(_OUTLIERS, len(dataset.train_images))
    drawn = [outliers(own, dataset.others[0], n, seed)]
    if own == "digits":
        drawn.append(pairs(dataset.train_images, n // 8, seed))
    if not rendered:
        return Extras(_as_input(np.concatenate(drawn)))
    source = _source(recipe, dataset)
    n = round(rendered * len(source.digits if own == "digits" else source.garments))
    made = training_set(own, n, source, recipe.preprocessing, folder)
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
