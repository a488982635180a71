"""What joins training pictures in each batch: photographs that were rendered, other hands, people's photographs,
outliers.

    data sets, seed -> each part drawn, and behind the service's preparation -> uint8 [n, 28, 28] and class indices
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from service.imaging.pixels import Pixels
from training.data.sets import Dataset
from training.data.splits import split
from training.fitting.recipe import Recipe
from training.rendering.sources import Source
from training.robust import hands
from training.robust.cliparts_set import cliparts_set
from training.robust.clothing_set import clothing_set, scraps_set
from training.robust.outliers import outliers, pairs, without_ones
from training.robust.rendered_set import RenderedSet, kept_set, things_set, training_set, worn_set

_OUTLIERS = 12_000
_WORN = 4_000
_THINGS = 7_000
_REPEATED = 5  # times that a rendered outlier is as likely as a drawn one
OUTLIER = -1

Name = Literal["rendered", "hands", "strokes", "clothing", "worn", "views", "scraps", "things", "cliparts", "outliers"]


@dataclass(frozen=True)
class Part:
    """Pictures uint8 [n, 28, 28] with class indices int64 [n], OUTLIER of what is of no class."""

    pictures: Tensor
    labels: Tensor

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """`count` of them, float32 [count, 1, 28, 28] in 0..1, and their labels."""
        chosen = torch.randint(len(self.labels), (count,), generator=generator)
        return self.pictures[chosen].unsqueeze(1).float() / 255, self.labels[chosen]


@dataclass
class _Making:
    recipe: Recipe
    parts: dict[Name, Part] = field(default_factory=dict)
    outliers: list[Pixels] = field(default_factory=list)
    views: list[RenderedSet] = field(default_factory=list)

    def add(self, name: Name, made: RenderedSet, weight: int = 1) -> None:
        """What is of a class becomes a part, the rest an outlier of this weight; what has a second view, one more."""
        self.views.append(made.seen_twice)
        known = made.labels >= 0
        self.outliers += [made.pictures[~known]] * weight
        if known.any():
            self.parts[name] = _part(made.pictures[known], self._targets(made.labels[known]))

    def second_views(self) -> Part:
        """All second views, of a class or of none."""
        labels = np.concatenate([made.labels for made in self.views])
        targets = np.where(labels < 0, OUTLIER, self._targets(labels.clip(min=0)))
        return _part(np.concatenate([made.pictures for made in self.views]), targets)

    def _targets(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.recipe.targets(labels.astype(np.uint8))


def make_extras(
    recipe: Recipe, dataset: Dataset, names: Iterable[Name], rendered: float, seed: int, folder: Path
) -> dict[Name, Part]:
    """The parts of these names, and outliers. `rendered` photographs are made for each training picture.

    What takes long is kept in `folder`. Raises ValueError where the data set comes without what a part needs.
    """
    own: Literal["digits", "clothes"] = "digits" if recipe.dataset == "mnist" else "clothes"
    if dataset.others is None:
        raise ValueError(f"{dataset.name} comes without the other data set, which outliers need")
    source, spec, making = _source(recipe, dataset), recipe.preprocessing, _Making(recipe)
    n = min(_OUTLIERS, len(source.digits) // 4)
    making.outliers.append(outliers(own, dataset.others[0], n, seed))
    if own == "digits":
        making.outliers.append(pairs(source.digits, n // 8, seed))
        signs = kept_set("signs", "signs", lambda: hands.signs(source, n // 3), source, spec, folder)
        making.add("outliers", signs)
    if "rendered" in names:
        count = round(rendered * len(source.digits if own == "digits" else source.garments))
        making.add("rendered", training_set(own, count, source, spec, folder), _REPEATED)
    if "hands" in names:
        if not dataset.hands:
            raise ValueError(f"{dataset.name} comes without the tables of other hands, which this recipe needs")
        tables = hands.for_training(dataset.hands)
        what = {name: len(table) for name, table in tables.items()}
        making.add("hands", kept_set("hands", what, lambda: hands.shapes(tables, source, n // 3), source, spec, folder))
        making.add("strokes", kept_set("strokes", what, lambda: hands.strokes(tables, source), source, spec, folder))
    if "clothing" in names:
        making.add("clothing", clothing_set(dataset.clothing, spec, folder), _REPEATED)
    if "worn" in names:
        making.add("worn", worn_set(_WORN, source, spec, folder))
    if "views" in names:
        making.parts["views"] = making.second_views()
    if "scraps" in names:
        scraps = _all_views(scraps_set(dataset.clothing, spec, folder))
        making.parts["scraps"] = _outliers(without_ones(scraps) if own == "digits" else scraps)
    if "things" in names:
        making.parts["things"] = _outliers(_all_views(things_set(_THINGS, source, spec, folder)))
    if "cliparts" in names:
        making.parts["cliparts"] = _outliers(_all_views(cliparts_set(dataset.cliparts, source, spec, folder)))
    strange = np.concatenate(making.outliers)
    strange = without_ones(strange) if own == "digits" else strange
    making.parts["outliers"] = _outliers(strange)
    return making.parts


def _source(recipe: Recipe, dataset: Dataset) -> Source:
    """Both data sets without what is held out."""
    assert dataset.others is not None
    ours = (dataset.train_images, dataset.train_labels)
    digits, garments = (ours, dataset.others) if dataset.name == "mnist" else (dataset.others, ours)
    parts = [part[split(len(part), recipe.validation)[0]] for pair in (digits, garments) for part in pair]
    return Source(*parts)


def _part(pictures: Pixels, labels: NDArray[np.int64]) -> Part:
    return Part(torch.from_numpy(np.ascontiguousarray(pictures)), torch.from_numpy(labels))


def _all_views(made: RenderedSet) -> Pixels:
    return np.concatenate([made.pictures, made.seen_twice.pictures])


def _outliers(pictures: Pixels) -> Part:
    return _part(pictures, np.full(len(pictures), OUTLIER))
