"""Reports that are refused, by whom and why; off, nothing is ever written."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from service.api.schemas import Limits
from service.inference.package.manifest import sha256
from tests.service.api.conftest import MakeClient, png
from tests.service.api.routes.reports import BANDS, folder, open_client, report_form

__all__ = ["folder", "open_client"]  # fixtures


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"file": png(1)}, 400, "no field label"),
        ({"label": (None, "1")}, 400, "either a picture"),
        ({"file": png(1), "request_id": (None, "x"), "label": (None, "1")}, 400, "either a picture"),
        ({"file": png(1), "label": (None, "eleven")}, 422, "The classes are: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Or none"),
        ({"file": png(1), "label": (None, "")}, 422, "1 to 200 bytes"),
        ({"file": png(1), "label": (None, "x" * 201)}, 422, "1 to 200 bytes"),
        ({"file": png(1), "name": (None, "me")}, 422, "unknown field. Known ones: file, request_id, label"),
        ({"file": b"text", "label": (None, "1")}, 415, ""),
        ({"file": b"", "label": (None, "1")}, 422, "no bytes"),
        ({"file": png(1)[:60], "label": (None, "1")}, 422, ""),
    ],
)
def test_what_is_wrong_with_a_report(
    open_client: httpx.Client, fields: dict[str, object], status: int, sentence: str
) -> None:
    answer = open_client.post(f"{BANDS}/feedback", files=fields)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert sentence in answer.json()["detail"]
    assert open_client.get(f"{BANDS}/feedback").json()["total"] == 0


def test_what_is_no_form_or_of_no_model(open_client: httpx.Client) -> None:
    assert open_client.post(f"{BANDS}/feedback", json={"label": "1"}).status_code == 415
    assert open_client.post("/api/v1/models/nobody/feedback", files={"file": png(1)}).status_code == 404
    twice: Any = [("file", png(1)), ("label", (None, b"1")), ("label", (None, b"2"))]
    assert open_client.post(f"{BANDS}/feedback", files=twice).status_code == 422


def test_a_page_of_another_site_does_not_report(open_client: httpx.Client) -> None:
    form = report_form("2")
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 201), ("none", 201)):
        answer = open_client.post(f"{BANDS}/feedback", files=form, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == status


def test_keys_hold_for_reports_too(make_client: MakeClient, folder: Path) -> None:
    key = "k" * 16
    with make_client(feedback=str(folder), api_keys=key) as client:
        form = report_form("2")
        for method, path in (
            ("POST", "feedback"),
            ("GET", "feedback"),
            ("GET", "feedback/1.png"),
            ("DELETE", "feedback/1"),
        ):
            assert client.request(method, f"{BANDS}/{path}").status_code == 401
        client.headers["X-API-Key"] = key
        assert client.post(f"{BANDS}/feedback", files=form).status_code == 201
        counted = 'featuremap_requests_total{method="POST",route="/api/v1/models/{model}/feedback",status="201"} 1.0'
        assert counted in client.get("/metrics").text


def test_limits_tell_of_reports_where_they_are_taken(open_client: httpx.Client, client: httpx.Client) -> None:
    limits = Limits.model_validate_json(open_client.get("/api/v1/limits").content)
    assert (limits.feedback_max_bytes, limits.feedback_max_days, limits.feedback_answers_s) == (2**30, 90, 60)
    assert not [name for name in client.get("/api/v1/limits").json() if name.startswith("feedback")]


def test_switched_off_nothing_is_written_and_the_routes_say_so(
    make_client: MakeClient, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path: sha256(path) for path in models.rglob("*") if path.is_file()}
    form = report_form("2")
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "feedback", {"files": form}),
        ("GET", "feedback", {}),
        ("GET", "feedback/1.png", {}),
        ("DELETE", "feedback/1", {}),
        ("GET", "failures?source=reported", {}),
        ("GET", "failures/1.png?source=reported", {}),
        ("GET", "confusion?source=reported", {}),
        ("POST", "predict?keep=true", {"content": png(1)}),
    ]
    with make_client() as client:
        for method, path, body in calls:
            answer = client.request(method, f"{BANDS}/{path}", **body)
            assert answer.status_code == 403, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert "FEATUREMAP_FEEDBACK" in answer.json()["detail"]
        assert client.post(f"{BANDS}/predict", content=png(1)).status_code == 200
    assert list(tmp_path.iterdir()) == []
    assert {path: sha256(path) for path in models.rglob("*") if path.is_file()} == before


def test_kept_answers_are_switched_on_by_themselves(make_client: MakeClient, folder: Path) -> None:
    with make_client(feedback=str(folder)) as client:
        refused = client.post(f"{BANDS}/predict", params={"keep": "true"}, content=png(1))
        assert refused.status_code == 403
        assert "FEATUREMAP_FEEDBACK_ANSWERS_S" in refused.json()["detail"]


def test_a_disk_that_takes_nothing_is_a_sentence_and_prediction_goes_on(
    open_client: httpx.Client, folder: Path
) -> None:
    (folder / "pictures").rename(folder / "away")
    form = report_form("2")
    answer = open_client.post(f"{BANDS}/feedback", files=form)
    assert answer.status_code == 507
    assert answer.json()["title"] == "Cannot be kept"
    assert answer.json()["detail"] == "The service cannot keep or read reports now: No such file or directory."
    assert str(folder) not in answer.text
    assert open_client.post(f"{BANDS}/predict", content=png(1)).status_code == 200
    (folder / "away").rename(folder / "pictures")
    assert open_client.post(f"{BANDS}/feedback", files=form).status_code == 201
