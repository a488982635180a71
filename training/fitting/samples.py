"""A data set as a recipe trains on it: one tensor of pictures and one of targets, on the device."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.data.sets import Dataset
from training.data.splits import split
from training.fitting.recipe import Recipe


@dataclass(frozen=True)
class Samples:
    """Pictures float32 [n, 1, 28, 28] in 0..1 and class indices int64 [n], on the device, as one tensor each."""

    pictures: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)


def samples(recipe: Recipe, dataset: Dataset, device: torch.device) -> tuple[Samples, Samples]:
    """The training and the validation samples of a recipe."""
    train, held_out = split(len(dataset.train_labels), recipe.validation)
    images, labels = dataset.train_images, dataset.train_labels
    training = _samples(recipe, images[train], labels[train], device)
    if not len(held_out):
        return training, _samples(recipe, dataset.test_images, dataset.test_labels, device)
    return training, _samples(recipe, images[held_out], labels[held_out], device)


def as_input(pictures: Tensor) -> Tensor:
    """Pictures [n, C, H, W] in channels-last memory, which the convolutions are quicker with."""
    return pictures.contiguous(memory_format=torch.channels_last)


def _samples(recipe: Recipe, images: NDArray[np.uint8], labels: NDArray[np.uint8], device: torch.device) -> Samples:
    pixels = torch.tensor(images, device=device).unsqueeze(1)
    return Samples(pixels.float() / 255.0, torch.from_numpy(recipe.targets(labels)).to(device))
