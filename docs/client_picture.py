"""Takes the picture of the web client with which README opens: docs/client.png.

    .venv/bin/python -m docs.client_picture     needs Chromium on the PATH

models/ -> the service on a free port -> Chromium, 1280 x 800, the first visit's sample -> docs/client.png
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize, expect, sync_playwright

from tests.web.server import ROOT, serving

TARGET = ROOT / "docs" / "client.png"
SIZE = ViewportSize(width=1280, height=800)


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
        page = browser.new_page(viewport=SIZE, reduced_motion="reduce")  # the sample stands at once
        page.goto(address)
        expect(page.locator("#verdict")).to_contain_text("sure")
        page.wait_for_load_state("networkidle")
        part = TARGET.with_suffix(".part.png")
        page.screenshot(path=part)
        part.replace(TARGET)
        browser.close()
    sys.stdout.write(f"Wrote {TARGET.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
