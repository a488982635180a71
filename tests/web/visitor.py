"""A person in front of the page: draws, chooses, drops, and reads what it says."""

import base64
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
_NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED"
_DROP = """([files, stage]) => {
  const transfer = new DataTransfer();
  for (const { name, type, content } of files) {
    const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  const happen = (type) => document.querySelector(stage).dispatchEvent(
    new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
  happen("dragover");
  return () => happen("drop");
}"""
_KEEP_UPLOADS = """
  window.sent = [];
  const send = window.fetch;
  const base64 = async (file) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  };
  window.fetch = (url, options) => {
    if (options?.body instanceof FormData) window.sent.push(base64(options.body.get("file")));
    return send(url, options);
  };
"""
_SETTLE = """async () => {
  const answers = () => performance.getEntriesByType("resource").length;
  for (let before = -1; before !== answers(); ) {
    before = answers();
    await new Promise((done) => setTimeout(done, 500));
  }
}"""
_SPILLS = """() => [...document.querySelectorAll(".card *")].filter((element) => {
  if (!element.checkVisibility()) return false;
  const card = element.closest(".card").getBoundingClientRect();
  const hidden = getComputedStyle(element).clipPath !== "none" || !element.getClientRects().length;
  return !hidden && element.getBoundingClientRect().right > card.right - 8;
}).map((element) => `${element.tagName}#${element.id}.${element.className}`)"""
_TIMEOUT_MS = 20_000  # for what a busy machine may take; what is right comes at once
Point = tuple[float, float]

expect.set_options(timeout=_TIMEOUT_MS)


# `wait_for_function` takes functions here, "() => ...": the page's policy forbids an expression's second evaluation.


def expect_address(page: Page, part: str, *, ends: bool = False) -> None:
    """Waits until the address holds `part`, or ends with it."""
    expect(page).to_have_url(re.compile(re.escape(part) + ("$" if ends else "")))


def focus(locator: Locator) -> None:
    """As a person, who waits until it is there: `Locator.focus` of what is hidden does nothing, without a word."""
    expect(locator).to_be_visible()
    locator.focus()
    expect(locator).to_be_focused()


class Visitor:
    """A page with its own storage. `errors` holds what the browser complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self._expected = [_NETWORK_CHANGED]
        page.on("console", self._on_console)
        self._flying: set[Request] = set()
        page.on("request", lambda request: self._flying.add(request))
        page.on("requestfinished", lambda request: self._flying.discard(request))
        page.on("requestfailed", lambda request: self._flying.discard(request))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    @classmethod
    @contextmanager
    def open(cls, browser: Browser, address: str, at: str = "", **context: Any) -> Iterator[Self]:
        """Opens the page at `address` + `at`; at the end no console error may have been left."""
        context = {"viewport": DESKTOP, "reduced_motion": "reduce", **context}
        with browser.new_context(**context) as session:
            visitor = cls(session.new_page())
            visitor.visit(address + at)
            yield visitor
            if complaints := visitor.complaints():
                pytest.fail("The browser's console: " + "; ".join(complaints))

    def visit(self, address: str) -> None:
        """Opens a page, again where Chromium dropped its connections: it does so whenever any network interface
        of the machine comes or goes, as those of containers do."""
        for _ in range(5):
            before = len(self.errors)
            self.page.goto(address)
            if not any(_NETWORK_CHANGED in text for text in self.errors[before:]):
                break
        expect(self.page.locator("main[aria-busy=true]")).to_have_count(0)

    def expect_complaint(self, pattern: str) -> None:
        """Names a console error that belongs to the test: Chromium logs every answer of 400 and above."""
        self._expected.append(pattern)

    def complaints(self) -> list[str]:
        return [text for text in self.errors if not any(re.search(pattern, text) for pattern in self._expected)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.text} ({message.location['url']})")

    def sent_pictures(self) -> list[NDArray[np.uint8]]:
        """Every picture that was sent so far, uint8 [H, W, 3], oldest first. Needs `watch_uploads`."""
        files: list[str] = self.page.evaluate("() => Promise.all(window.sent)")
        return [np.asarray(Image.open(io.BytesIO(base64.b64decode(file))).convert("RGB")) for file in files]

    def settle(self) -> None:
        """Waits until the page has got every answer that it waits for."""
        for _ in range(20):
            self.page.evaluate(_SETTLE)
            if not self._flying:
                return

    def watch_uploads(self) -> None:
        """Keeps what the page sends, from its next load on: Chromium shows no test the files of a form."""
        self.page.add_init_script(_KEEP_UPLOADS)

    # What the page shows

    @property
    def tiles(self) -> Locator:
        """The batch strip's entries."""
        return self.page.locator("#strip").get_by_role("option")

    @property
    def verdict(self) -> Locator:
        return self.page.locator("#verdict")

    @property
    def note(self) -> Locator:
        return self.verdict.locator(".note")

    def reads(self, label: str) -> None:
        """Waits until the page says that it sees `label`."""
        expect(self.verdict.locator("strong")).to_have_text(label)
        expect(self.verdict).to_contain_text("sure")

    def probabilities(self) -> dict[str, str]:
        """Label -> the number beside its bar."""
        rows = self.page.locator("#bars li").all()
        return {row.locator(".label").inner_text(): row.locator(".number").inner_text() for row in rows}

    def seen_pixels(self) -> list[int]:
        """Brightness (0..255) of each pixel of the last step, the picture that the network saw, row by row."""
        pixels: list[int] = self.page.evaluate(
            """() => { const c = document.querySelector("#steps li:last-child canvas");
            const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
            return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]); }"""
        )
        return pixels

    def step(self, number: int) -> Locator:
        """A step of the picture's way, 1 to 5."""
        return self.page.locator("#steps > li").nth(number - 1)

    def row(self, model: str) -> Locator:
        """A model's row in the table of all models."""
        return self.page.locator("#models-body tbody tr").filter(has_text=model)

    def has_sideways_scroll(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def spills(self) -> list[str]:
        """What reaches beyond the right edge of its card."""
        spilling: list[str] = self.page.evaluate(_SPILLS)
        return spilling

    # What a person does

    def draw(self, *strokes: Sequence[Point]) -> None:
        """Draws with the mouse. Points are in the pad's 280 x 280 space."""
        box = self.page.locator("#pad").bounding_box()
        assert box is not None
        scale = box["width"] / 280
        for stroke in strokes:
            (x, y), *rest = [(box["x"] + scale * x, box["y"] + scale * y) for x, y in stroke]
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            for x, y in rest:
                self.page.mouse.move(x, y, steps=5)
            self.page.mouse.up()

    def choose(self, *files: Path) -> None:
        """Through the button and the browser's own dialogue."""
        with self.page.expect_file_chooser() as dialogue:
            self.page.get_by_role("button", name="Choose").click()
        dialogue.value.set_files(files)

    def drag_over(self, *files: Path, stage: str = "#stage") -> Any:
        """Files dragged over the page; the handle's `evaluate("drop => drop()")` lets them go."""
        contents = [
            {"name": file.name, "type": "", "content": base64.b64encode(file.read_bytes()).decode()} for file in files
        ]
        return self.page.evaluate_handle(_DROP, [contents, stage])

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
