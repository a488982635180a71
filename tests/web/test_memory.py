"""The lesson on what memory is for: two networks that learn in the page, one without its loop, and what is said."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.ci import ON_CI, sampled
from tests.web.network.node import run_in_node
from tests.web.visitor import DESKTOP, PHONE, Visitor

STARTS = 5  # that the words speak of
_MEANS = """
import { MemoryNet } from "./js/lessons/memory-net.js";
import { RATE, STEPS, TASKS, UNITS } from "./js/lessons/memory-series.js";
const mean = (task, hasMemory) => {
  const { learned, asked } = TASKS[task];
  let [right, loss] = [0, 0];
  for (let seed = 10; seed < 15; seed++) {
    const net = new MemoryNet(UNITS, hasMemory, seed);
    for (let step = 0; step < STEPS; step++) net.learn(learned, RATE);
    net.probabilities(asked).forEach((p, at) => {
      right += Number(p > 0.5 === (asked.label[at] === 1)) / asked.label.length / 5;
      loss -= Math.log(asked.label[at] ? p : 1 - p) / asked.label.length / 5;
    });
  }
  return [100 * right, loss];
};
print(Object.keys(TASKS).map((task) => [mean(task, true), mean(task, false)]));
"""

_BY_HEART = """
import { MemoryNet } from "./js/lessons/memory-net.js";
const x = Float64Array.of(1, 0, -1, 0, 1, 0, 1, 1, 0, -1);
const series = { length: 5, x, label: Uint8Array.of(1, 1, 0, 0, 1, 0, 1, 1, 1, 0) };
print([true, false].map((hasMemory) => {
  const losses = [];
  const net = new MemoryNet(3, hasMemory, 4);
  for (let step = 0; step < 600; step++) losses.push(net.learn(series, 0.02));
  return [losses[0], losses.at(-1), net.parameters];
}));
"""


def card(page: Page) -> Locator:
    return page.locator("#view-lessons .card", has=page.get_by_role("heading", name="What memory is for"))


def shares(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"([\d.]+)\xa0%", text)]


@pytest.mark.parametrize("size", sampled([PHONE, DESKTOP], 2), ids=sampled(["phone", "desktop"], 2))
def test_they_learn_while_one_watches(browser: Browser, taught: str, size: Any) -> None:
    with Visitor.open(browser, taught, "#/lessons/recurrent", viewport=size) as visitor:
        memory = card(visitor.page)
        words = memory.locator(".memory-words")
        expect(words).to_contain_text("Step 0 of 400")
        memory.get_by_role("button", name="Train", exact=True).press("Enter")
        expect(words).to_contain_text("Step 400 of 400", timeout=60_000)
        with_memory, without = shares(words.inner_text())
        assert with_memory > 95
        assert without < 75
        expect(memory.get_by_role("img", name="One new series of 24 frames")).to_be_visible()
        assert visitor.spills() == []
        memory.get_by_text("Show as table").click()
        rows = memory.locator(".data-table tbody tr")
        expect(rows).to_have_count(24)
        inside = 0
        for row in rows.all():
            event, truth, believed = row.locator("td").all_inner_texts()[:3]
            inside += int(event)
            assert truth == ("yes" if inside else "no")
            assert (shares(believed)[0] > 50) == bool(inside)
        assert not visitor.has_sideways_scroll()


def test_it_stops_begins_anew_and_shows_other_series(browser: Browser, taught: str) -> None:
    with Visitor.open(browser, taught, "#/lessons/recurrent") as visitor:
        memory = card(visitor.page)
        words = memory.locator(".memory-words")
        memory.get_by_role("radio", name="Earthquakes").check()
        memory.get_by_role("button", name="Train", exact=True).click()
        expect(words).not_to_contain_text("Step 0 of")
        memory.get_by_role("button", name="Pause").click()
        paused = words.inner_text()
        visitor.page.wait_for_timeout(200)
        assert words.inner_text() == paused
        memory.get_by_text("Show as table").click()
        first = memory.locator(".data-table tbody").inner_text()
        memory.get_by_role("button", name="Another series").click()
        expect(memory.locator(".data-table tbody")).not_to_have_text(first)
        memory.get_by_role("button", name="Another start").click()
        expect(words).to_contain_text("Step 0 of 400")
        expect(memory.get_by_role("button", name="Train", exact=True)).to_be_visible()


@pytest.mark.skipif(not ON_CI, reason="twenty trainings take ten seconds; set CI=true")
def test_what_is_said_of_five_starts_is_so(browser: Browser, taught: str) -> None:
    films, quakes = run_in_node(_MEANS)
    with Visitor.open(browser, taught, "#/lessons/recurrent") as visitor:
        memory = card(visitor.page)
        found = memory.locator(".memory > .caption")
        assert shares(found.inner_text()) == [pytest.approx(right, abs=1) for right, _ in films]
        memory.get_by_role("radio", name="Earthquakes").check()
        expect(found).to_contain_text("swarm")
        said = found.inner_text()
    assert shares(said) == [pytest.approx(right, abs=1) for right, _ in quakes]
    losses = [float(number) for number in re.findall(r"\b(0\.\d\d)\b", said)]
    assert losses == [pytest.approx(loss, abs=0.01) for _, loss in quakes]


def test_two_series_are_learned_by_heart_with_memory_alone() -> None:
    """The second has a 1 whose answer depends on what came before."""
    (first, last, parameters), (_, blind, fewer) = run_in_node(_BY_HEART)
    assert last < 0.05 < 0.5 < first
    assert blind > 0.2
    assert (parameters, fewer) == (3 * 3 + 1 + 9, 3 * 3 + 1)
