"""The hot paths beside Mosec alone, and beside the limit: the part of `benchmarks.serving` that a change is judged by.

    ours, Mosec, uvicorn's bare answer, up together -> interleaved rounds -> CPU us, medians, and their ratios

It takes a minute and a half, once the environments are there.

    python -m benchmarks.closest_peer --rounds 5
"""

import argparse

from benchmarks.serving import kinds
from benchmarks.serving.measure import Case, Part, Plan, compare, limit_parts, median, peer, with_bare
from benchmarks.serving.report import limit_us

_CASES = (("P1", 64), ("P2", 64), ("P3", 64), ("P1", 1))
_OURS, _CLOSEST = "Featuremap", "Mosec"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    cases = [Case(f"{name}, {count}", name, count) for name, count in _CASES]
    bare: list[Part] = []
    found: Part = compare(
        [kinds.featuremap(), peer(_CLOSEST), kinds.HELLO],
        cases,
        Plan(parser.parse_args().rounds, 1),
        with_bare,
        each_round=lambda: bare.append(limit_parts()),
    )
    print(f"{'':8} {'ours':>22} {_CLOSEST:>22} {'limit':>7}   ours / {_CLOSEST}, / limit")
    for case, row in found["samples"].items():
        ours, closest = median(row[_OURS], "us"), median(row[_CLOSEST], "us")
        limit = limit_us(found | {"limit": bare}, case)
        told = [f"{median(each, 'us'):6.1f} ({_spread(each)})" for each in (row[_OURS], row[_CLOSEST])]
        print(f"{case:8} {told[0]:>22} {told[1]:>22} {limit:7.1f}   {ours / closest:.2f}, {ours / limit:.2f}")


def _spread(samples: list[Part]) -> str:
    costs = [sample["us"] for sample in samples]
    return f"{min(costs):.1f}-{max(costs):.1f}"


if __name__ == "__main__":
    main()
