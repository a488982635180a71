"""Where things are in the Look inside view, and what the service itself answers about them."""

import json
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Locator, Page

CNN = "#/inside?model=mnist_cnn"
RNN = "#/inside?model=mnist_rnn"


def ask(address: str, path: str, body: bytes | None = None) -> Any:
    with urlopen(Request(f"{address}api/v1/{path}", data=body, headers={"Content-Type": "image/png"})) as answer:
        return json.load(answer)


def look(address: str, model: str, query: str) -> Any:
    return ask(address, f"models/{model}/feature-maps?{query}", b"")


def decimal(value: float) -> str:
    """As the page writes a value below 10."""
    text = f"{abs(value):.2f}"
    return f"\u2212{text}" if value < 0 and float(text) else text


def panel_of(page: Page) -> Locator:
    return page.locator("#view-inside .panel")


def map_of(page: Page, index: int, layer: str = "conv1") -> Locator:
    return page.locator(f"[data-layer={layer}] .maps button").nth(index)


def layer_heads(page: Page) -> list[str]:
    return page.locator("#view-inside .layer h2").all_inner_texts()
