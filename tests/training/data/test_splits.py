"""The splits of the training sets."""

import numpy as np

from training.data.splits import split


def test_the_split_is_scikit_learns() -> None:
    """The first indices that `train_test_split(range(60000), test_size=0.2, random_state=13)` gave."""
    train, held_out = split(60_000, "holdout")
    assert (len(train), len(held_out)) == (48_000, 12_000)
    assert held_out[:5].tolist() == [26308, 52512, 50061, 45393, 17259]
    assert np.array_equal(np.sort(np.concatenate([train, held_out])), np.arange(60_000))
    assert len(split(60_000, "test")[1]) == 0
