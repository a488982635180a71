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
