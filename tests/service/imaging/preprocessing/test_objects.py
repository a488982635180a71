import numpy as np

from service.imaging.boxes import around
from service.imaging.preprocessing.background import survey
from service.imaging.preprocessing.objects import Found, find_objects, reading_order
from tests.service.imaging.pictures import place, sample, stroke_mask


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


def test_lines_close_above_each_other_are_not_joined() -> None:
    ink = np.zeros((160, 160))
    for left in range(10, 150, 28):
        for top in (30, 74):
            ink[top : top + 40, left : left + 4] = 1  # ones, four pixels between the lines
            ink[top : top + 4, left : left + 14] = 1
    found = find_objects(survey((230 - 200 * ink).astype(np.uint8)), 0.1)
    assert isinstance(found, list)
    assert len(found) == 10


def test_the_edge_of_a_dark_thing_at_the_rim_is_no_digit() -> None:
    page = np.full((160, 160), 220, np.uint8)
    for left in (30, 60, 90):
        page[20:56, left : left + 4] = 40
    page[100:, :] = 60  # a thing on the table, and the shadow that it throws
    page[100:, :5] = 20
    found = find_objects(survey(page, "dark_on_light"), 0.1)
    assert isinstance(found, list)
    assert all(one.box[3] <= 60 for one in found)


def test_a_pale_stroke_belongs_to_the_digit_that_it_goes_on_from() -> None:
    seven = np.zeros((160, 160))
    seven[40:44, 50:90] = 0.22  # pressed lightly
    seven[40:120, 86:90] = 1
    left, top, right, bottom = found_in(seven).box
    assert left <= 66
    assert (top, right, bottom) == (40, 90, 120)


def test_no_object_is_left_out_because_the_ground_is_rough() -> None:
    ink = np.zeros((100, 160))
    ink[20:80, 40:48] = 0.62  # beside it the ground has a fifth of its contrast, and beside the other less
    ink[20:80, 100:108] = 1
    rough = 200 - 150 * ink - np.random.default_rng(2).uniform(0, 50, ink.shape)
    seen = survey(np.clip(rough, 0, 255).astype(np.uint8), "dark_on_light")
    found = find_objects(seen, 0.1)
    assert found == "no_object" or len(found) == 2
    told = find_objects(seen, 0.1, rough=True)
    assert isinstance(told, list)
    assert len(told) == 2
