"""What was aimed at (issue 16), as ratios of what was measured."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from benchmarks.serving.measure import Part, median

_OURS = "Featuremap"


class Target(NamedTuple):
    """A figure that is to be at most `most`."""

    sentence: str
    most: float
    found: float


def targets(table: Part, cold: Part, workers: Part | None, limit: Callable[[Part, str], float]) -> Iterator[Target]:
    """Every one that these parts can tell."""
    cost = {case: {name: median(each, "us") for name, each in row.items()} for case, row in table["samples"].items()}
    peers = [name for name in table["versions"] if name not in (_OURS, "uvicorn, a bare answer")]
    first_three = [f"P{number}, 64" for number in (1, 2, 3)]
    if "Mosec" in peers:
        for case in first_three:
            yield Target(f"ours / Mosec, {case} connections", 0.6, cost[case][_OURS] / cost[case]["Mosec"])
        yield Target("ours / Mosec, P1, 1 connection", 0.35, cost["P1, 1"][_OURS] / cost["P1, 1"]["Mosec"])
        yield Target(
            "ours with `preprocess=none` / Mosec, P5, 4", 0.45, cost["P5 none, 4"][_OURS] / cost["P5, 4"]["Mosec"]
        )
    middle = {name: median(each, "p50") for name, each in table["samples"]["P1, 1"].items()}
    best = min(middle[name] for name in peers if name in middle)
    yield Target("ours / the best peer, p50 of P1, 1 connection", 1.0, middle[_OURS] / best)
    for case in first_three:
        others = {name: cost[case][name] for name in peers if name != "Mosec" and name in cost[case]}
        if others:
            name = min(others, key=lambda each: others[each])
            yield Target(f"ours / the best other peer ({name}), {case}", 0.25, cost[case][_OURS] / others[name])
    for case in first_three:
        yield Target(f"ours / the limit, {case}", 1.5, cost[case][_OURS] / limit(table, case))
    case = "Fashion P3, 32"
    yield Target(f"ours / the limit, {case}", 1.4, cost[case][_OURS] / limit(table, case))
    for name, used in cold["memory"].items():
        if name.startswith(_OURS):
            yield Target(f"peak memory, MB, {name}", 150, median(used, "peak"))
            starts = [{"s": start} for start in cold["starts"][name]]
            yield Target(f"cold start, s, {name}", 1.5, median(starts, "s"))
    if workers:
        rows = workers["samples"]["P3, 64"]
        ratio = median(rows["1 worker"], "rate") / median(rows["2 workers"], "rate")
        yield Target("requests a second, 1 worker / 2 workers, P3 (1 / 1.6)", 1 / 1.6, ratio)
