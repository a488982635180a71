"""Takes the pictures of the web client: docs/client.png, with which README opens, and service/web/og.png for links.

    .venv/bin/python -m docs.client_picture     needs Chromium on the PATH

models/ -> the service on a free port -> Chromium, the first visit's sample -> the pictures
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize, expect, sync_playwright

from tests.web.server import ROOT, serving

PICTURES = (
    (ROOT / "docs" / "client.png", ViewportSize(width=1280, height=800)),
    (ROOT / "service" / "web" / "og.png", ViewportSize(width=1200, height=630)),
)


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no chromium on the PATH. On Debian: apt-get install chromium.")
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(ROOT / "models", Path(folder) / "log") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for target, size in PICTURES:
            page = browser.new_page(viewport=size, reduced_motion="reduce")  # the sample stands at once
            page.goto(address)
            expect(page.locator("#verdict")).to_contain_text("sure")
            page.wait_for_load_state("networkidle")
            part = target.with_suffix(".part.png")
            page.screenshot(path=part)
            part.replace(target)
            sys.stdout.write(f"Wrote {target.relative_to(ROOT)}\n")
        browser.close()


if __name__ == "__main__":
    main()
