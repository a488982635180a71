"""Two recordings: a planted difference is found at its place, and what a machine may change is told from it."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.recorded.compare import Expected, compare, report, split_expected
from tests.recorded.digest import digest
from tests.recorded.pictures import encoded, scenes
from tests.recorded.recorder import read, write

ROOT = Path(__file__).parents[2]
PIXELS = scenes()["blue-on-yellow"]


def line(body: bytes, kind: str = "application/json", path: str = "/api/v1/predict") -> dict[str, Any]:
    headers = {"content-type": kind}
    rest = {"name": path, "method": "POST", "path": path, "sent": "1", "status": 200, "headers": headers}
    return {**rest, "body": digest(kind, body)}


def places(before: bytes, after: bytes, kind: str = "application/json", **options: Any) -> list[str]:
    path = options.pop("path", "/api/v1/predict")
    found = compare([line(before, kind, path)], [line(after, kind, path)], **options)
    return [difference.place for difference in found]


@pytest.mark.parametrize(
    ("after", "exact", "tolerant"),
    [
        ('{"a": [1, {"b": 0.5}]}', [], []),
        ('{"a": [1, {"b": 0.50001}]}', ["$.body.json.a[1].b"], []),
        ('{"a": [1, {"b": 0.51}]}', ["$.body.json.a[1].b"], ["$.body.json.a[1].b"]),
        ('{"a": [2, {"b": 0.5}]}', ["$.body.json.a[0]"], ["$.body.json.a[0]"]),
        ('{"a": [true, {"b": 0.5}]}', ["$.body.json.a[0]"], ["$.body.json.a[0]"]),
        ('{"a": [1, {"b": "0.5"}]}', ["$.body.json.a[1].b"], ["$.body.json.a[1].b"]),
        ('{"a": [1, {"b": 0.5, "c": null}]}', ["$.body.json.a[1].c"], ["$.body.json.a[1].c"]),
        ('{"a": [1]}', ["$.body.json.a.length"], ["$.body.json.a.length"]),
        ('{"a":[1, {"b": 0.5}]}', ["$.body.text"], []),
    ],
)
def test_a_changed_member_is_found_at_its_place(after: str, exact: list[str], tolerant: list[str]) -> None:
    before = b'{"a": [1, {"b": 0.5}]}'
    assert places(before, after.encode()) == exact
    assert places(before, after.encode(), tolerant=True) == tolerant


def test_members_in_another_order_are_a_difference() -> None:
    assert places(b'{"a": 1, "b": 2}', b'{"b": 2, "a": 1}', tolerant=True) == ["$.body.json.order"]


def test_what_is_new_at_each_call_is_no_difference() -> None:
    document = '{"request_id": "%s", "timing_ms": {"total": %f}}'
    before, after = (document % values for values in (("0123456789abcdef", 1.5), ("fedcba9876543210", 2.25)))
    assert places(before.encode(), after.encode()) == []
    assert places(before.encode(), (document % ("another", 1.0)).encode()) != []


def test_one_of_many_numbers_is_found() -> None:
    numbers = np.linspace(0, 1, 500).tolist()
    changed = [*numbers[:77], numbers[77] + 0.5, *numbers[78:]]
    before, after = (str(values).encode() for values in (numbers, changed))
    assert places(before, after) == places(before, after, tolerant=True) == ["$.body.json.mean"]
    slight = str([number + 1e-6 for number in numbers]).encode()
    assert places(before, slight, tolerant=True) == []
    assert places(before, slight) != []
    one = str([*numbers[:77], numbers[77] + 1e-9, *numbers[78:]]).encode()
    assert places(before, one) == ["$.body.json.numbers"]
    whole, other = (str([*range(100), last]).encode() for last in (50, 51))
    assert places(whole, other, tolerant=True) != []


def test_a_changed_pixel_of_a_stored_picture_is_found_and_a_slight_one_of_a_drawing_is_not() -> None:
    changed = PIXELS.copy()
    changed[5, 5] += 1
    files = encoded(PIXELS), encoded(changed)
    assert places(*files, "image/png", tolerant=True, path="/failures/1.png") == ["$.body.picture.pixels"]
    assert places(*files, "image/png", tolerant=True, path="/x/feature-maps?layer=a") == []
    assert places(*files, "image/png", path="/x/feature-maps") == ["$.body.picture.pixels"]
    recompressed = encoded(PIXELS), encoded(PIXELS, compress_level=1)
    assert places(*recompressed, "image/png", tolerant=True, path="/failures/1.png") == []
    assert places(*recompressed, "image/png") == ["$.body.picture.file"]
    changed[:30] = 0
    assert places(encoded(PIXELS), encoded(changed), "image/png", tolerant=True) == ["$.body.picture.grid"]


def test_files_of_the_web_client_are_compared_on_one_machine_alone() -> None:
    assert places(b"<p>1", b"<p>2", "text/html", path="/") == ["$.body.text"]
    assert places(b"<p>1", b"<p>2", "text/html", path="/", tolerant=True) == []


def test_status_headers_and_missing_requests_are_found() -> None:
    before = line(b"{}")
    after = copy.deepcopy(before)
    after["status"] = 404
    after["headers"]["vary"] = "Accept"
    found = compare([before, {**before, "name": "gone"}], [after, {**before, "name": "new"}], tolerant=True)
    assert [(each.name, each.place) for each in found] == [
        ("/api/v1/predict", "$.status"),
        ("/api/v1/predict", "$.headers.vary"),
        ("gone", "$"),
        ("new", "$"),
    ]


def test_expected_differences_cover_what_they_name_and_show_when_they_are_idle() -> None:
    differences = compare([line(b'{"a": [1], "b": 1}')], [line(b'{"a": [2], "b": 2}')], tolerant=True)
    entries = [Expected("/api/*", "mended", "$.body.json.a[0]"), Expected("other", "not there")]
    unexpected, idle = split_expected(differences, entries)
    assert [each.place for each in unexpected] == ["$.body.json.b"]
    assert idle == [entries[1]]
    text = report(unexpected)
    assert all(part in text for part in ("$.body.json.b", "/api/v1/predict", "before: 1", "after:  2"))


def test_a_report_groups_by_place_and_tells_what_it_leaves_out() -> None:
    before, after = (str([{"x": k + shift} for k in range(9)]).replace("'", '"') for shift in (0, 1))
    differences = compare([line(before.encode())], [line(after.encode())])
    text = report(differences, most=2)
    assert "$.body.json[*].x  (9 differences)" in text
    assert text.count("before:") == 2
    assert "and 7 other changes there" in text
    assert report(differences).count("before:") == 9


@pytest.mark.parametrize(
    ("expected", "code"),
    [("", 1), ('names = "/api/*"\nreason = "mended"', 0), ('names = "other"\nreason = "none"', 1)],
)
def test_the_command_line_fails_where_a_difference_is_not_expected(tmp_path: Path, expected: str, code: int) -> None:
    before, after, wanted = tmp_path / "before.jsonl.gz", tmp_path / "after.jsonl", tmp_path / "expected.toml"
    write([line(b'{"a": 1}')], before)
    write([line(b'{"a": 2}')], after)
    assert read(before) != read(after)
    wanted.write_text(f"[[expected]]\n{expected}" if expected else "")
    command = [sys.executable, "-m", "tests.recorded", "compare", str(before), str(after), "--expected", str(wanted)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == code, run.stdout + run.stderr
    assert ("$.body.json.a" in run.stdout) == ("/api" not in expected)
