import numpy as np

from service.imaging.preprocessing.ink import REACH, find_ink, followed, otsu


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


def pressed(dark: float, faint: float) -> np.ndarray:
    """Contrast of a hook whose second stroke is fainter than its first."""
    contrast = np.zeros((80, 80), np.float32)
    contrast[10:60, 16:23] = dark
    contrast[10:60, 19] = 1
    contrast[57:60, 23:60] = faint
    return contrast


def test_a_faint_stroke_that_hangs_on_a_dark_one_is_followed() -> None:
    contrast = pressed(0.5, 0.15)
    ink = find_ink(contrast, 0.1)
    assert ink is not None
    sure = ink.sure()
    assert not sure[58, 40]
    whole = followed(sure, ink.strokes())
    assert whole[58, 23 : 23 + REACH - 2].all()
    assert np.array_equal(whole & sure, sure)


def test_a_faint_stroke_that_hangs_on_nothing_is_none() -> None:
    contrast = pressed(0.5, 0.15)
    contrast[:, 23:30] = 0
    ink = find_ink(contrast, 0.1)
    assert ink is not None
    assert np.array_equal(followed(ink.sure(), ink.strokes()), ink.sure())


def test_a_pencil_s_hairline_is_followed_where_it_is_fainter_than_any_ink_by_itself() -> None:
    contrast = pressed(0.16, 0.07) + np.abs(np.random.default_rng(0).normal(0, 0.003, (80, 80))).astype(np.float32)
    contrast[10:60, 19] = 0.16
    ink = find_ink(contrast, 0.1)
    assert ink is not None
    assert followed(ink.sure(), ink.strokes())[58, 23 : 23 + REACH - 2].all()
    contrast[:, 23:30] = 0
    assert not followed(ink.sure(), find_ink(contrast, 0.1).strokes())[:, 23:].any()  # type: ignore[union-attr]


def test_the_soft_edge_of_a_stroke_is_no_faint_stroke() -> None:
    away = np.abs(np.arange(80) - 40).astype(np.float32)
    contrast = np.tile(np.clip(1 - away / 8, 0, 1), (80, 1)).astype(np.float32)
    ink = find_ink(contrast, 0.1)
    assert ink is not None
    strokes = ink.strokes()
    assert strokes[40, 39:42].all()
    assert not strokes[:, away > 4].any()
