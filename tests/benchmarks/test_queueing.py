"""The queue that docs/scaling.md reckons with, held against what is known of such queues."""

import numpy as np
import pytest

from benchmarks.queueing import doubled, latencies, replicas, waiting


@pytest.mark.parametrize("share", [0.3, 0.7, 0.9])
def test_one_at_a_time_waits_as_pollaczek_and_khinchine_say(share: float) -> None:
    service = 1e-3
    ended, waited, batches = latencies(share / service, np.array([0.0, service]), 200_000)
    assert batches == 200_000
    assert waited.mean() == pytest.approx(share * service / (2 * (1 - share)), rel=0.12)
    assert (ended - waited).mean() == pytest.approx(service)


def test_batches_grow_with_the_load_and_never_beyond_their_size() -> None:
    quiet, busy = (waiting(50.0, {1: 100.0, 32: 20.0}, share) for share in (0.2, 0.95))
    assert 1 <= quiet.batch < busy.batch <= 32
    assert quiet.p99_ms < busy.p99_ms
    assert quiet.waiting < busy.waiting


def test_more_than_it_can_do_fills_batches() -> None:
    _, waited, batches = latencies(50_000.0, np.arange(33, dtype=np.float64) * 1e-4, 32_000)
    assert batches < 1_100
    assert waited[-1] > waited[1_000]


def test_a_load_that_fits_after_all_loses_nothing() -> None:
    assert doubled(0.45, ready_s=60.0).refused == 0
    late, later = doubled(0.7, ready_s=20.0), doubled(0.7, ready_s=200.0)
    assert 0 < late.refused < later.refused < (1.4 - 1) / 1.4 + 1e-9
    assert late.seconds >= 20


def test_replicas_have_room_for_one_that_is_away() -> None:
    assert replicas(1_000, 700.0, 0.7) == 2
    assert replicas(10_000, 700.0, 0.7) == 11
