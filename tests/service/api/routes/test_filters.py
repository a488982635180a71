"""The convolution lab over HTTP, as its users call it."""

import json
from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from service.imaging.codec.files import encode_png
from tests.paths import ROOT
from tests.service.api.conftest import MakeClient

APPLY = "/api/v1/filters/apply"
PHOTOGRAPH = (ROOT / "service" / "web" / "still_life.jpg").read_bytes()
SHARPEN = {"op": "convolve", "filter": "sharpen", "stride": 1, "padding": "same"}
# The sum is too large before it is divided.
LARGE = {"op": "convolve", "kernel": [[1e6] * 31] * 31}
DIVIDED = {"op": "convolve", "kernel": [[1e6] * 10], "divisor": 1e6}
STEPS = [SHARPEN, {"op": "max_pool", "size": 2}, {"op": "relu"}]


def post(client: httpx.Client, fields: dict[str, Any], data: bytes = PHOTOGRAPH, **headers: str) -> httpx.Response:
    text = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    return client.post(APPLY, data=text, files={"file": ("p.png", data)}, headers=headers)


def opened(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(BytesIO(answer.content))


def test_the_lectures_four_filters_lead_the_list(client: httpx.Client) -> None:
    listed = client.get("/api/v1/filters").json()["filters"]
    assert [item["name"] for item in listed][:4] == ["identity", "box_blur", "edge_detection", "sharpen"]
    assert listed[1]["kernel"] == [[1, 1, 1]] * 3
    assert listed[1]["divisor"] == 9
    assert listed[2]["kernel"] == [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]
    for item in listed:
        assert opened(post(client, {"filter": item["name"]})).size == (400, 300)


def test_identity_gives_the_decoded_photograph_back(client: httpx.Client) -> None:
    answer = post(client, {"filter": "identity"})
    assert answer.headers["content-type"] == "image/png"
    assert (answer.headers["x-output-width"], answer.headers["x-output-height"]) == ("400", "300")
    assert np.array_equal(np.asarray(opened(answer)), np.asarray(Image.open(BytesIO(PHOTOGRAPH))))
    stages = [stage.split(";")[0].strip() for stage in answer.headers["server-timing"].split(",")]
    assert stages == ["decode", "filter", "encode", "total"]


def test_a_sequence_of_layers_tells_the_size_after_each(client: httpx.Client) -> None:
    answer = post(client, {"steps": STEPS}, accept="application/json").json()
    assert [step["output"] for step in answer["geometry"]] == [[400, 300], [200, 150], [200, 150]]
    assert (answer["width"], answer["height"], answer["channels"]) == (200, 150, 3)
    assert answer["values"] is None
    assert answer["range"][0] >= 0


def test_negative_numbers_are_told_and_shown(client: httpx.Client) -> None:
    ramp = np.tile(np.arange(0, 160, 10, dtype=np.uint8), (8, 1))
    fields = {"kernel": [[1, 0, -1]], "padding": "valid"}
    answer = post(client, fields, encode_png(ramp), accept="application/json").json()
    assert answer["range"] == [-20, -20]
    assert np.array(answer["values"]).shape == (8, 14, 1)
    assert np.asarray(opened(post(client, fields, encode_png(ramp)))).max() == 0  # clip
    assert np.asarray(opened(post(client, fields | {"scale": "abs"}, encode_png(ramp)))).tolist() == [[20] * 14] * 8
    assert np.asarray(opened(post(client, fields | {"scale": "centre"}, encode_png(ramp)))).max() == 0  # black
    for british, american in (({"scale": "centre"}, {"scale": "center"}), ({"color": "grey"}, {"colour": "gray"})):
        assert opened(post(client, fields | british)) == opened(post(client, fields | american))
    assert post(client, fields | {"color": "grey", "colour": "gray"}).status_code == 422
    tiny = fields | {"kernel": [[0, 1e-44, 0]]}
    for scale, first in (("minmax", 0), ("centre", 137)):
        shown = np.asarray(opened(post(client, tiny | {"scale": scale}, encode_png(ramp))))[0]
        assert (shown[0], shown[-1]) == (first, 255)


def test_at_tells_the_story_of_a_pixel(client: httpx.Client) -> None:
    answer = post(client, {"filter": "sharpen", "at": "7,5", "padding": "valid", "color": "grey"})
    assert answer.headers["content-type"] == "application/json"
    story = answer.json()["at"]
    grey = np.asarray(Image.open(BytesIO(PHOTOGRAPH)).convert("L"))
    assert story["window"] == [grey[5:8, 7:10].tolist()]
    assert story["products"][0][1][1] == 5 * int(grey[6, 8])
    assert story["sum"] == [np.sum(story["products"])]
    assert opened(post(client, {"filter": "sharpen", "at": "7,5"}, accept="image/png")).size == (400, 300)


def test_stride_and_padding_are_one_number_or_x_and_y(client: httpx.Client) -> None:
    fields = {"filter": "box_blur", "stride": "2,1", "padding": "valid,4", "pad_mode": "reflect"}
    (step,) = post(client, fields, accept="application/json").json()["geometry"]
    assert (step["stride"], step["padding"], step["output"]) == ([2, 1], [0, 4], [199, 302])


def test_six_filters_make_one_sheet(client: httpx.Client) -> None:
    names = "identity,box_blur,edge_detection,sharpen,sobel_x,emboss"
    sheet = opened(post(client, {"filters": names, "scale": "abs"}))
    assert sheet.mode == "RGB"
    assert sheet.width > 3 * 400
    told = post(client, {"filters": names}, accept="application/json").json()
    assert [item["name"] for item in told["filters"]] == names.split(",")
    assert told["filters"][2]["range"][0] < 0


@pytest.mark.parametrize("kind", ["image/jpeg", "image/webp"])
def test_other_forms_by_accept(client: httpx.Client, kind: str) -> None:
    rgba = np.dstack((np.zeros((20, 30, 3), np.uint8), np.tile(np.array([0, 255, 255], np.uint8), (20, 10))))
    answer = post(client, {"filter": "identity"}, encode_png(rgba), accept=f"{kind}, image/png;q=0.5")
    assert answer.headers["content-type"] == kind
    image = opened(answer)
    assert image.size == (30, 20)
    if kind == "image/jpeg":
        assert image.getpixel((0, 9))[0] > 150  # type: ignore[index]  # transparent: white beneath


def test_alpha_is_kept(client: httpx.Client) -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (9, 11, 4), dtype=np.uint8)
    shown = np.asarray(opened(post(client, {"filter": "box_blur"}, encode_png(rgba))))
    assert np.array_equal(shown[..., 3], rgba[..., 3])


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"filter": "sharpn"}, 404, "There are: identity, box_blur"),
        ({"kernel": "[[NaN]]"}, 422, "kernel of the form is wrong: row 0, column 0 must be a finite number"),
        ({"kernel": f"[[{'9' * 400}]]"}, 422, "row 0, column 0 must be a finite number"),
        ({"kernel": [[0] * 1001] * 1001}, 422, "The kernel is 1001 x 1001; at most 31 x 31"),
        ({"kernel": [[1, 2], [3]]}, 422, "every row must be as long as row 0, 2; row 1 is 1 long"),
        ({"kernel": [["a"]]}, 422, "row 0, column 0 must be a number"),
        ({"kernel": "sharpen"}, 422, "it must be rows of numbers as JSON, as [[0,-1,0],[-1,5,-1],[0,-1,0]] is"),
        ({"kernel": "[]"}, 422, "it must be rows of numbers as JSON"),
        ({"kernel": [[1, 0], 5]}, 422, "it must be rows of numbers as JSON"),
        ({"filter": "sharpen", "stride": "0"}, 422, "a whole number from 1 to 16"),
        ({"filter": "sharpen", "padding": "-1"}, 422, "same, valid, or a total from 0 to 64"),
        ({"filter": "sharpen", "padding": "65"}, 422, "a total from 0 to 64"),
        ({"filter": "sharpen", "divisor": "0"}, 422, "must not be 0"),
        ({"filter": "sharpen", "scale": "loud"}, 422, "'clip', 'abs', 'centre' or 'minmax'"),
        ({"filter": "sharpen", "at": "7"}, 422, "two whole numbers as x,y"),
        ({"filter": "sharpen", "at": "400,0"}, 422, "x must be 0 to 399"),
        ({"filter": "sharpen", "bogus": "1"}, 422, "Known ones: file, at"),
        ({}, 422, "exactly one of filter, filters, kernel and steps"),
        ({"filter": "sharpen", "kernel": [[1]]}, 422, "exactly one of"),
        ({"steps": STEPS, "stride": "2"}, 422, "with steps, each step has its own stride; give it there"),
        ({"steps": [{"op": "pool"}]}, 422, "op of step 1 is wrong: it must be convolve, max_pool, avg_pool or relu"),
        ({"steps": [{"size": 2}]}, 422, "op of step 1 is wrong: it must be convolve, max_pool, avg_pool or relu"),
        ({"steps": [{"op": "relu"}, 1]}, 422, 'Step 2 is wrong: it must be an object with an op, as {"op":"relu"} is'),
        ({"steps": [{"op": "relu"}, SHARPEN | {"filter": "x"}]}, 404, "Step 2: There is no filter of this name."),
        ({"steps": [SHARPEN | {"filter": 5}]}, 422, "filter of step 1 is wrong: it must be the name of a filter"),
        ({"steps": []}, 422, "it must be a JSON list of 1 to 16 layers"),
        ({"steps": "{}"}, 422, "it must be a JSON list of 1 to 16 layers"),
        ({"steps": "[{"}, 422, "it must be a JSON list of 1 to 16 layers"),
        ({"filters": "identity,x"}, 404, "Name 2 of filters: There is no filter of this name."),
        ({"filters": ",".join(["identity"] * 13)}, 422, "it must be 1 to 12 names, separated by commas"),
        ({"filters": "identity,sharpen", "at": "1,1"}, 422, "at tells of one filter"),
        ({"filter": "sharpen", "divisor": "x"}, 422, "it must be a number from -1,000,000 to 1,000,000, and not 0."),
        ({"filter": "sharpen", "divisor": "nan"}, 422, "it must be a number from -1,000,000 to 1,000,000, and not 0."),
        ({"steps": [{"op": "relu", "size": 3}]}, 422, "Step 1 is wrong: relu takes nothing more"),
        ({"steps": [{"op": "convolve"}]}, 422, "convolve needs either filter or kernel"),
        ({"steps": [{"op": "relu"}] * 17}, 422, "a JSON list of 1 to 16 layers"),
        ({"steps": [{"op": "relu", "x": 1}]}, 422, "unknown field in step 1"),
        ({"kernel": [[1] * 31] * 31, "padding": "valid", "stride": "3", "at": "900,0"}, 422, "x must be 0 to 123"),
        ({"filter": "sharpen", "divisor": "1e-50"}, 422, "must not be 0, nor closer to it"),
        ({"filter": "x" * 100}, 404, "There are: identity"),
        ({"steps": [{"op": "convolve", "kernel": [[1e6] * 31] * 31}] * 4}, 422, "Take smaller numbers"),
        ({"steps": [*[LARGE] * 3, {"op": "convolve", "kernel": [[1e6]]}, DIVIDED]}, 422, "beyond what a 32-bit float"),
        ({"steps": [SHARPEN, {"op": "max_pool", "padding": 9}]}, 422, "Step 2: Pooling with a window of 2 takes"),
    ],
)
def test_what_cannot_be_done_is_said(client: httpx.Client, fields: dict[str, Any], status: int, words: str) -> None:
    answer = post(client, fields)
    assert answer.status_code == status, answer.text
    detail = answer.json()["detail"]
    assert words in detail
    assert not any(jargon in detail for jargon in ("Value ", "Form", "dictionary", "parse", "should", "required"))
    assert len(answer.content) < 2048


def test_bodies_that_are_no_such_form(client: httpx.Client) -> None:
    assert client.post(APPLY, content=PHOTOGRAPH).status_code == 415
    assert client.post(APPLY, headers={"content-type": "multipart/form-data; boundary=x"}).status_code == 400
    assert client.post(APPLY, files={"filter": (None, "sharpen")}).status_code == 400
    two = [("file", ("a.png", PHOTOGRAPH)), ("file", ("b.png", PHOTOGRAPH))]
    assert client.post(APPLY, files=two, data={"filter": "sharpen"}).status_code == 400
    assert post(client, {"filter": "sharpen"}, b"GIF8 not really").status_code == 415
    assert post(client, {"filter": "sharpen"}, PHOTOGRAPH[:4000]).status_code == 422
    assert post(client, {"filter": "sharpen"}, accept="text/html").status_code == 406
    assert client.post(f"{APPLY}?filter=sharpen", files={"file": PHOTOGRAPH}).status_code == 422


def test_a_picture_of_sixty_megapixels_is_refused_before_it_is_decoded(make_client: MakeClient) -> None:
    large = BytesIO()
    Image.new("L", (8000, 7500)).save(large, format="PNG")
    with make_client() as client:
        answer = post(client, {"filter": "sharpen"}, large.getvalue())
    assert answer.status_code == 413
    assert answer.json()["limit"] == 16_800_000


COLOURED = np.random.default_rng(5).integers(0, 256, (9, 11, 3), np.uint8)


def test_a_pooling_step_is_traced_where_it_is_asked_for(client: httpx.Client) -> None:
    grey = COLOURED[..., 0]
    for pool, value, divisor in (("max_pool", np.max, 1), ("avg_pool", np.mean, 4)):
        steps = [{"op": "convolve", "kernel": [[1]]}, {"op": "relu"}, {"op": pool, "size": 2}]
        fields = {"steps": steps, "at": "1,2", "at_step": "3"}
        trace = post(client, fields, encode_png(grey)).json()["at"]
        window = grey[4:6, 2:4].astype(float)
        assert (trace["op"], trace["origin"], trace["window"]) == (pool, [2, 4], [window.tolist()])
        assert trace["value"] == [pytest.approx(value(window))]
        assert (trace["divisor"], trace["sum"]) == (divisor, [window.sum()])
        alone = post(client, {"steps": steps, "at": "1,2"}, encode_png(grey)).json()["at"]
        assert "op" not in alone  # of the last convolution, as ever


def test_what_lies_in_the_padding_is_none_of_poolings_numbers(client: httpx.Client) -> None:
    steps = [{"op": "convolve", "kernel": [[-1]]}, {"op": "max_pool", "size": 2, "padding": 2}]
    trace = post(client, {"steps": steps, "at": "0,0", "at_step": "2"}, encode_png(COLOURED[..., 0])).json()["at"]
    assert trace["kernel"] == [[0, 0], [0, 1]]
    assert trace["value"] == [-float(COLOURED[0, 0, 0])]


def test_the_three_colours_make_one_map(client: httpx.Client) -> None:
    fields = {"kernel": [[1, 2], [3, 4]], "divisor": "2", "padding": "valid", "channels": "sum", "at": "3,4"}
    answer = post(client, fields, encode_png(COLOURED)).json()
    kernel = np.array([[1, 2], [3, 4]])
    sums = [(COLOURED[4:6, 3:5, c] * kernel).sum() for c in range(3)]
    assert (answer["channels"], answer["width"], answer["height"]) == (1, 10, 8)
    assert answer["at"]["sum"] == sums
    assert answer["at"]["value"] == [sum(sums) / 2]
    assert answer["values"][4][3] == [pytest.approx(sum(sums) / 2, rel=1e-5)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"filter": "identity", "channels": "all"},
            "The field channels of the form is wrong: it must be 'each' or 'sum'.",
        ),
        ({"filter": "identity", "at_step": "1"}, "at_step says of which step at tells; give at, too"),
        ({"steps": STEPS, "at": "0,0", "at_step": "3"}, "at_step must be the number of a step with a window, 1 to 3"),
        ({"steps": STEPS, "at": "0,0", "at_step": "4"}, "relu has none"),
        ({"steps": STEPS, "at": "200,0", "at_step": "2"}, "at lies outside the output: x must be 0 to 199"),
    ],
)
def test_steps_and_channels_that_are_none(client: httpx.Client, fields: dict[str, Any], words: str) -> None:
    answer = post(client, fields)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
