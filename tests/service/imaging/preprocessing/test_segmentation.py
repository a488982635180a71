"""Several digits, or one in pieces: the readings that are offered, and the one that the network's answers choose."""

import numpy as np
import pytest

from service.imaging.codec.files import ImageLimits, decode
from service.imaging.pixels import tight
from service.imaging.preprocessing.recipes import WORKING_SIDE, prepare
from service.imaging.preprocessing.segmentation import Span, best_reading
from service.imaging.preprocessing.spec import PreprocessSpec
from service.inference.answers import Classification, Options, classify
from service.inference.inputs import Inputs, PreprocessOptions, Upload, prepare_inputs
from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import Session
from tests.paths import newest
from tests.service.imaging.pictures import encode, place, sample, stroke_mask

PACKAGE = newest("mnist_robust")


def test_each_piece_is_read_once_at_the_least_cost() -> None:
    spans = [Span(0, 0, 1, 0.0), Span(0, 0, 2, 0.0), Span(0, 1, 2, 0.0), Span(1, 0, 1, 0.0)]
    assert best_reading(spans, [0.99, 0.3, 0.99, 0.99]) == [0, 2, 3]
    assert best_reading(spans, [0.5, 0.99, 0.5, 0.99]) == [1, 3]
    assert best_reading(spans, [0.0, 0.0, 0.0, 0.0]) == [1, 3]  # fewer unlikely digits are likelier
    assert best_reading([*spans, Span(-1, 0, 1, 0.0)], [0.6, 0.6, 0.6, 0.6, 0.99]) == [4]


def test_a_cut_through_ink_must_be_worth_it() -> None:
    spans = [Span(0, 0, 1, 0.0), Span(0, 1, 2, 1.0), Span(0, 0, 2, 0.0)]
    assert best_reading(spans, [0.99, 0.99, 0.9]) == [2]
    assert best_reading(spans, [0.99, 0.99, 0.2]) == [0, 1]


def answer(ink: np.ndarray) -> Classification:
    manifest, data = read_manifest(PACKAGE), encode(np.rint(235 - 200 * ink).astype(np.uint8), "PNG")
    items = [Upload(data)]
    inputs = prepare_inputs(items, {manifest.preprocessing}, PreprocessOptions(explain=True), ImageLimits()).inputs[
        manifest.preprocessing
    ]
    assert isinstance(inputs, Inputs)
    rows = Session(PACKAGE / "model.onnx").run(inputs.batch())
    return classify(manifest, rows, items, inputs, Options())[0]


def row(places: list[int], gap: int, side: int = 70) -> tuple[np.ndarray, list[int]]:
    """Test digits side by side, `gap` pixels between them; overlapping where it is negative."""
    images, labels = sample("mnist")
    ink, left = np.zeros((200, 420)), 30
    for index in places:
        mask = stroke_mask(images[index], side)
        ink = np.maximum(ink, place(mask, 420, 200, left, 60))
        left += mask.shape[1] + gap
    return ink, [int(labels[index]) for index in places]


@pytest.mark.parametrize("gap", [-1, 0, 3, 12])
def test_digits_that_touch_are_read_one_by_one(gap: int) -> None:
    ink, labels = row([0, 1, 3], gap)
    told = answer(ink)
    assert told.reason == "multiple"
    assert [region.index for region in told.regions or ()] == labels
    lefts = [region.box[0] for region in told.regions or ()]
    assert lefts == sorted(lefts)


def test_a_digit_in_pieces_is_one() -> None:
    images, labels = sample("mnist")
    for index in np.flatnonzero(labels == 0)[:3].tolist():
        ink = place(stroke_mask(images[index], 120), 420, 200, 150, 40)
        middle = 150 + stroke_mask(images[index], 120).shape[1] // 2
        ink[:, middle - 4 : middle + 4] = 0  # a dry pen: two halves, as tall as each other
        told = answer(ink)
        assert told.reason is None, told
        assert told.index == 0
        assert told.regions is None
        assert told.stages is not None
        assert [stage.name for stage in told.stages] == ["picture", "ink", "box", "fit", "input"]
        assert max(told.stages[3].pixels.shape) == 20
        assert all(stage.facts["rejoined"] for stage in told.stages[2:])
        assert told.prepared is not None
        assert told.prepared.box is not None
        assert told.prepared.box[2] > 60


def test_a_wide_digit_stays_whole() -> None:
    images, labels = sample("mnist")
    wide = [i for i, image in enumerate(images) if stroke_mask(image, 100).shape[1] > 95][:5]
    assert wide
    for index in wide:
        told = answer(place(stroke_mask(images[index], 100), 420, 200, 150, 40))
        assert told.reason != "multiple"
        assert told.index == labels[index]


def test_decoding_is_fine_enough_for_rows() -> None:
    ink, labels = row([0, 1, 2, 3], 4, side=40)
    picture = decode(encode(np.rint(235 - 200 * ink).astype(np.uint8), "PNG"), ImageLimits(), working_side=WORKING_SIDE)
    assert max(picture.pixels.shape) >= WORKING_SIDE
    assert [region.index for region in answer(ink).regions or ()] == labels


def test_digits_above_each_other_are_not_one() -> None:
    images, labels = sample("mnist")
    for upper, lower in ((0, 1), (2, 3), (4, 6)):
        ink = place(stroke_mask(images[upper], 70), 420, 200, 170, 10)
        ink = np.maximum(ink, place(stroke_mask(images[lower], 70), 420, 200, 170, 118))
        told = answer(ink)
        assert told.reason == "multiple"
        assert [region.index for region in told.regions or ()] == [labels[upper], labels[lower]]


def page(lines: int, columns: int, side: int = 44) -> tuple[np.ndarray, list[int]]:
    images, labels = sample("mnist")
    ink = np.zeros((lines * 2 * side, columns * 2 * side), np.float32)
    order = []
    for place_of in range(lines * columns):
        mask = stroke_mask(images[place_of], side)
        top, left = place_of // columns * 2 * side + side // 2, place_of % columns * 2 * side + side // 2
        ink[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
        order.append(int(labels[place_of]))
    return ink, order


@pytest.mark.parametrize(("lines", "columns"), [(1, 11), (2, 5), (1, 20), (4, 10), (6, 10), (12, 1), (5, 4)])
def test_pages_are_read_line_by_line(lines: int, columns: int) -> None:
    ink, labels = page(lines, columns)
    told = answer(ink)
    read = [region.index for region in told.regions or ()]
    assert told.reason == "multiple"
    assert len(read) == len(labels)
    assert np.mean(np.equal(read, labels)) >= 0.9
    assert [region.line for region in told.regions or ()] == [i // columns for i in range(len(labels))]


def test_several_things_of_which_none_is_a_digit_are_no_number() -> None:
    ink = np.zeros((200, 520), np.float32)
    for left in (30, 200, 370):  # rings within rings
        for inset in (0, 25, 50):
            ink[30 + inset : 160 - inset, left + inset : left + 130 - inset] = 1
            ink[38 + inset : 152 - inset, left + 8 + inset : left + 122 - inset] = 0
    told = answer(ink)
    assert told.regions
    assert not any(region.accepted for region in told.regions)
    assert told.reason == "unlike_training"


@pytest.mark.parametrize("margin", [0, 1, 3])
def test_a_row_cut_at_its_ink_is_read_whole(margin: int) -> None:
    for first in range(0, 24, 3):
        ink, labels = row([first, first + 1, first + 2], 12)
        left, top, right, bottom = tight(ink > 0.5)
        told = answer(ink[top - margin : bottom + margin, left - margin : right + margin])
        assert told.reason == "multiple"
        if [region.index for region in answer(ink).regions or ()] == labels:
            assert [region.index for region in told.regions or ()] == labels


def test_a_page_of_many_pieces_has_its_bound() -> None:
    rng = np.random.default_rng(0)
    ink = np.zeros((300, 420), np.float32)
    for _ in range(150):
        left, top = int(rng.integers(0, 400)), int(rng.integers(0, 280))
        ink[top : top + int(rng.integers(3, 20)), left : left + int(rng.integers(3, 12))] = 1
    spec = PreprocessSpec(recipe="digit")
    data = encode(np.rint(235 - 200 * ink).astype(np.uint8), "PNG")
    assert len(prepare(decode(data, ImageLimits(), working_side=WORKING_SIDE), spec).regions) <= 129


def test_each_region_says_whether_it_is_accepted() -> None:
    ink, _ = row([0, 1], 12)
    ink[60:130, 250:254] = 1  # three rungs: no digit
    ink[60:130, 290:294] = 1
    for top in (62, 92, 122):
        ink[top : top + 5, 250:294] = 1
    regions = answer(ink).regions or []
    assert [region.accepted for region in regions[:2]] == [True, True]
    refused = [region.reason for region in regions[2:]]
    assert refused
    assert set(refused) <= {"unlike_training", "low_confidence"}


def test_a_line_under_digits_is_no_digit() -> None:
    ink, labels = row([0, 1, 2], 30)
    ink = np.pad(ink, ((0, 120), (0, 0)))
    ink[-30:-24, 20 : ink.shape[1] // 2] = 1
    assert [region.index for region in answer(ink).regions or ()] == labels


def test_many_digits_close_together_are_not_taken_for_one() -> None:
    """A page of them costs more than one thing, were it not for how unlike a digit that is."""
    ink, labels = page(5, 5, 30)
    told = answer(ink)
    assert told.reason == "multiple"
    assert len(told.regions or ()) == len(labels)
