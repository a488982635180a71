"""Rendered pictures: files that the service takes, the same for the same seed, and truly what they say."""

from pathlib import Path

import matplotlib
import pytest
from PIL import ImageFont

from service.imaging.codec.files import ImageLimits, decode
from tests.ci import sampled
from training.rendering import FAMILIES, KINDS, render, render_all, sources
from training.rendering.sources import Source


@pytest.mark.parametrize("kind", sampled(list(KINDS), 3))
def test_every_kind_is_a_file_that_the_service_takes_and_the_same_again(kind: str, source: Source) -> None:
    pictures = [render(kind, source, 7, index) for index in range(3)]
    for picture in pictures:
        assert decode(picture.data, ImageLimits()).width > 0
        assert len(picture.labels) in {"negatives": (0,), "things": (0,), "several": (2, 3, 4, 5)}.get(
            picture.family, (1,)
        )
    again = render(kind, source, 7, 2)
    assert (again.data, again.labels) == (pictures[2].data, pictures[2].labels)
    assert render(kind, source, 8, 2).data != pictures[2].data


def test_a_picture_does_not_hang_on_what_else_is_rendered(source: Source) -> None:
    several = list(render_all("several", source, 3, 2))
    assert [p.kind for p in several] == [k.__name__ for k in FAMILIES["several"] for _ in range(2)]
    assert several[3].data == render("row_drawn", source, 3, 1).data


def test_digits_are_of_at_least_24_kinds() -> None:
    assert len(FAMILIES["digits"]) >= 24


def test_rotated_files_are_upright_once_decoded(source: Source) -> None:
    assert all(decode(render("exif_rotated", source, 1, i).data, ImageLimits()).exif_rotated for i in range(4))


def test_fonts_are_those_of_a_package_and_not_of_the_machine() -> None:
    home = Path(matplotlib.get_data_path())
    assert len(sources.font_files()) == 20
    assert all(home in path.parents for path in sources.font_files())
    assert set(sources.greek_fonts()) < set(sources.font_files())


@pytest.mark.parametrize("path", sources.font_files(), ids=lambda path: path.name)
def test_every_font_draws_every_digit(path: Path) -> None:
    font = sources.open_font(path, 40)
    drawn = [bytes(font.getmask(digit)) for digit in "0123456789"]
    assert len(set(drawn)) == 10
    assert all(any(mask) for mask in drawn)
    assert font.layout_engine == ImageFont.Layout.BASIC
