"""What the browser has to fetch before a person can begin, and where from; and what on the next visit."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.ci import sampled
from tests.web.visitor import Visitor

MOST_REQUESTS = 60  # before the first interaction
MOST_BYTES = 120_000  # as they go over the wire
MOST_WARM = 5  # requests, all told
_BEGUN = "() => !document.querySelector('#pad').inert && document.querySelector('main').ariaBusy === 'false'"


class Wire:
    """What went over the wire, and what the browser had."""

    def __init__(self) -> None:
        self.asked: dict[str, str] = {}
        self.kept: set[str] = set()
        self.sizes: dict[str, float] = {}

    @property
    def addresses(self) -> list[str]:
        return [url for request, url in self.asked.items() if request not in self.kept]

    def bytes_of_the_page(self) -> float:
        """Without answers about the sample that writes itself: how many come before one looks, the machine decides."""
        return sum(size for request, size in self.sizes.items() if "predict" not in self.asked.get(request, ""))


@contextmanager
def listening(visitor: Visitor) -> Iterator[Wire]:
    """Chromium's own account of its requests."""
    wire, session = Wire(), visitor.page.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", lambda e: wire.asked.update({e["requestId"]: e["request"]["url"]}))
    session.on("Network.requestServedFromCache", lambda e: wire.kept.add(e["requestId"]))
    session.on(
        "Network.responseReceived",
        lambda e: wire.kept.add(e["requestId"]) if e["response"].get("fromDiskCache") else None,
    )
    session.on("Network.loadingFinished", lambda e: wire.sizes.update({e["requestId"]: e["encodedDataLength"]}))
    yield wire
    session.detach()


@pytest.mark.parametrize("motion", sampled(["no-preference", "reduce"], 2))  # with motion the sample writes itself
def test_the_first_visit_is_light_and_the_next_lighter(browser: Browser, everything: str, motion: str) -> None:
    with Visitor.open(browser, "about:blank", reduced_motion=motion) as visitor:
        with listening(visitor) as wire:
            visitor.visit(everything)
            visitor.page.wait_for_function(_BEGUN)
            assert len(wire.addresses) <= MOST_REQUESTS
            assert 20_000 < wire.bytes_of_the_page() < MOST_BYTES
            visitor.reads("4")
            visitor.settle()
            assert {urlsplit(url).netloc for url in wire.addresses} == {urlsplit(everything).netloc}
            assert not [url for url in wire.addresses if "/vendor/" in url], "only Lessons needs the charts"
        with listening(visitor) as wire:
            visitor.page.reload()
            visitor.reads("4")
            visitor.settle()
            again = [url for url in wire.addresses if "predict" not in url] if motion != "reduce" else wire.addresses
            assert 1 <= len(again) <= MOST_WARM, again
            assert not [url for url in again if "/assets/" in url]
