"""What the browser has to fetch before a person can begin, and where from."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.web.visitor import Visitor

MOST_BYTES = 200_000  # before the first interaction, as it goes over the wire


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])  # with motion the sample writes itself
def test_the_first_visit_is_light_and_asks_nobody_else(browser: Browser, everything: str, motion: str) -> None:
    with Visitor.open(browser, "about:blank", reduced_motion=motion) as visitor:
        wire = visitor.page.context.new_cdp_session(visitor.page)
        wire.send("Network.enable")
        sizes: list[float] = []
        hosts: set[str] = set()
        paths: list[str] = []
        wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        visitor.page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        visitor.page.on("request", lambda request: paths.append(urlsplit(request.url).path))
        visitor.visit(everything)
        visitor.reads("4")
        visitor.settle()
        assert hosts == {urlsplit(everything).netloc}
        assert 20_000 < sum(sizes) < MOST_BYTES
        assert not [path for path in paths if path.startswith("/vendor/")], "only Lessons needs the charts"
