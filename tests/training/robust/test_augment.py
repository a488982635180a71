"""Changed pictures: each in its own way, again the same by seed, and still pictures."""

import pytest
import torch

from training.data.sets import Dataset
from training.robust.augment import augment, lay_down


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


def test_no_strength_leaves_garments_but_for_the_mirror(fashion: Dataset) -> None:
    x = batch(fashion)
    changed = augment(x, "clothes", torch.Generator().manual_seed(1), 0.0)
    same = [torch.allclose(a, b, atol=1e-4) for a, b in zip(changed, x, strict=True)]
    mirrored = [torch.allclose(a, b.flip(2), atol=1e-4) for a, b in zip(changed, x, strict=True)]
    assert all(a or b for a, b in zip(same, mirrored, strict=True))
    assert 4 < sum(same) < 28


@pytest.mark.parametrize(("kind", "least", "most"), [("clothes", 0.5, 0.9), ("digits", 0.1, 0.5)])
def test_parts_are_hidden_in_a_share_of_the_pictures(kind: str, least: float, most: float) -> None:
    """Of white pictures: what is moved in from beyond the rim is dark too, but not in the middle."""
    changed = augment(torch.ones(400, 1, 28, 28), kind, torch.Generator().manual_seed(0))  # type: ignore[arg-type]
    middle = changed[:, 0, 6:22, 6:22]
    hidden = ((middle - middle.flatten(1).max(1).values[:, None, None]).abs() > 0.3).flatten(1).float().mean(1)
    assert least < float((hidden > 0.1).float().mean()) < most
    assert float(hidden.max()) > 0.4


def test_a_share_of_the_pictures_is_laid_on_its_side(fashion: Dataset) -> None:
    x = batch(fashion, 200)
    lying = x.clone()
    lay_down(lying, 0.1, torch.Generator().manual_seed(0))
    same = [torch.equal(a, b) for a, b in zip(lying, x, strict=True)]
    turned = [torch.equal(a, b.rot90(1, (1, 2))) for a, b in zip(lying, x, strict=True)]
    assert all(a or b for a, b in zip(same, turned, strict=True))
    assert 8 < sum(turned) < 40
