"""Many callers over every front while versions are loaded and unloaded; writes `changing_models.md`.

    python -m benchmarks.changing_models --requests 10000 --callers 32 --workers 2

It needs the test dependencies. What is counted is in `tests/integration/stress.py`.
"""

import argparse
import tempfile
from pathlib import Path

from service.inference.runtime.cpus import available_cpus
from tests.integration.stress import FRONTS, TOLERANCE, Outcome, stressed

_RESULT = Path(__file__).with_suffix(".md")
_NAMES = {
    "v1": "V1, numbers",
    "v2_json": "V2, JSON",
    "v2_binary": "V2, binary tensors",
    "grpc": "V2, gRPC",
    "v2_images": "V2, picture files",
    "native": "`/api/v1`, picture files",
}


def main() -> int:
    """1 where a caller got other rows than its own, or failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, stressed(Path(folder), options.workers) as stress:
        outcome = stress.run(options.requests, options.callers)
    for line in outcome.wrong[:20]:
        print(line)
    text = report(outcome, options.callers, options.workers)
    print(text)
    if outcome.wrong:
        return 1
    _RESULT.write_text(text)
    return 0


def report(outcome: Outcome, callers: int, workers: int) -> str:
    """The published page."""
    rows = "\n".join(f"| {_NAMES[front]} | {outcome.answered[front]:,} |" for front in FRONTS)
    changes = sum(outcome.changes.values())
    command = f"--requests {outcome.requests} --callers {callers} --workers {workers}"
    return f"""\
# Every caller gets its own rows while models come and go

`python -m benchmarks.changing_models {command}`, {available_cpus()} CPUs shared by server and
callers. Requests of 1 to 48 pictures over every front at once, 80 in 100 of them to a model whose versions are replaced
all the while by others with other weights, the rest to one that is unloaded and loaded again. Each answer is held
against what the same picture gives alone with the weights of the version that answered: at most {TOLERANCE:g}
apart. (V1 does not say the version, so either one's count.)

| front | answered, all with their own rows |
|---|---:|
{rows}

| | |
|---|---:|
| requests | {outcome.requests:,} |
| rows | {outcome.rows:,} |
| wrong rows | {sum("other rows" in line for line in outcome.wrong)} |
| failed for another reason than an absent model | {sum("other rows" not in line for line in outcome.wrong)} |
| told that the model was unloaded | {outcome.absent:,} |
| loads and unloads, each followed by {workers} workers | {changes:,} |
| versions that answered | {len(outcome.versions):,} |
| seconds | {outcome.seconds:.0f} |
"""


if __name__ == "__main__":
    raise SystemExit(main())
