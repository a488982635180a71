"""Featuremap beside naive FastAPI, LitServe, BentoML, MLServer and Mosec: CPU us a request, requests a second, latency.

    parts -> measured, each kept in build/serving.json as it is done -> benchmarks/serving.md

Each server has its own environment, made the first time (.venv-bench/). Server on core 0, wrk on core 1. Needs wrk
(Debian: package `wrk`), taskset and two cores.

    python -m benchmarks.serving                       # everything, about 20 minutes
    python -m benchmarks.serving table --rounds 7      # a part of it
    python -m benchmarks.serving report                # only writes the tables anew
"""

import argparse
import json
import time
from collections.abc import Callable

from benchmarks.serving import grpc_cost, measure
from benchmarks.serving.measure import Part, Plan
from benchmarks.serving.processes import be_nice
from benchmarks.serving.report import write
from benchmarks.serving.servers import ROOT

RESULTS = ROOT / "build" / "serving.json"
PARTS: dict[str, Callable[[Plan], Part]] = {
    "table": measure.side_by_side,
    "connections": measure.by_connections,
    "batch": measure.by_batch,
    "picture": measure.by_picture,
    "workers": measure.by_workers,
    "cold": measure.cold,
    "grpc": grpc_cost.grpc_calls,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}, report; all of them where none is named")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1, help="of a round, for each case and server")
    parser.add_argument("--nice", type=int, default=0, help="of this session, servers and wrk; below 0 needs root")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - {*PARTS, "report"}:
        parser.error(f"{', '.join(sorted(unknown))} is no part: {', '.join(PARTS)}, report")
    be_nice(chosen.nice)
    RESULTS.parent.mkdir(exist_ok=True)
    for name in [each for each in chosen.parts or PARTS if each != "report"]:
        print(f"-- {name}", flush=True)
        found = PARTS[name](Plan(chosen.rounds, chosen.seconds))
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        kept[name] = {**found, "date": time.strftime("%Y-%m-%d"), "nice": chosen.nice}
        RESULTS.write_text(json.dumps(kept))
    write(json.loads(RESULTS.read_text()))


if __name__ == "__main__":
    main()
