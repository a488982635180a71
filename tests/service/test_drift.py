"""What models answered beside what their test set had, as a query of Prometheus would subtract them."""

from service.drift import BINS, MOST_CLASSES, OUTCOMES, Shares
from service.metrics import Metrics
from tests.service.test_metrics import RENDER, in_processes, samples

HALF = Shares(("a", "b"), [0.25, 0.75], [0.0] * (BINS - 1) + [1.0], {"accepted": 0.9, "low_confidence": 0.1})


def told(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """By the other labels' values, of what is told of answers."""
    return {labels: value for (found, labels), value in samples(metrics.render()).items() if found == name}


def test_answers_are_counted_by_outcome_class_and_confidence() -> None:
    metrics = Metrics()
    metrics.expects("m", "1", HALF)
    metrics.answered("m", "1", "accepted", [(1, 0.95), (1, 0.5)])
    metrics.answered("m", "1", "empty", [])
    outcomes = told(metrics, "featuremap_answers_total")
    assert outcomes == {("m", name, "1"): float(name in ("accepted", "empty")) for name in OUTCOMES}
    assert told(metrics, "featuremap_answer_class_total") == {("a", "m", "1"): 0, ("b", "m", "1"): 2}
    buckets = told(metrics, "featuremap_answer_confidence_bucket")
    assert buckets["0.5333333333333333", "m", "1"] == 1
    assert buckets["1.0", "m", "1"] == 2
    assert told(metrics, "featuremap_answer_confidence_count") == {("m", "1"): 2}


def test_what_was_expected_has_the_same_labels() -> None:
    metrics = Metrics()
    metrics.expects("m", "1", HALF)
    metrics.answered("m", "1", "accepted", [(0, 0.9)])
    assert told(metrics, "featuremap_expected_answer_class_share") == {("a", "m", "1"): 0.25, ("b", "m", "1"): 0.75}
    shares = told(metrics, "featuremap_expected_answers_share")
    assert shares == {("m", name, "1"): {"accepted": 0.9, "low_confidence": 0.1}.get(name, 0.0) for name in OUTCOMES}
    expected = told(metrics, "featuremap_expected_answer_confidence_share")
    counted = told(metrics, "featuremap_answer_confidence_bucket")
    assert set(counted) - set(expected) == {("+Inf", "m", "1")}
    assert set(expected) <= set(counted)
    assert (expected["1.0", "m", "1"], expected["0.9333333333333333", "m", "1"]) == (1, 0)


def test_nothing_is_told_of_who_was_not_asked_or_says_nothing() -> None:
    metrics = Metrics()
    metrics.expects("asked", "1", Shares(("a", "b")))
    metrics.expects("silent", "1", HALF)
    metrics.answered("asked", "1", "accepted", [(0, 0.9)])
    text = metrics.render().decode()
    assert 'model="silent"' not in text
    assert "featuremap_expected_answers_share{" not in text
    assert 'featuremap_answer_class_total{class="a",model="asked",version="1"} 1.0' in text


def test_classes_of_a_model_of_very_many_are_not_counted() -> None:
    labels = tuple(map(str, range(MOST_CLASSES + 1)))
    metrics = Metrics()
    metrics.expects("m", "1", Shares(labels, [1 / len(labels)] * len(labels)))
    metrics.answered("m", "1", "accepted", [(0, 0.9)])
    assert told(metrics, "featuremap_answer_class_total") == {}
    assert told(metrics, "featuremap_expected_answer_class_share") == {}
    assert told(metrics, "featuremap_answer_confidence_count") == {("m", "1"): 1}


def test_a_version_that_is_loaded_again_tells_what_it_says_now() -> None:
    metrics = Metrics()
    metrics.expects("m", "1", HALF)
    metrics.answered("m", "1", "accepted", [(1, 0.9)])
    metrics.expects("m", "1", Shares(("a", "b"), [0.5, 0.5]))
    metrics.answered("m", "1", "accepted", [(1, 0.9)])
    assert told(metrics, "featuremap_expected_answer_class_share") == {("a", "m", "1"): 0.5, ("b", "m", "1"): 0.5}
    assert told(metrics, "featuremap_answer_class_total")["b", "m", "1"] == 2


def test_workers_add_up_what_they_answered_and_expect_the_same() -> None:
    answer = (
        "from service.drift import Shares; m.expects('m', '1', Shares(('a', 'b'), [0.25, 0.75])); "
        "m.answered('m', '1', 'accepted', [(1, 0.9)]); m.flush()"
    )
    got = in_processes(answer, answer + RENDER)
    assert got["featuremap_answer_class_total", ("b", "m", "1")] == 2
    assert got["featuremap_answers_total", ("m", "accepted", "1")] == 2
    assert got["featuremap_expected_answer_class_share", ("b", "m", "1")] == 0.75
