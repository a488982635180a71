"""How long ink takes to become bars: a real Chromium draws on the pad of a real service.

    digits by mouse, a move every 16 ms -> the page: pointer event -> its own network -> bars -> painted
                                                     pointer event -> request of all models -> bars -> painted

Both are measured of the same strokes: `page` ends when the frame is painted that has the first bars which the page
computed itself since the event, `service` with that of the first answer to a request that was sent after it. Run it
with `python -m benchmarks.stroke_latency`; it starts a service of its own and prints, for each of the two, a line for
the end of each stroke and one for every move. `--model` is the leading one, whose bars are seen: one that is small
enough to run within the frame (docs/web.md). The load stands beside them: browser and service share the cores.
"""

import argparse
import itertools
import os
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.web.server import ROOT, serving

_WATCH = """
  window.waiting = [];  // pointer events that brought ink, not shown by both yet
  window.latencies = { page: [], service: [] };
  let inFrame = false;
  const frame = window.requestAnimationFrame;
  window.requestAnimationFrame = (call) => frame((at) => {
    inFrame = true;
    call(at);
    for (const move of window.waiting) move.isDrawn = true;
    queueMicrotask(() => { inFrame = false; });  // behind the observer's
  });
  const soon = (call) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = call;
    port2.postMessage(0);
  };
  // A message sent within a frame's callbacks comes when the frame is painted.
  const painted = (call) => (inFrame ? soon(call) : frame(() => soon(call)));
  const send = window.fetch;
  window.fetch = (url, options) => {
    if (String(url).includes("/predict?models=")) for (const move of window.waiting) move.isSent = move.isDrawn;
    return send(url, options);
  };
  document.addEventListener("DOMContentLoaded", () => {
    const pad = document.getElementById("pad");
    const note = ({ buttons, timeStamp }) => {
      if (buttons) window.waiting.push({ at: timeStamp, isDrawn: false, isSent: false, by: {} });
    };
    for (const kind of ["pointerdown", "pointermove"]) pad.addEventListener(kind, note, { capture: true });
    const timing = document.getElementById("timing");
    new MutationObserver(() => {
      if (!timing.textContent) return;
      const who = timing.textContent.startsWith("read in the page") ? "page" : "service";
      const shown = window.waiting.filter((move) => !move.by[who] && (who === "page" || move.isSent));
      for (const move of shown) move.by[who] = true;
      window.waiting = window.waiting.filter(({ by }) => !by.page || !by.service);
      painted(() => {
        const now = performance.now();
        for (const { at } of shown) window.latencies[who].push([at, now - at]);
      });
    }).observe(timing, { childList: true });
  });
"""
_SHOWN = """() => window.latencies.service.length > 0
  && (window.waiting.length === 0 || window.waiting.every(({ by }) => by.service))"""
_WHO = ("page", "service")
_MOVES = 12  # of a stroke
# Digits as a hand writes them, a list of strokes each: corners in a unit square, x to the right, y down.
_DIGITS: tuple[list[list[tuple[float, float]]], ...] = (
    [[(0.5, 0), (0.1, 0.3), (0.1, 0.7), (0.5, 1), (0.9, 0.7), (0.9, 0.3), (0.5, 0)]],
    [[(0.5, 0), (0.5, 1)]],
    [[(0.1, 0.2), (0.5, 0), (0.9, 0.25), (0.1, 1), (0.95, 1)]],
    [[(0.1, 0.1), (0.6, 0), (0.8, 0.25), (0.4, 0.47), (0.9, 0.7), (0.6, 1), (0.1, 0.95)]],
    [[(0.35, 0), (0.05, 0.6), (0.95, 0.6)], [(0.7, 0.3), (0.65, 1)]],
    [[(0.2, 0), (0.15, 0.45), (0.7, 0.4), (0.85, 0.75), (0.5, 1), (0.1, 0.95)], [(0.2, 0), (0.85, 0)]],
    [[(0.7, 0), (0.25, 0.4), (0.15, 0.8), (0.5, 1), (0.85, 0.75), (0.5, 0.52), (0.17, 0.72)]],
    [[(0.1, 0), (0.9, 0), (0.35, 1)]],
    [[(0.5, 0.47), (0.1, 0.25), (0.5, 0), (0.9, 0.25), (0.1, 0.75), (0.5, 1), (0.9, 0.75), (0.5, 0.47)]],
    [[(0.85, 0.25), (0.5, 0.5), (0.15, 0.25), (0.5, 0), (0.85, 0.25), (0.7, 1)]],
)


Times = dict[str, list[float]]  # "page", "service" -> milliseconds


def measure(page: Page, strokes: int) -> tuple[Times, Times]:
    """From ink to bars: of the last move of each stroke, and of every move."""
    box = page.locator("#pad").bounding_box()
    if box is None:
        raise RuntimeError("The page shows no pad.")
    width, height = box["width"] * 0.45, box["height"] * 0.7
    left, top = box["x"] + (box["width"] - width) / 2, box["y"] + (box["height"] - height) / 2
    ends: Times = {who: [] for who in _WHO}
    every: Times = {who: [] for who in _WHO}
    for digit in itertools.cycle(_DIGITS):
        for stroke in digit:
            page.evaluate("() => { window.waiting = []; window.latencies = { page: [], service: [] }; }")
            points = [(left + width * x, top + height * y) for x, y in _along(stroke)]
            page.mouse.move(*points[0])
            page.mouse.down()
            for point in points[1:]:
                page.mouse.move(*point)
                page.wait_for_timeout(16)
            page.mouse.up()
            page.wait_for_function(_SHOWN, polling=20)
            for who, found in page.evaluate("() => window.latencies").items():
                times = sorted(found)
                if times:  # the page reads nothing that can be read in several ways
                    ends[who].append(times[-1][1])
                    every[who].extend(latency for _, latency in times)
            if len(ends["service"]) == strokes:
                return ends, every
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Clear").click()
        page.wait_for_timeout(100)
    raise AssertionError("the digits go round and round")


def _along(stroke: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """_MOVES + 1 places along the lines between the corners, as many on each."""
    at = [i * (len(stroke) - 1) / _MOVES for i in range(_MOVES + 1)]
    places = []
    for share in at:
        start = min(int(share), len(stroke) - 2)
        (x0, y0), (x1, y1), part = stroke[start], stroke[start + 1], share - start
        places.append((x0 + part * (x1 - x0), y0 + part * (y1 - y0)))
    return places


def _line(name: str, times: list[float]) -> str:
    ordered = sorted(times)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    return f"{name:24} n {len(times):5}   median {statistics.median(ordered):6.1f} ms   p95 {p95:6.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=80)
    parser.add_argument("--model", default="mnist_cnn", help="the leading one (%(default)s)")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(ROOT / "models", Path(folder) / "log") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.add_init_script(_WATCH)
        page.goto(f"{address}#/classify?model={arguments.model}")
        page.locator("#verdict strong").wait_for()
        page.wait_for_timeout(2000)  # the sample that writes itself
        measure(page, 1)  # brings the networks
        page.wait_for_timeout(2000)
        page.get_by_role("button", name="Clear").click()
        before = os.getloadavg()[0]
        ends, every = measure(page, arguments.strokes)
        print(f"{os.cpu_count()} cores, load {before:.1f} before and {os.getloadavg()[0]:.1f} after")
        for who in _WHO:
            print(_line(f"{who}, end of a stroke", ends[who]))
            print(_line(f"{who}, every move", every[who]))
        browser.close()


if __name__ == "__main__":
    main()
