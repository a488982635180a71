"""What bodies may take, for any front."""

import pytest

from service.api.body_budget import BodyBudget
from service.errors import MalformedRequest, Overloaded, PayloadTooLarge


def test_a_body_is_held_against_its_own_limit() -> None:
    budget = BodyBudget(10, 100, 1.0)
    budget.check_declared(b"10")
    budget.check_declared(None)
    with pytest.raises(PayloadTooLarge):
        budget.check_declared(b"11")
    with pytest.raises(MalformedRequest):
        budget.check_declared(b"ten")
    holding = budget.hold()
    holding.take(6)
    holding.take(4)
    with pytest.raises(PayloadTooLarge):
        holding.take(1)


def test_all_bodies_together_have_a_limit_and_give_back_what_they_held() -> None:
    budget = BodyBudget(10, 15, 1.0)
    first, second = budget.hold(), budget.hold()
    first.take(10)
    with pytest.raises(Overloaded):
        second.take(6)
    second.release()
    second.release()
    first.release()
    assert budget.held == 0
    budget.hold().take(10)


def test_a_body_that_comes_fast_enough_is_given_time_again() -> None:
    holding = BodyBudget(1000, 1000, timeout_s=10.0, rate=10).hold(now=50.0)
    assert holding.due == 60.0
    holding.arrived(99, now=59.0)
    assert holding.due == 60.0
    holding.arrived(1, now=59.5)
    assert holding.due == 69.5
    holding.arrived(99, now=69.0)
    assert holding.due == 69.5
