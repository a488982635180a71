"""The memory that batches of changing size leave behind."""

import json
import subprocess
import sys

import pytest

from tests.paths import MODELS, ROOT

# Two models, whose largest batch comes first and then others of all sizes: MB after each.
RUN = f"""
import json, re
from pathlib import Path
import numpy as np
from service.inference.runtime.session import Session

def own_mb():
    return int(re.findall(r"RssAnon:\\s+(\\d+)", Path("/proc/self/status").read_text())[0]) / 1024

sessions = [Session(Path({str(MODELS)!r}) / name / "1" / "model.onnx") for name in ("mnist_cnn", "fashion_cnn")]
pictures, sizes = np.zeros((32, 1, 28, 28), np.float32), np.random.default_rng(0).integers(1, 33, 200)
for session in sessions:
    session.run(pictures[:1])
told = [own_mb()]
for session in sessions:
    session.run(pictures)
told.append(own_mb())
for size in sizes:
    for session in sessions:
        session.run(pictures[:size])
told.append(own_mb())
print(json.dumps(told))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_batches_of_all_sizes_take_no_more_than_the_largest() -> None:
    """With onnxruntime's plans of memory, one for each size, they took three times as much."""
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    before, largest, mixed = json.loads(done.stdout)
    assert largest - before > 2  # else this measures nothing
    assert mixed - before < 1.5 * (largest - before)
