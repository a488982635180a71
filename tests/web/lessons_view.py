"""Where things are in the Lessons view, and what the service itself answers about them."""

import json
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Locator, Page


def ask(address: str, path: str) -> Any:
    with urlopen(f"{address}api/v1/{path}") as answer:
        return json.load(answer)


def share(value: float, digits: int = 1) -> str:
    return f"{100 * value:.{digits}f}\u00a0%"


def lesson(page: Page) -> Locator:
    return page.locator("#view-lessons .lesson")


def chart(page: Page, title: str) -> Locator:
    heading = page.get_by_role("heading", name=title, exact=True)
    return page.locator("#view-lessons .card").filter(has=heading)
