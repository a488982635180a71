"""Which training samples train a network and which watch it."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Validation = Literal["holdout", "last_5000", "test"]


def split(labels: int, validation: Validation) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of training and validation samples, int64 [n] each, out of `labels` training samples.

    `holdout` is scikit-learn's `train_test_split(test_size=0.2, random_state=13)`: validation is the first fifth
    of `RandomState(13).permutation`. `last_5000` keeps the end of the set, which comes in no order (of a small
    set a twelfth). `test` trains on all and watches the test set: its validation indices are none.
    """
    if validation == "last_5000":
        first = labels - min(5000, labels // 12)
        return np.arange(first), np.arange(first, labels)
    if validation == "test":
        return np.arange(labels), np.arange(0)
    order = np.random.RandomState(13).permutation(labels)
    held_out = -(-labels // 5)
    return order[held_out:], order[:held_out]
