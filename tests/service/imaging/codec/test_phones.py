"""Photographs as phones take them: larger than other pictures may be, since a JPEG is shrunk while it is decoded."""

from functools import cache
from io import BytesIO

import pytest
from PIL import Image

from service.errors import PayloadTooLarge
from service.imaging.codec.files import ImageLimits, decode
from service.imaging.preprocessing.recipes import WORKING_SIDE

SIZES = {"24 MP": (5712, 4284), "48 MP": (8064, 6048), "50 MP": (8160, 6120), "panorama": (10800, 2700)}


@cache
def photograph(size: tuple[int, int], kind: str = "JPEG", progressive: bool = False) -> bytes:
    picture = Image.new("L", size, 235)
    picture.paste(20, (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    buffer = BytesIO()
    picture.save(buffer, kind, **({"progressive": True} if progressive else {}))
    return buffer.getvalue()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_they_are_read_as_a_smaller_copy(size: tuple[int, int]) -> None:
    picture = decode(photograph(size), ImageLimits(), working_side=WORKING_SIDE)
    assert (picture.width, picture.height) == size
    assert WORKING_SIDE <= max(picture.pixels.shape) <= 2 * WORKING_SIDE
    height, width = picture.pixels.shape[:2]
    assert picture.pixels[height * 3 // 8, width * 3 // 8] < 30
    assert picture.pixels[height // 8, width // 8] > 225


@pytest.mark.parametrize(
    ("size", "kind", "progressive", "side"),
    [
        (SIZES["24 MP"], "JPEG", False, None),  # all its pixels, as a filter wants them
        (SIZES["24 MP"], "JPEG", False, 4000),  # a small box in it
        (SIZES["24 MP"], "JPEG", True, WORKING_SIDE),  # whose coefficients are all held
        (SIZES["24 MP"], "PNG", False, WORKING_SIDE),
        ((8200, 6400), "JPEG", False, WORKING_SIDE),
    ],
    ids=["whole", "box", "progressive", "PNG", "52 MP"],
)
def test_others_keep_the_limit(size: tuple[int, int], kind: str, progressive: bool, side: int | None) -> None:
    data = photograph(size, kind, progressive)
    with pytest.raises(PayloadTooLarge, match=r"pixels \([0-9]+ x [0-9]+\); at most [0-9,]+ are accepted"):
        decode(data, ImageLimits(), working_side=side)


def test_sides_have_a_limit_of_their_own() -> None:
    with pytest.raises(PayloadTooLarge, match="pixels on a side") as caught:
        decode(photograph((17_000, 100)), ImageLimits(), working_side=WORKING_SIDE)
    assert caught.value.details == {"limit": 16_384, "actual": 17_000}
