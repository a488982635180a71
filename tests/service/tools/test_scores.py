"""The scores of answers, by a small example whose scores are known."""

import numpy as np
import pytest

from service.tools import scores


def test_reliability_counts_what_is_right_at_each_confidence() -> None:
    rows = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], np.float32)
    told = scores.reliability(rows, np.array([0, 1, 1, 1]))
    assert told["accuracy"] == 0.75
    assert [(row["confidence"], row["accuracy"], row["count"]) for row in told["bins"]] == [
        (0.6, 1.0, 1), (0.8, 1.0, 1), (0.9, 0.5, 2)
    ]  # fmt: skip
    assert told["calibration_error"] == pytest.approx((0.4 + 0.2 + 2 * 0.4) / 4, abs=1e-5)
