"""Filters in the page, where there is no service, give what the service gives."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.api.requests.filter_form import FilterForm
from service.errors import InvalidInput
from service.imaging.convolution.filters import FILTERS
from service.imaging.convolution.pipeline import run_steps
from service.imaging.drawing.scaling import to_pixels
from service.imaging.pixels import to_grey
from tests.web.network.node import run_in_node

Fields = dict[str, str]
MOST_PIXELS = 10_000_000
_RUN = """
import { layersOf } from "./js/filtering/form.js";
import { runLayers } from "./js/filtering/steps.js";
import { planeOf, toTones } from "./js/filtering/tones.js";
const { width, height, jobs, filters } = JSON.parse(readFileSync(files[1], "utf8"));
const pixels = new Uint8ClampedArray(readFileSync(files[0]));
print(jobs.map((fields) => {
  const form = new Map(Object.entries(fields));
  const given = planeOf(pixels, width, height, fields.color === "grey");
  const at = fields.at?.split(",").map(Number) ?? null;
  const told = fields.at_step ? Number(fields.at_step) - 1 : null;
  try {
    const { values, done, trace } = runLayers(given, layersOf(form, filters), at, told);
    const tones = [...toTones(values.data, fields.scale ?? "clip")];
    const sizes = done.map(({ x, y }) => [x.output, y.output, x.before, x.after, y.before, y.after]);
    return { ...values, data: [...values.data], tones, sizes, trace };
  } catch (error) {
    return { refused: error.message };
  }
}));
"""
SLOPE = "[[0.5,-1.25,3],[0.1,2,0.3]]"
JOBS: list[Fields] = [
    *({"filter": name, "scale": "centre" if item.signed else "clip", "at": "7,3"} for name, item in FILTERS.items()),
    *(
        {"kernel": SLOPE, "divisor": "3", "stride": stride, "padding": padding, "pad_mode": mode, "at": "2,1"}
        for stride in ("1", "2", "3")
        for padding in ("same", "valid", "5")
        for mode in ("zeros", "edge", "reflect")
    ),
    {"kernel": json.dumps(np.ones((13, 17)).tolist()), "divisor": "221", "padding": "64", "pad_mode": "reflect"},
    {"filter": "sobel_x", "scale": "abs", "color": "grey", "at": "0,0"},
    {"filter": "sobel_x", "channels": "sum", "scale": "centre", "at": "0,11"},
    {"kernel": "[[0]]", "scale": "centre"},
    {"steps": '[{"op":"convolve","filter":"sobel_y"},{"op":"relu"},{"op":"max_pool","size":2}]', "at": "4,4"},
    {"steps": '[{"op":"max_pool","size":3,"stride":2,"padding":"same"}]', "at": "0,0", "at_step": "1"},
    {"steps": '[{"op":"avg_pool","size":3,"stride":1,"padding":4},{"op":"relu"}]', "at": "0,0", "at_step": "1"},
    {
        "steps": '[{"op":"avg_pool","size":2},'
        f'{{"op":"convolve","kernel":{SLOPE},"padding":"valid","channels":"sum"}}]',
        "scale": "centre",
        "at": "1,1",
    },
]
REFUSED: list[Fields] = [
    {"kernel": json.dumps(np.ones((31, 31)).tolist()), "padding": "valid"},
    {"steps": '[{"op":"relu"},{"op":"max_pool","size":2,"padding":5}]'},
    {"filter": "sobel_x", "at": "99,0"},
]


@pytest.fixture(scope="module")
def picture() -> NDArray[np.uint8]:
    """Colour, uint8 [19, 23, 3], with edges and even parts."""
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 256, (19, 23, 3), np.uint8)
    pixels[4:12, 5:15] = (250, 20, 90)
    return pixels


def _in_page(picture: NDArray[np.uint8], jobs: list[Fields], folder: Path) -> list[dict[str, Any]]:
    height, width = picture.shape[:2]
    raw, about = folder / "pixels", folder / "about.json"
    raw.write_bytes(np.dstack((picture, np.full((height, width), 255, np.uint8))).tobytes())
    known = [{"name": item.name, "kernel": item.kernel, "divisor": item.divisor} for item in FILTERS.values()]
    about.write_text(json.dumps({"width": width, "height": height, "jobs": jobs, "filters": known}))
    found: list[dict[str, Any]] = run_in_node(_RUN, raw, about)
    return found


def _in_service(picture: NDArray[np.uint8], fields: Fields) -> tuple[Any, NDArray[np.uint8]]:
    job = FilterForm.model_validate(fields).job()
    given = to_grey(picture) if job.grey else picture
    result = run_steps(given, job.steps, MOST_PIXELS, None, job.at, job.at_step)
    return result, to_pixels(result.values, job.scale, 255).pixels


def test_every_way_of_filtering_gives_the_service_s_numbers(picture: NDArray[np.uint8], tmp_path: Path) -> None:
    for fields, page in zip(JOBS, _in_page(picture, JOBS, tmp_path), strict=True):
        result, tones = _in_service(picture, fields)
        assert "refused" not in page, (fields, page)
        shape = (page["height"], page["width"], page["channels"])
        assert shape == result.values.shape, fields
        numbers = np.array(page["data"], np.float32).reshape(shape)
        reach = max(1.0, float(np.abs(result.values).max()))
        assert np.abs(numbers - result.values).max() <= 1e-5 * reach, fields
        off = np.abs(np.array(page["tones"]).reshape(shape).astype(int) - tones)
        assert off.max() <= 1, fields
        assert np.count_nonzero(off) <= 0.01 * off.size, fields  # a half that falls to either side
        sizes = [[d.x.output, d.y.output, d.x.before, d.x.after, d.y.before, d.y.after] for d in result.done]
        assert page["sizes"] == sizes, fields
        _same_trace(page["trace"], result.trace, fields)


def _same_trace(page: dict[str, Any] | None, service: Any, fields: Fields) -> None:
    if service is None:
        assert page is None, fields
        return
    assert page is not None, fields
    assert (page["x"], page["y"], tuple(page["origin"])) == (service.x, service.y, service.origin), fields
    assert page.get("op", "convolve") == service.op
    for name in ("kernel", "window", "products", "sum", "value", "divisor"):
        np.testing.assert_allclose(page[name], getattr(service, name), rtol=1e-5, atol=1e-3, err_msg=str(fields))


def test_whole_numbers_are_the_same_to_the_bit(picture: NDArray[np.uint8], tmp_path: Path) -> None:
    jobs: list[Fields] = [{"filter": name, "at": "5,5"} for name in FILTERS]
    for fields, page in zip(jobs, _in_page(picture, jobs, tmp_path), strict=True):
        result, tones = _in_service(picture, fields)
        assert page["data"] == result.values.ravel().tolist(), fields
        assert page["tones"] == tones.ravel().tolist(), fields
        assert page["trace"]["window"] == result.trace.window


def test_what_cannot_be_done_is_told_in_the_same_words(picture: NDArray[np.uint8], tmp_path: Path) -> None:
    for fields, page in zip(REFUSED, _in_page(picture, REFUSED, tmp_path), strict=True):
        with pytest.raises(InvalidInput) as told:
            _in_service(picture, fields)
        assert page == {"refused": told.value.message}
