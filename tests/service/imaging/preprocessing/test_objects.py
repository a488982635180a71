import numpy as np

from service.imaging.boxes import around
from service.imaging.preprocessing.background import survey
from service.imaging.preprocessing.objects import Found, find_objects, otsu, reading_order
from tests.service.imaging.pictures import place, sample, stroke_mask


def test_otsu_parts_two_heaps() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate((rng.normal(0.2, 0.03, 900), rng.normal(0.8, 0.05, 100))).astype(np.float32)
    cut = otsu(np.clip(values, 0, 1))
    assert np.count_nonzero(values < cut) == 900


def test_otsu_equals_a_direct_search() -> None:
    values = np.random.default_rng(1).beta(2, 5, 2000).astype(np.float32)
    bins = (values * 64).astype(int)

    def spread(cut: int) -> float:
        low, high = bins[bins < cut], bins[bins >= cut]
        return len(low) * len(high) * (low.mean() - high.mean()) ** 2 if len(low) and len(high) else 0.0

    assert otsu(values) == max(range(1, 64), key=spread) / 64


def found_in(ink: np.ndarray) -> Found:
    found = find_objects(survey((230 - 200 * ink).astype(np.uint8)), 0.1)
    assert isinstance(found, list)
    assert len(found) == 1
    return found[0]


def test_digits_side_by_side_are_two_and_strokes_near_each_other_one() -> None:
    one = stroke_mask(sample("mnist")[0][2], 60)
    two = place(one, 160, 120, 20, 30) + place(one, 160, 120, 20 + one.shape[1] + 10, 30)
    found = find_objects(survey((230 - 200 * two).astype(np.uint8)), 0.1)
    assert isinstance(found, list)
    assert len(found) == 2
    five = np.zeros((120, 160))
    five[30:36, 74:100] = 1  # the bar, apart from the rest
    five[42:65, 64:70] = 1
    five[59:65, 64:95] = 1
    five[59:95, 92:98] = 1
    five[90:96, 64:98] = 1
    assert found_in(five).parts == 2


def test_more_objects_than_a_person_would_send_are_a_pattern() -> None:
    dots = np.zeros((120, 160))
    for place_y in range(5, 110, 12):
        for place_x in range(5, 150, 12):
            dots[place_y : place_y + 6, place_x : place_x + 6] = 1
    assert find_objects(survey((230 - 200 * dots).astype(np.uint8)), 0.1) == "no_object"


def test_reading_order_goes_line_by_line() -> None:
    boxes = [(60, 50, 80, 90), (50, 0, 70, 30), (5, 5, 20, 40), (0, 55, 20, 80)]
    assert reading_order(boxes) == [2, 1, 3, 0]


def test_what_the_rim_cuts_gives_way_to_what_is_whole() -> None:
    ink = place(stroke_mask(sample("mnist")[0][0], 60), 160, 120, 60, 30)
    ink[100:, :] = 1  # the edge of a table: much more ink, but cut
    left, top, right, bottom = found_in(ink).box
    assert 58 <= left < right <= 125
    assert 28 <= top < bottom <= 95


def test_what_the_rim_cuts_is_taken_where_there_is_nothing_else() -> None:
    ink = np.zeros((120, 160))
    ink[20:100, 150:] = 1
    assert found_in(ink).box == (150, 20, 160, 100)


def test_the_mask_is_the_object_alone() -> None:
    ink = place(stroke_mask(sample("mnist")[0][1], 60), 160, 120, 10, 30)
    ink[100:108, 140:148] = 1
    found = found_in(ink)
    assert not found.mask[95:, 130:].any()
    assert found.mask[30:90, 10:80].any()


def test_around_holds_both() -> None:
    assert around((1, 2, 3, 4), (0, 3, 2, 9)) == (0, 2, 3, 9)
