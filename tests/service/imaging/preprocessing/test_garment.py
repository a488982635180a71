"""Photographs of garments come back as Fashion-MNIST has them."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from service.imaging.preprocessing.recipes import prepare
from service.imaging.preprocessing.spec import PreprocessSpec
from tests.ci import sampled
from tests.service.imaging.pictures import encode, sample
from tests.service.imaging.preprocessing.preparing import GARMENT, from_file, picture


def garment_photo(original: np.ndarray, background: float, noise_level: float = 1.5) -> np.ndarray:
    """A garment as it was before it was negated, 420 pixels on an even background, with its mask."""
    size = (420, 420)
    grey = 255 - np.asarray(Image.fromarray(original).resize(size, Image.Resampling.BICUBIC), dtype=float)
    mask = np.asarray(Image.fromarray(original > 0).resize(size), dtype=bool)
    photo = np.full((700, 560), background)
    photo[150:570, 70:490] = np.where(mask, grey, background)
    return photo + np.random.default_rng(0).normal(0, noise_level, photo.shape)


@pytest.mark.parametrize("kind", sampled(["white", "black", "alpha"], 2))
def test_a_garment_comes_back_as_fashion_mnist_has_it(kind: str) -> None:
    images = sample("fashion_mnist")[0]
    flat = images.reshape(len(images), -1).astype(np.float32)
    hits = 0
    for index in range(20):
        photo = garment_photo(images[index], 255)
        if kind == "black":
            photo = 255 - photo
        if kind == "alpha":
            photo = np.dstack((photo, photo, photo, 255.0 * (photo < 246)))
        shown = from_file(encode(photo, "PNG"), GARMENT)
        assert shown.polarity == ("light_on_dark" if kind == "black" else "dark_on_light")
        hits += int(np.square(flat - shown.pixels.ravel()).sum(axis=1).argmin()) == index
    assert hits >= 18


def test_a_garment_fills_the_picture_and_its_ground_is_black() -> None:
    for index in range(10):
        shown = from_file(encode(garment_photo(sample("fashion_mnist")[0][index], 205), "JPEG"), GARMENT)
        rows = np.flatnonzero((shown.pixels > 20).any(axis=1))
        columns = np.flatnonzero((shown.pixels > 20).any(axis=0))
        assert max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 >= 26
        assert np.count_nonzero(shown.pixels == 0) > 80
        assert shown.pixels.max() == 255


@pytest.mark.parametrize("ground", [(150, 150, 150), (60, 60, 60), (20, 22, 24), (30, 60, 140), (70, 150, 155)])
@pytest.mark.parametrize("spec", [GARMENT, replace(GARMENT, recipe="garment_photo")], ids=["garment", "garment_photo"])
def test_a_garment_on_a_dark_or_coloured_ground_is_negated_too(
    ground: tuple[int, int, int], spec: PreprocessSpec
) -> None:
    """As it is on white: what lies behind it does not say how dark it is."""
    alike = []
    for original in sample("fashion_mnist")[0][:20]:
        mask = np.asarray(Image.fromarray(original > 0).resize((420, 420)), dtype=bool)
        grey = 255 - np.asarray(Image.fromarray(original).resize((420, 420), Image.Resampling.BICUBIC), dtype=float)
        photo = np.ones((560, 560, 3)) * ground
        photo[70:490, 70:490][mask] = grey[mask][:, None]
        seen = prepare(picture(photo + np.random.default_rng(0).normal(0, 1.5, photo.shape)), spec)
        assert seen.polarity == "dark_on_light"
        assert not seen.views
        alike.append(float(np.corrcoef(seen.pixels.ravel(), original.ravel())[0, 1]))
    assert np.median(alike) > 0.8


@pytest.mark.parametrize(("width", "shade"), [(1, 0), (3, 128), (6, 255), (8, 40)])
def test_a_thin_frame_is_cut_off(width: int, shade: int) -> None:
    for original in sample("fashion_mnist")[0][:8]:
        photo = np.clip(garment_photo(original, 215), 0, 255)
        plain = prepare(picture(photo), GARMENT)
        photo[:width] = photo[-width:] = photo[:, :width] = photo[:, -width:] = shade
        framed = prepare(picture(photo), GARMENT)
        assert plain.box is not None
        assert framed.box is not None
        assert (
            np.abs(np.subtract(plain.box, framed.box)).max() <= 25
        )  # faint cloth may end elsewhere in another small copy
        assert framed.polarity == plain.polarity
        assert np.corrcoef(framed.pixels.ravel(), plain.pixels.ravel())[0, 1] > 0.8


def test_a_dim_picture_of_a_garment_reads_as_a_bright_one() -> None:
    """But for cloth that hardly differs from its background."""
    apart = []
    for original in sample("fashion_mnist")[0][:10]:
        photo = garment_photo(original, 255)
        bright, dim = (from_file(encode(light * photo, "PNG"), GARMENT).pixels.astype(int) for light in (1, 0.65))
        apart.append(float(np.abs(bright - dim).mean()))
    assert np.median(apart) < 3


def test_a_garment_on_a_crowded_rim_is_still_prepared() -> None:
    """No even background to fit: whatever comes of it, it is a picture."""
    rng = np.random.default_rng(0)
    shown = prepare(picture(rng.integers(0, 256, (90, 120, 3))), GARMENT)
    assert shown.pixels.shape == (28, 28)


def test_cloth_as_light_as_its_ground_has_no_holes_but_a_real_hole_stays() -> None:
    photo = np.full((320, 320), 200.0)
    photo[60:260, 60:260] = 90  # the outline of a garment
    photo[80:170, 80:240] = 191  # cloth nearly as light as the background
    photo[200:250, 80:240] = 200  # the background, seen through a handle
    shown = from_file(encode(np.rint(photo).astype(np.uint8), "PNG"), GARMENT).pixels
    assert shown[8, 14] > 0
    assert shown[23, 14] == 0
