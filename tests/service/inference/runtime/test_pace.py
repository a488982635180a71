"""What is concluded from how fast a model has been."""

from service.inference.runtime.pace import BUSY_S, QUICK_S, Pace, spare_s


def shown(*batches: tuple[int, float]) -> Pace:
    pace = Pace()
    for images, seconds in batches:
        pace.note(images, seconds)
    return pace


def test_nothing_is_quick_before_it_was_seen() -> None:
    assert not Pace().is_quick(1)
    assert Pace().most(32) == 32
    assert shown((1, 5e-5)).is_quick(10)
    assert not shown((1, 5e-5)).is_quick(30)


def test_batches_stay_full_where_company_is_cheaper() -> None:
    assert shown((1, 50e-6)).most(32) == 32
    assert shown((1, 50e-6), (32, 32 * 14e-6)).most(32) == 32


def test_batches_are_small_where_the_model_is_bound_by_its_own_work() -> None:
    assert shown((1, 90e-6), (32, 32 * 90e-6)).most(32) == 11  # a millisecond
    assert shown((1, 90e-6), (32, 32 * 90e-6)).most(8) == 8
    assert shown((1, 0.01), (4, 0.04)).most(32) == 4


def test_a_busy_machine_is_forgiven_and_a_slower_model_found_out() -> None:
    pace = shown((1, 50e-6), (32, 1.0), (32, 32 * 14e-6), (32, 1.0))
    assert pace.most(32) == 32
    assert pace.is_quick(32)
    for _ in range(2500):
        pace.note(1, 0.002)
    assert not pace.is_quick(1)


def test_the_busier_the_loop_the_longer_it_is_spared() -> None:
    assert spare_s(images=1, behind=0, most=32) == QUICK_S
    assert QUICK_S < spare_s(images=16, behind=0, most=32) < BUSY_S
    assert spare_s(images=32, behind=31, most=32) < BUSY_S
    assert spare_s(images=1, behind=32, most=32) == BUSY_S
