"""A confusion matrix as a picture, where the package holds none that its training drew.

counts [classes][classes] + labels -> uint8 [H, W, 3]: a row a true class, a column a predicted one, mistakes coloured
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from service.imaging.drawing.text import Font, fitted, font
from service.imaging.pixels import Pixels

_MARGIN, _SIDE = 12, 1600  # pixels: around it, and the longest side of the matrix
_LARGEST_CELL, _WITH_NUMBERS, _WITH_LABELS = 44, 24, 11  # pixels
_LABEL = 130  # pixels that a label may take
_INK, _FAINT, _LINE = "#171B1E", "#8A9299", "#D9DDE0"
_MISTAKE = np.array([217, 95, 14])  # at its darkest; white where there is none


def draw_confusion(labels: Sequence[str], counts: Sequence[Sequence[int]]) -> Pixels:
    """Only mistakes are coloured, the more of them the darker. Numbers and labels stand there where cells have room."""
    classes = len(labels)
    cell = max(1, min(_LARGEST_CELL, _SIDE // classes))
    high = max(9, min(13, cell - 2))
    letters = font(high)
    room = _room(labels, letters) if cell >= _WITH_LABELS else 0
    head = high + 8
    left, top = _MARGIN + room + head, _MARGIN + room + 2 * head
    size = (left + cell * classes + _MARGIN, top + cell * classes + _MARGIN)
    sheet = Image.new("RGB", size, "white")
    sheet.paste(Image.fromarray(_cells(np.array(counts), cell)), (left, top))
    draw = ImageDraw.Draw(sheet)
    matrix = np.array(counts)
    wrong, total = int(matrix.sum() - np.trace(matrix)), int(matrix.sum())
    draw.text((_MARGIN, _MARGIN), f"{wrong:,} of {total:,} wrong: row true, column predicted", _INK, letters)
    draw.rectangle((left - 1, top - 1, left + cell * classes, top + cell * classes), outline=_LINE)
    if cell >= _WITH_LABELS:
        _draw_labels(sheet, labels, high, (left, top), cell)
    if cell >= _WITH_NUMBERS:
        for (row, column), count in np.ndenumerate(matrix):
            middle = left + (column + 0.5) * cell, top + (row + 0.5) * cell
            draw.text(middle, str(count), _FAINT if row == column or not count else _INK, letters, anchor="mm")
    return np.asarray(sheet)


def _room(labels: Sequence[str], letters: Font) -> int:
    return min(_LABEL, int(max(letters.getlength(label) for label in labels)) + 6)


def _cells(counts: np.ndarray, cell: int) -> Pixels:
    mistakes = counts * (1 - np.eye(len(counts), dtype=int))
    share = 0.75 * np.sqrt(mistakes / max(1, int(mistakes.max())))[..., None]
    colours = np.rint(255 * (1 - share) + _MISTAKE * share).astype(np.uint8)
    enlarged: Pixels = colours.repeat(cell, axis=0).repeat(cell, axis=1)
    return enlarged


def _draw_labels(sheet: Image.Image, labels: Sequence[str], high: int, corner: tuple[int, int], cell: int) -> None:
    """Those of the rows to the left, those of the columns above, turned."""
    (left, top), height, letters = corner, high + 4, font(high)
    draw = ImageDraw.Draw(sheet)
    for place, label in enumerate(labels):
        text = fitted(label, _LABEL - 6, letters)
        middle = (place + 0.5) * cell
        draw.text((left - 6, top + middle), text, _INK, letters, anchor="rm")
        width = max(1, int(letters.getlength(text)) + 1)
        turned = Image.new("L", (width, height), 255)
        ImageDraw.Draw(turned).text((0, height / 2), text, 0, letters, anchor="lm")
        turned = turned.rotate(90, expand=True)
        sheet.paste(turned, (int(left + middle - height / 2), top - 6 - width))
