"""The hostile corpus against a server of its own: the slowest refusal, and the most memory that one request brings.

each case of tests/hostile/corpus.py over a connection of its own -> seconds, growth of the process's peak

python -m benchmarks.hostile
"""

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from benchmarks.serving.payloads import photograph
from service.imaging.codec.files import encode_png
from tests.hostile.corpus import FORM, Case, cases, form, post
from tests.hostile.judge import ask, faults
from tests.integration.server import ROOT, serving

_MODEL = "mnist_cnn"
_SHOWN = 6  # of the worst


def main() -> None:
    corpus = list(cases(_MODEL))
    with tempfile.TemporaryDirectory() as folder, serving(ROOT / "models", Path(folder) / "log") as running:
        found = urlsplit(running.address)
        address = str(found.hostname), int(found.port or 0)
        process = Path(f"/proc/{running.process.pid}")
        faulty = faults(address, corpus)  # and all is warm
        told = []
        for case in [*corpus, *_large()]:
            (process / "clear_refs").write_text("5")  # forgets the peak so far
            before, began = _megabytes(process, "VmRSS"), time.monotonic()
            answer = ask(address, case.sent)
            took = time.monotonic() - began
            told.append((f"{case.name} ({answer and answer.status})", took, _megabytes(process, "VmHWM") - before))
    print(f"{len(corpus)} cases; not as they should be: {faulty or 'none'}")
    refused = [each for each in told if not each[0].startswith("large/")]
    for name, among, place, unit in (("slowest refusals", refused, 1, "s"), ("most memory", told, 2, "MB")):
        worst = sorted(among, key=lambda each: each[place], reverse=True)[:_SHOWN]
        print(f"{name}: " + ", ".join(f"{each[0]} {each[place]:.2f} {unit}" for each in worst))


def _large() -> Iterator[Case]:
    """Pictures near the limits, and a body of a million lists."""
    predict, photo = f"/api/v1/models/{_MODEL}/predict", photograph((4000, 3000))
    slope = np.add.outer(np.arange(4096), np.arange(4096)).astype(np.uint8)[..., None].repeat(3, axis=2)
    kind = "Content-Type: application/octet-stream"
    yield Case("large/jpeg-12-megapixels", post(predict, photo, kind))
    yield Case("large/jpeg-48-megapixels", post(predict, photograph((8000, 6000)), kind))
    yield Case("large/png-17-megapixels", post(predict, encode_png(slope), kind))
    for name in ("edge_detection", "sharpen"):
        parts = ("file", "a.jpg", photo), ("filter", None, name.encode())
        yield Case(f"large/filter-{name}-12-megapixels", post("/api/v1/filters/apply", form(*parts), FORM))
    lists = b'{"instances": [' + b",".join([b"[]"] * 1_000_000) + b"]}"
    yield Case("large/json-a-million-lists", post(predict, lists, "Content-Type: application/json"))


def _megabytes(process: Path, name: str) -> float:
    return int(re.findall(rf"{name}:\s+(\d+)", (process / "status").read_text())[0]) / 1024


if __name__ == "__main__":
    main()
