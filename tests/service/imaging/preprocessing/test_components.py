import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from service.imaging.pixels import tight
from service.imaging.preprocessing.components import components


def flood_fill(mask: np.ndarray) -> list[frozenset[tuple[int, int]]]:
    """The components by the simplest way there is."""
    left, parts = {(int(y), int(x)) for y, x in np.argwhere(mask)}, []
    while left:
        part, edge = set(), [left.pop()]
        while edge:
            y, x = edge.pop()
            part.add((y, x))
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            edge.extend(near)
        parts.append(frozenset(part))
    return parts


@settings(max_examples=300)
@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_components_equal_a_flood_fill(mask: np.ndarray) -> None:
    found = set()
    for part in components(mask):
        alone = np.zeros_like(mask)
        part.draw(alone)
        assert part.box == tight(alone)
        assert part.area == np.count_nonzero(alone)
        assert part.longest == max(part.box[2] - part.box[0], part.box[3] - part.box[1])
        found.add(frozenset((int(y), int(x)) for y, x in np.argwhere(alone)))
    assert found == set(flood_fill(mask))


def test_a_texture_has_no_components() -> None:
    checks = np.indices((100, 100)).sum(axis=0) % 2 == 0
    assert len(components(checks, most_runs=5000)) == 1
    assert components(checks, most_runs=4999) == []
