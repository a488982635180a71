"""Callers over every front while versions come and go, in two workers: a small run of `tests.integration.stress`."""

from pathlib import Path

from tests.integration.stress import FRONTS, stressed

REQUESTS, CALLERS, WORKERS = 400, 16, 2


def test_each_caller_gets_exactly_its_rows_while_models_come_and_go(tmp_path: Path) -> None:
    with stressed(tmp_path, WORKERS) as stress:
        outcome = stress.run(REQUESTS, CALLERS)
    assert outcome.wrong == []
    assert sum(outcome.answered.values()) + outcome.absent == REQUESTS
    assert set(outcome.answered) == set(FRONTS)
    assert outcome.rows > 2 * REQUESTS
    assert set(outcome.changes) == {200}
    assert len(outcome.versions) > 1  # it did change while they asked
    assert {int(version) % 2 for version in outcome.versions} == {0, 1}
