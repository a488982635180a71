"""The Filters view as its visitor meets it, and the numbers that it should show, by the plain formula."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.web.server import ROOT
from tests.web.visitor import Visitor

STILL_LIFE = ROOT / "service" / "web" / "still_life.jpg"
SOBEL_X = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
# From a copy: a canvas that is read twice makes Chromium warn. As text: Playwright takes each number of a list apart.
_PIXELS = """(canvas) => {
  const { width, height } = canvas;
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let bytes = "";
  for (let i = 0; i < data.length; i += 2 ** 14) bytes += String.fromCharCode(...data.subarray(i, i + 2 ** 14));
  return [width, height, btoa(bytes)];
}"""


class Lab:
    """Parts of the view by what a person calls them."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page = visitor.page
        self.view = self.page.locator("#view-filters")
        self.card_in = self.view.locator("section.lab-in")
        self.card_out = self.view.locator("section.lab-out")
        self.kernel = self.view.locator("section.lab-kernel")
        self.steps = self.view.locator(".lab-sequence")
        self.sheet = self.view.locator(".lab-sheet")
        self.size_in = self.card_in.locator(".lab-head .number")
        self.size_out = self.card_out.locator(".lab-head .number")
        self.sum = self.view.locator(".sum")
        self.note = self.view.locator(".note")
        self.window_words = self.card_in.locator(".trace .caption")

    def wait(self) -> None:
        """Until the first result stands."""
        expect(self.size_out).to_contain_text("ms")

    def cell(self, row: int, column: int) -> Locator:
        return self.kernel.get_by_label(f"Row {row}, column {column}", exact=True)

    def preset(self) -> Locator:
        return self.kernel.get_by_label("Preset")

    def tiles(self) -> list[str]:
        return [" ".join(text.split()) for text in self.steps.locator(".lab-step").all_inner_texts()]

    def cells(self, card: Locator) -> list[list[str]]:
        """The numbers of the window or of the products."""
        rows = card.locator(".cells tr").all()
        return [row.locator("td").all_inner_texts() for row in rows]

    def picture(self, card: Locator) -> Locator:
        return card.get_by_role("application")

    def pixels(self, card: Locator) -> NDArray[np.uint8]:
        """uint8 [H, W, 3], what the card's large canvas holds."""
        return canvas_pixels(card.locator(".lab-picture canvas"))

    def shows(self, expected: NDArray[np.uint8], within: int = 0) -> None:
        """Waits until Out holds this grey picture [H, W], to `within` tones."""
        expect(self.size_out).to_contain_text(f"{expected.shape[1]} × {expected.shape[0]}")
        self.visitor.settle()
        shown = self.pixels(self.card_out)
        assert shown.shape[:2] == expected.shape
        np.testing.assert_allclose(shown[..., 0].astype(int), expected, rtol=0, atol=within)


def canvas_pixels(canvas: Locator) -> NDArray[np.uint8]:
    """uint8 [H, W, 3], before any filter of the style sheet."""
    answer: Any = canvas.evaluate(_PIXELS)
    width, height, data = answer
    pixels: NDArray[np.uint8] = np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[..., :3]
    return pixels


def grey(path: Path = STILL_LIFE) -> NDArray[np.float64]:
    return np.asarray(Image.open(path).convert("L")).astype(np.float64)


def convolved(pixels: NDArray[np.float64], kernel: Any, divisor: float = 1) -> NDArray[np.float64]:
    """out[y, x] = sum_ij K[i, j] * I[y + i, x + j], zeros around, the size stays."""
    weights = np.array(kernel, np.float64)
    height, width = weights.shape
    above, left = (height - 1) // 2, (width - 1) // 2
    padded = np.pad(pixels, ((above, height - 1 - above), (left, width - 1 - left)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weights.shape)
    values: NDArray[np.float64] = np.einsum("yxij,ij->yx", windows, weights) / divisor
    return values


def middle(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Zero is middle grey, the largest size black or white."""
    shown: NDArray[np.float64] = 127.5 + values * (127.5 / np.abs(values).max())
    return cut(shown)


def cut(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(values).clip(0, 255).astype(np.uint8)


def text(number: float) -> str:
    """As the page writes it."""
    return f"{number:.4g}".replace("-", "\u2212")
