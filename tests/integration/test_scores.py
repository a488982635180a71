"""What metrics.json says of a model is what a client gets: the test set as PNG files over HTTP.

On CI the whole of it; elsewhere every eighth request of 64 files.
"""

import json
from pathlib import Path

import httpx
import numpy as np
import pytest

from service.datasets import LABELS, read_test_set
from service.imaging.codec.files import encode_png
from service.inference.package.manifest import read_manifest
from tests.ci import ON_CI
from tests.integration.server import ROOT, serving
from training.packaging.packages import newest_version

MODELS = ROOT / "models"
FILES = 64  # a request: the service's limit
EVERY = 1 if ON_CI else 20  # of so many requests one is made


def packages(dataset: str) -> dict[str, Path]:
    """The newest version of each published package on this data set."""
    newest = {home.name: newest_version(home) for home in sorted(MODELS.iterdir())}
    return {name: folder for name, folder in newest.items() if folder and read_manifest(folder).dataset == dataset}


@pytest.mark.parametrize("dataset", LABELS)
def test_the_test_set_over_http_scores_what_metrics_json_says(dataset: str, tmp_path: Path) -> None:
    images, labels = read_test_set(dataset)
    published = packages(dataset)
    asked = np.flatnonzero(np.arange(len(images)) // FILES % EVERY == 0)
    said: dict[str, list[int]] = {name: [] for name in published}
    with (
        serving(MODELS, tmp_path / "log", access_log="false") as server,
        httpx.Client(base_url=server.address, timeout=60) as client,
    ):
        for chosen in np.split(asked, range(FILES, len(asked), FILES)):
            files = [("file", (f"{i}.png", encode_png(images[i]))) for i in chosen]
            answer = client.post("/api/v1/predict", params={"models": ",".join(published)}, files=files)
            assert answer.status_code == 200, answer.text
            for result in answer.json()["results"]:
                said[result["model"]] += [prediction["index"] for prediction in result["predictions"]]
    for name, folder in published.items():
        recorded = np.loadtxt(folder / "predictions.dat", dtype=int, converters=lambda text: int(float(text)))
        assert np.array_equal(said[name], recorded[asked, 0]), name
        assert np.array_equal(read_manifest(folder).targets(labels), recorded[:, 1]), name
        right = float((recorded[:, 0] == recorded[:, 1]).mean())
        assert right == json.loads((folder / "metrics.json").read_text())["test_accuracy"]
