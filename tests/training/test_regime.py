"""What our own networks are trained with: changed pictures, strangers, a rate that rises and falls."""

import numpy as np
import pytest
import torch

from training import regime
from training.augment import augment
from training.data import Dataset, split
from training.outliers import outliers, pairs
from training.recipes import RECIPES
from training.train import start


def batch(dataset: Dataset, n: int = 32) -> torch.Tensor:
    return torch.tensor(dataset.train_images[:n]).unsqueeze(1).float() / 255


@pytest.mark.parametrize("kind", ["digits", "clothes"])
def test_pictures_are_changed_each_in_its_own_way_and_again_the_same(kind: str, mnist: Dataset) -> None:
    same = batch(mnist, 1).repeat(8, 1, 1, 1)
    changed = augment(same, kind, torch.Generator().manual_seed(4))  # type: ignore[arg-type]
    assert changed.shape == same.shape
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1
    assert not any(torch.equal(changed[0], changed[i]) for i in range(1, 8))
    assert torch.equal(changed, augment(same, kind, torch.Generator().manual_seed(4)))  # type: ignore[arg-type]
    ink = changed.sum((1, 2, 3)) / same.sum((1, 2, 3))
    assert 0.2 < float(ink.min()) < float(ink.max()) < 4


def test_no_augmentation_changes_nothing(mnist: Dataset) -> None:
    x = batch(mnist)
    assert augment(x, "none", torch.Generator()) is x


@pytest.mark.parametrize("kind", ["digits", "clothes"])
def test_strangers_differ_have_ink_and_come_again_by_seed(kind: str, mnist: Dataset, fashion: Dataset) -> None:
    others = (fashion if kind == "digits" else mnist).train_images
    drawn = outliers(kind, others, 45, seed=3)
    assert drawn.shape == (45, 28, 28)
    assert drawn.dtype == np.uint8
    assert len({image.tobytes() for image in drawn}) > 42
    assert (np.ptp(drawn, axis=(1, 2)) > 0).sum() > 42
    assert np.array_equal(drawn, outliers(kind, others, 45, seed=3))


def test_pairs_hold_two_digits_within_the_box(mnist: Dataset) -> None:
    two = pairs(mnist.train_images, 20, seed=1)
    assert two.shape == (20, 28, 28)
    wide = [np.ptp(np.flatnonzero(image.any(0))) for image in two]
    assert np.mean(wide) > 14


def test_the_rate_rises_then_falls_to_zero(mnist: Dataset, cpu: torch.device) -> None:
    recipe = RECIPES["mnist_robust"]
    optimizer = start(recipe, mnist, 0, cpu).optimizer
    rates = []
    for done in (0.0, 0.025, 0.05, 0.5, 0.999):
        regime.set_rate(optimizer, recipe, done)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates[0] == 0
    assert rates[1] == pytest.approx(recipe.learning_rate / 2)
    assert rates[2] == pytest.approx(recipe.learning_rate)
    assert recipe.learning_rate > rates[3] > rates[4] > 0
    assert rates[4] < 1e-4


def test_being_sure_of_strangers_costs(mnist: Dataset, fashion: Dataset, cpu: torch.device) -> None:
    recipe = RECIPES["mnist_robust"]
    assert recipe.regime is not None
    network = start(recipe, mnist, 0, cpu).network.eval()
    with torch.no_grad():
        network.layers["dense"].bias[3] = 12.0  # type: ignore[index,union-attr]
    strangers = torch.tensor(outliers("digits", fashion.train_images, 32, 0)).unsqueeze(1).float() / 255
    targets = torch.full((32,), 3)
    torch.manual_seed(0)
    _, alone = regime.loss(network, recipe.regime, batch(mnist), targets, None)
    logits, together = regime.loss(network, recipe.regime, batch(mnist), targets, strangers)
    assert logits.shape == (32, 10)
    assert together.item() > alone.item() + 2


def test_validation_is_the_end_of_the_training_set() -> None:
    train, held_out = split(60_000, "last_5000")
    assert (len(train), held_out[0], held_out[-1]) == (55_000, 55_000, 59_999)
