"""How long a service takes from its start to its first right answer: seconds, and of them CPU time.

trees (each a checkout) -> a server of each on core 0, in turn, round after round -> an upload -> medians

python -m benchmarks.cold_start ../before . --rounds 7
"""

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import httpx

from benchmarks.request_cost import payloads, serving


def start(tree: Path) -> tuple[float, float]:
    """Seconds, and CPU seconds."""
    upload = payloads()["P1"]
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        with serving(tree, Path(folder) / "log", []) as server:
            answer = httpx.post(server.address + upload.path, content=upload.body, headers=upload.headers, timeout=60)
            answer.raise_for_status()
            return time.perf_counter() - begun, server.cpu_seconds()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    found: dict[Path, list[tuple[float, float]]] = defaultdict(list)
    for _ in range(given.rounds):
        for tree in given.trees:
            found[tree].append(start(tree))
    for tree, starts in found.items():
        told = [
            f"{statistics.median(each):.2f} s ({min(each):.2f}-{max(each):.2f})" for each in zip(*starts, strict=True)
        ]
        print(f"{tree}  {told[0]}, CPU time {told[1]}")


if __name__ == "__main__":
    main()
