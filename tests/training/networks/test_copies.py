"""A picture at another size in the same frame, mirrored or not, and the mean answer over copies."""

import numpy as np
import pytest
import torch
from PIL import Image

from training.data.sets import Dataset
from training.networks.copies import Copy
from training.recipes import RECIPES

ROBUST = ("mnist_robust", "fashion_robust")


def test_the_same_size_is_the_same_picture() -> None:
    assert torch.equal(Copy(1.0).rows(), torch.eye(28))
    assert torch.equal(Copy(1.0).columns(), torch.eye(28))


@pytest.mark.parametrize("scale", [0.8, 0.93, 1.08])
def test_it_is_a_bilinear_copy_around_the_middle(scale: float, mnist: Dataset) -> None:
    """Pillow's affine transform reads between pixels in the same way; what lies outside is black."""
    inverse = (1 / scale, 0, 14 - 14 / scale, 0, 1 / scale, 14 - 14 / scale)
    for picture in mnist.test_images[:5]:
        values = picture.astype(np.float32)
        theirs = Image.fromarray(values).transform((28, 28), Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR)
        ours = Copy(scale).of(torch.from_numpy(values)).numpy()
        inside = slice(2, -2)  # Pillow mirrors the outermost pixels
        assert np.abs(ours - np.asarray(theirs))[inside, inside].max() < 0.01


def test_a_picture_keeps_its_middle() -> None:
    picture = torch.zeros(1, 1, 28, 28)
    picture[..., 8:20, 10:18] = 1
    for scale in (0.8, 1.2):
        small = Copy(scale).of(picture)
        rows, columns = small.sum(dim=(0, 1, 3)), small.sum(dim=(0, 1, 2))
        assert torch.allclose(rows, rows.flip(0), atol=1e-5)
        assert torch.allclose(columns, columns.flip(0), atol=1e-5)
        assert float(small.sum()) == pytest.approx(96 * scale**2, rel=0.02)


def test_a_mirror_image_is_the_copy_turned_over(mnist: Dataset) -> None:
    pictures = torch.from_numpy(mnist.test_images[:5].astype(np.float32))
    assert torch.equal(Copy(1.0, mirrored=True).of(pictures), pictures.flip(-1))
    mirrored = Copy(0.93, mirrored=True).of(pictures)
    assert torch.allclose(mirrored, Copy(0.93).of(pictures).flip(-1), atol=1e-3)
    assert not torch.allclose(mirrored, Copy(0.93).of(pictures), atol=1)


@pytest.mark.parametrize("name", ROBUST)
def test_the_served_answer_is_the_mean_over_copies(name: str) -> None:
    torch.manual_seed(0)
    network = RECIPES[name].build().eval()
    x = torch.rand(3, 1, 28, 28)
    assert network.copies
    with torch.inference_mode():
        seen = [x, *(copy.of(x) for copy in network.copies)]
        wanted = torch.stack([network.probabilities(network(each)) for each in seen]).mean(dim=0)
        assert torch.allclose(network.answer(x), wanted, atol=1e-6)
        assert not torch.allclose(network.answer(x), network.probabilities(network(x)), atol=1e-6)


def test_the_lectures_networks_see_a_picture_once() -> None:
    assert {name for name, recipe in RECIPES.items() if recipe.build().copies} == set(ROBUST)
