"""Pages that one test after another looks at.

A browser's context with its page costs Chromium as much as all that the page then loads in it. So a page stays, empty,
until a test asks for one with the same options; what a test that failed has left is thrown away.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, Page

_idle: WeakKeyDictionary[Browser, dict[str, Page]] = WeakKeyDictionary()
_FORGET = "() => { sessionStorage.clear(); localStorage.clear(); }"


@contextmanager
def a_page(browser: Browser, *, fresh: bool, **options: Any) -> Iterator[Page]:
    """A page of a context with these options, and nobody else's. `fresh`: it is new, and nobody's afterwards."""
    idle, key = _idle.setdefault(browser, {}), repr(sorted(options.items()))
    page = None if fresh else idle.pop(key, None)
    page = page or browser.new_context(**options).new_page()
    is_kept = False
    try:
        yield page
        is_kept = not fresh and key not in idle and _is_cleared(page)
    finally:
        if is_kept:
            idle[key] = page
        else:
            page.context.close()


def _is_cleared(page: Page) -> bool:
    """Leaves no document, store, route, permission or second page behind; False where the page has ended."""
    if page.is_closed() or len(page.context.pages) > 1:
        return False
    page.unroute_all(behavior="ignoreErrors")
    page.context.clear_permissions()
    if page.url.startswith("http"):
        page.evaluate(_FORGET)
    page.goto("about:blank")
    page.mouse.move(0, 0)
    return True
