"""Reports over HTTP: told, found in the gallery with their cell, counted, deleted; off, nothing is ever written."""

import io
from pathlib import Path
from urllib.parse import urljoin

import httpx
import numpy as np
import pytest
from PIL import Image

from service.api.gallery_schemas import Confusion, Feedback
from service.imaging.codec.files import encode_png
from tests.packages import band_picture
from tests.paths import MODELS
from tests.service.api.conftest import MakeClient, png
from tests.service.api.routes.reports import BANDS, REPORTED, folder, gallery, open_client, tell

__all__ = ["folder", "open_client"]  # fixtures

PNG = {"Accept": "image/png"}


def test_a_wrong_answer_is_found_with_its_cell_and_gone_when_deleted(open_client: httpx.Client) -> None:
    said = open_client.post(f"{BANDS}/predict", content=png(7), params={"top_k": 10}).json()["predictions"][0]
    report = tell(open_client, 7, "3")
    (failure,) = gallery(open_client).failures
    assert (failure.index, failure.true_label, failure.predicted_label) == (report, "3", "7")
    assert failure.confidence == said["confidence"]
    assert failure.probabilities == [
        each["probability"] for each in sorted(said["top"], key=lambda each: int(each["index"]))
    ]
    assert failure.version == "1"
    confusion = Confusion.model_validate_json(open_client.get(f"{BANDS}/confusion", params=REPORTED).content)
    assert confusion.matrix[3][7] == sum(map(sum, confusion.matrix)) == 1
    assert confusion.none == [0] * 10
    assert open_client.delete(f"{BANDS}/feedback/{report}").status_code == 204
    assert gallery(open_client).total == 0
    again = open_client.delete(f"{BANDS}/feedback/{report}")
    assert (again.status_code, again.json()["detail"]) == (
        404,
        f"There is no report {report} of bands. It may have been deleted, or become too old.",
    )


def test_its_picture_is_what_was_sent(open_client: httpx.Client) -> None:
    tell(open_client, 7, "3")
    answer = open_client.get(f"{BANDS}/failures", params=REPORTED)
    failure = answer.json()["failures"][0]
    small = urljoin(str(answer.url), failure["image_url"])
    for address, scale in ((small, 1), (f"{small}&scale=3", 3), (f"{BANDS}/feedback/{failure['index']}.png", 1)):
        found = open_client.get(address)
        assert found.headers["content-type"] == "image/png"
        pixels = np.asarray(Image.open(io.BytesIO(found.content)))
        assert np.array_equal(pixels, band_picture(7).repeat(scale, 0).repeat(scale, 1))
    for address in ("failures/99.png?source=reported", "feedback/99.png", f"feedback/{2**70}.png"):
        assert open_client.get(f"{BANDS}/{address}").status_code == 404


def test_none_of_these(open_client: httpx.Client) -> None:
    report = tell(open_client, 4, "None")
    (failure,) = gallery(open_client, true_class="none").failures
    assert (failure.index, failure.true_class, failure.true_label, failure.predicted_class) == (report, None, "none", 4)
    assert open_client.get(f"{BANDS}/confusion", params=REPORTED).json()["none"] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert gallery(open_client, true_class="4").total == 0
    counted = Feedback.model_validate_json(open_client.get(f"{BANDS}/feedback").content)
    assert counted.classes[-1].model_dump() == {"label": "none", "total": 1, "wrong": 1}


def test_filters_pages_orders_and_sheet(open_client: httpx.Client) -> None:
    ids = [tell(open_client, band, label) for band, label in ((1, "2"), (1, "3"), (5, "2"), (6, "6"))]
    assert [f.index for f in gallery(open_client).failures] == ids[:3]
    assert [f.index for f in gallery(open_client, predicted_class="1").failures] == ids[:2]
    assert [f.index for f in gallery(open_client, true_class="2").failures] == [ids[0], ids[2]]
    page = gallery(open_client, limit="1", offset="1")
    assert (page.total, page.count, page.failures[0].index) == (3, 1, ids[1])
    sure = gallery(open_client, order="confidence").failures
    assert [f.confidence for f in sure] == sorted((f.confidence for f in sure), reverse=True)
    for address in ("failures", "confusion"):
        sheet = open_client.get(f"{BANDS}/{address}", params=REPORTED, headers=PNG)
        assert sheet.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(sheet.content)).width > 200
    assert gallery(open_client, version="1").total == 3
    assert open_client.get(f"{BANDS}/failures", params=REPORTED | {"version": "9"}).status_code == 404
    assert open_client.get(f"{BANDS}/failures", params=REPORTED | {"true_class": "ten"}).status_code == 422


def test_a_model_sees_its_own_reports_alone(open_client: httpx.Client) -> None:
    report = tell(open_client, 1, "lower", "/api/v1/models/halves")
    assert gallery(open_client).total == 0
    assert gallery(open_client, "/api/v1/models/halves").total == 1
    assert open_client.delete(f"{BANDS}/feedback/{report}").status_code == 404
    assert open_client.get(f"{BANDS}/feedback/{report}.png").status_code == 404


def test_counts_and_drift(open_client: httpx.Client) -> None:
    for band, label in ((1, "2"), (2, "2"), (2, "none")):
        tell(open_client, band, label)
    counted = Feedback.model_validate_json(open_client.get(f"{BANDS}/feedback").content)
    assert (counted.total, counted.wrong, counted.max_bytes, counted.max_days) == (3, 2, 2**30, 90)
    assert 0 < counted.bytes < 5000
    (day,) = counted.days
    assert (day.total, day.wrong, day.classes) == (3, 2, {"2": 2, "none": 1})
    assert [(each.label, each.total, each.wrong) for each in counted.classes if each.total] == [
        ("2", 2, 1),
        ("none", 1, 1),
    ]
    assert counted.drift.classes.reported == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert counted.drift.said.reported == [0, 0.333333, 0.666667, 0, 0, 0, 0, 0, 0, 0]
    ink = float(np.mean([band_picture(band).mean() for band in (1, 2, 2)])) / 255
    assert counted.drift.brightness.reported == pytest.approx(ink, abs=1e-5)
    assert counted.drift.brightness.test is None


def test_drift_stands_beside_the_published_test(make_client: MakeClient, folder: Path) -> None:
    model = "/api/v1/models/mnist_neuron"
    with make_client(models=MODELS, feedback=str(folder)) as client:
        failure = client.get(f"{model}/failures?limit=1").json()["failures"][0]
        sample = client.get(f"/api/v1/datasets/mnist/test/{failure['index']}.png").content
        sent = {"file": sample}, {"label": failure["true_label"]}
        assert client.post(f"{model}/feedback", files=sent[0], data=sent[1]).status_code == 201
        reported = gallery(client, model).failures[0]
        assert reported.predicted_label == failure["predicted_label"]
        drift = client.get(f"{model}/feedback").json()["drift"]
        matrix = client.get(f"{model}/confusion").json()["matrix"]
    truth = failure["true_class"]
    assert drift["classes"]["test"] == [round(sum(row) / 10_000, 6) for row in matrix]
    assert drift["classes"]["distance"] == pytest.approx(1 - sum(matrix[truth]) / 10_000, abs=1e-6)
    assert drift["said"]["test"] == [round(sum(row[k] for row in matrix) / 10_000, 6) for k in range(len(matrix))]
    assert 0 < drift["confidence"]["test"] < 1
    assert drift["brightness"]["test"] == pytest.approx(0.1325, abs=1e-3)  # LeCun's test set: 33.79 of 255


def test_an_answer_is_reported_by_its_request_where_it_was_kept(open_client: httpx.Client) -> None:
    asked = open_client.post(f"{BANDS}/predict", params={"keep": "true"}, content=png(6))
    assert asked.json()["predictions"][0]["label"] == "6"
    form = {"request_id": (None, asked.headers["x-request-id"]), "label": (None, "5")}
    assert open_client.post(f"{BANDS}/feedback", files=form).status_code == 201
    assert gallery(open_client).failures[0].predicted_label == "6"
    unkept = open_client.post(f"{BANDS}/predict", content=png(6)).headers["x-request-id"]
    refused = open_client.post(f"{BANDS}/feedback", files=form | {"request_id": (None, unkept)})
    assert refused.status_code == 404
    assert "keep=true" in refused.json()["detail"]
    two = [("file", png(1)), ("file", png(2))]
    assert open_client.post(f"{BANDS}/predict", params={"keep": "true"}, files=two).status_code == 422
    rows = {"instances": [(band_picture(1) / 255).tolist()]}
    assert open_client.post(f"{BANDS}/predict", params={"keep": "true"}, json=rows).status_code == 422


def test_an_answer_of_several_models_is_kept_too(open_client: httpx.Client) -> None:
    query = {"keep": "true", "models": "bands,halves", "rotate": "180", "polarity": "light_on_dark"}
    asked = open_client.post("/api/v1/predict", params=query, content=png(1))
    said = asked.json()["results"][0]["predictions"][0]["label"]
    assert said != "1"
    form = {"request_id": (None, asked.headers["x-request-id"]), "label": (None, "0")}
    assert open_client.post(f"{BANDS}/feedback", files=form).status_code == 201
    assert gallery(open_client).failures[0].predicted_label == said


def test_a_picture_is_kept_as_it_was_turned_and_cut(open_client: httpx.Client) -> None:
    report = tell(open_client, 1, "3", rotate="180", box="0,14,28,14")
    found = open_client.get(f"{BANDS}/feedback/{report}.png").content
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(found))), np.rot90(band_picture(1), 2)[14:])
    outside = open_client.post(
        f"{BANDS}/feedback", files={"file": png(1)}, data={"label": "3"}, params={"box": "20,20,20,20"}
    )
    assert outside.status_code == 422


def test_of_a_photograph_only_its_pixels_are_kept(open_client: httpx.Client, folder: Path) -> None:
    """And they are answered as the file was."""
    upright = Image.fromarray(band_picture(3)).resize((1400, 1400)).convert("RGB")
    exif = Image.Exif()
    exif[0x010F] = "Maker-of-the-camera"
    exif[0x0112] = 3  # upside down
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    upright.rotate(180).save(file, "JPEG", exif=exif, comment=b"somebody's name")
    sent = {"file": ("name-of-somebody.jpg", file.getvalue())}
    said = open_client.post(f"{BANDS}/predict", files=sent).json()["predictions"][0]
    assert open_client.post(f"{BANDS}/feedback", files=sent, data={"label": "none"}).status_code == 201
    (report,) = gallery(open_client, true_class="none").failures
    assert report.confidence == said["confidence"]
    kept = open_client.get(f"{BANDS}/feedback/{report.index}.png").content
    with Image.open(io.BytesIO(kept)) as picture:
        assert max(picture.size) < 512
        assert not picture.info
    assert open_client.post(f"{BANDS}/predict", content=kept).json()["predictions"][0]["top"] == said["top"]
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for trace in (b"Maker-of", b"name-of-somebody", b"somebody's", b"127.0.0.1"):
        assert trace not in everything


def test_a_grey_picture_with_alpha_is_kept(open_client: httpx.Client) -> None:
    pixels = np.dstack((band_picture(2), np.full((28, 28), 255, np.uint8)))
    sent = {"file": encode_png(pixels)}
    assert open_client.post(f"{BANDS}/feedback", files=sent, data={"label": "1"}).status_code == 201
    assert open_client.get(f"{BANDS}/failures", params=REPORTED, headers=PNG).status_code == 200
