"""Digits and garments sent to the network for digits: what `/metrics` tells of both, as alerts.yml subtracts it."""

import shutil
from collections import defaultdict
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.datasets import read_test_set
from service.imaging.codec.files import encode_png
from tests.paths import MODELS, ROOT
from tests.service.api.conftest import MakeClient

ALERT_FROM = 0.2
SERIES = {
    "outcomes": ("featuremap_answers_total", "featuremap_expected_answers_share", "outcome"),
    "classes": ("featuremap_answer_class_total", "featuremap_expected_answer_class_share", "class"),
    "confidence": ("featuremap_answer_confidence_bucket", "featuremap_expected_answer_confidence_share", "le"),
}


def drift(text: str) -> dict[str, float]:
    """The three distances of alerts.yml, of all answers so far."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            for counted, expected, label in SERIES.values():
                if sample.name in (counted, expected):
                    found[sample.name][sample.labels[label]] = sample.value
    distances = {}
    for name, (counted, expected, _) in SERIES.items():
        counts, shares = found[counted], found[expected]
        total = counts["+Inf"] if name == "confidence" else sum(counts.values())
        gaps = [abs(counts[label] / total - share) for label, share in shares.items()]
        distances[name] = max(gaps) if name == "confidence" else sum(gaps) / 2
    return distances


def send(http: httpx.Client, dataset: str, count: int) -> None:
    files = [("file", (f"{i}.png", encode_png(image))) for i, image in enumerate(read_test_set(dataset)[0][:count])]
    for start in range(0, count, 30):
        answer = http.post("/api/v1/models/mnist_cnn/predict", files=files[start : start + 30])
        assert answer.status_code == 200


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    shutil.copytree(MODELS / "mnist_cnn", tmp_path / "mnist_cnn")
    return tmp_path


def test_digits_are_as_expected_and_garments_are_not(make_client: MakeClient, digits: Path) -> None:
    assert f"featuremap:drift > {ALERT_FROM}" in (ROOT / "docker" / "monitoring" / "alerts.yml").read_text()
    with make_client(models=digits) as http:
        assert "featuremap_answers_total{" not in http.get("/metrics").text
        send(http, "mnist", 600)
        usual = drift(http.get("/metrics").text)
    with make_client(models=digits) as http:
        send(http, "fashion_mnist", 600)
        strange = drift(http.get("/metrics").text)
    assert max(usual.values()) < 0.1, usual
    assert min(strange["classes"], strange["confidence"]) > ALERT_FROM, strange


@pytest.mark.parametrize("as_form", [True, False])
def test_one_picture_counts_once_whichever_way_it_took(make_client: MakeClient, digits: Path, as_form: bool) -> None:
    picture = encode_png(read_test_set("mnist")[0][0])  # a seven
    with make_client(models=digits) as http:
        for _ in range(2):
            if as_form:
                http.post("/api/v1/predict?models=mnist_cnn", files={"file": ("7.png", picture)}).raise_for_status()
            else:
                http.post("/api/v1/models/mnist_cnn/predict", content=picture).raise_for_status()
        text = http.get("/metrics").text
    assert 'featuremap_answer_class_total{class="7",model="mnist_cnn",version="1"} 2.0' in text
    assert 'featuremap_answers_total{model="mnist_cnn",outcome="accepted",version="1"} 2.0' in text
