"""The operator's limit on pixels counts, not Pillow's."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from service.errors import PayloadTooLarge
from service.imaging.codec.files import ImageLimits, decode
from service.imaging.codec.pillow_limit import lift_limit
from tests.service.imaging.pictures import encode, files

FILES = {name: data for name, data in files().items() if "animated" not in name}
LIMITS = ImageLimits()


@pytest.mark.parametrize("pillows", [52 * 40 - 1, 52 * 20 - 1, 1])  # between warning and error, above both
@pytest.mark.parametrize("name", FILES)
def test_a_picture_within_our_limit_is_decoded(name: str, pillows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = decode(FILES[name], LIMITS).pixels
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", pillows)
    assert np.array_equal(decode(FILES[name], LIMITS).pixels, expected)
    assert pillows == Image.MAX_IMAGE_PIXELS
    with pytest.raises(PayloadTooLarge):
        decode(FILES[name], replace(LIMITS, max_pixels=52 * 40 - 1))


def test_a_picture_beyond_twice_pillows_limit_is_decoded() -> None:
    side = 13_500  # 182 million pixels, of one bit
    image = Image.new("1", (side, side))
    image.putpixel((0, 0), 1)
    with lift_limit(side * side):
        data = encode(image, "PNG")
    del image
    picture = decode(data, ImageLimits(max_pixels=2**28, max_side=2**16), working_side=256)
    assert (picture.width, picture.height) == (side, side)
    assert picture.pixels[0, 0] <= 1


def test_the_limit_is_back_when_the_last_large_picture_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with lift_limit(101):
            inside.set()
            leave.wait(30)

    other = threading.Thread(target=hold)
    with lift_limit(101):
        other.start()
        assert inside.wait(30)
    assert Image.MAX_IMAGE_PIXELS is None  # the other picture is still in work
    leave.set()
    other.join()
    assert Image.MAX_IMAGE_PIXELS == 100


def test_a_picture_that_pillow_takes_leaves_its_limit_alone() -> None:
    before = Image.MAX_IMAGE_PIXELS
    assert before is not None
    with lift_limit(before):
        assert before == Image.MAX_IMAGE_PIXELS


def test_the_limit_is_back_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(RuntimeError), lift_limit(101):
        raise RuntimeError
    assert Image.MAX_IMAGE_PIXELS == 100
