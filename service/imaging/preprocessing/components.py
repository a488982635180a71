"""Connected parts of a mask: runs of each row, joined with the runs that they touch in the row above."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.imaging.boxes import Box, longest
from service.imaging.pixels import Mask


@dataclass(frozen=True, slots=True)
class Component:
    """A connected part (8 neighbours) of `area` pixels. `runs` is int [n, 3]: row, start, end of each run of them."""

    box: Box
    area: int
    runs: NDArray[np.int64]

    @property
    def longest(self) -> int:
        return longest(self.box)

    def draw(self, mask: Mask) -> None:
        """Sets the component's pixels in a mask."""
        for row, start, end in self.runs.tolist():
            mask[row, start:end] = True

    def sum(self, before: NDArray[Any]) -> float:
        """The sum of a map over the component's pixels; `before` is `row_sums` of the map."""
        rows, starts, ends = self.runs.T
        return float((before[rows, ends] - before[rows, starts]).sum())


def row_sums(values: NDArray[Any]) -> NDArray[Any]:
    """Of each pixel of a map [H, W] the sum of what is to its left: [H, W + 1]."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1), np.int64 if values.dtype == bool else values.dtype)
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


def components(mask: Mask, most_runs: int = 4000) -> list[Component]:
    """The connected parts of a mask [H, W], from top to bottom; none where it has more than `most_runs` runs.

    So many runs are a texture, not an object, and would take long.
    """
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), bool)
    padded[:, 1:-1] = mask
    rows, sides = np.nonzero(padded[:, 1:] != padded[:, :-1])  # a run's start, its end, the next one's start
    rows, starts, ends = rows[::2], sides[::2], sides[1::2]
    if not 0 < len(rows) <= most_runs:
        return []
    roots = np.array(_roots(rows.tolist(), starts.tolist(), ends.tolist()))
    order = np.argsort(roots, kind="stable")
    runs, roots = np.stack((rows, starts, ends), axis=1)[order], roots[order]
    first = np.concatenate(([0], np.flatnonzero(roots[1:] != roots[:-1]) + 1))
    after = np.append(first[1:], len(runs))
    boxes = zip(
        np.minimum.reduceat(runs[:, 1], first).tolist(),
        runs[first, 0].tolist(),
        np.maximum.reduceat(runs[:, 2], first).tolist(),
        (runs[after - 1, 0] + 1).tolist(),
        strict=True,
    )
    areas = np.add.reduceat(runs[:, 2] - runs[:, 1], first).tolist()
    places = zip(first.tolist(), after.tolist(), strict=True)
    return [Component(box, area, runs[start:end]) for box, area, (start, end) in zip(boxes, areas, places, strict=True)]


def _roots(rows: list[int], starts: list[int], ends: list[int]) -> list[int]:
    """For each run the first run of its component (union-find). Runs come row by row, from the left."""
    parent = list(range(len(rows)))

    def find(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    above = 0  # the first run that may touch this one or a later one
    for run, (row, start, end) in enumerate(zip(rows, starts, ends, strict=True)):
        while rows[above] < row - 1 or (rows[above] == row - 1 and ends[above] < start):
            above += 1
        touching = above
        while rows[touching] == row - 1 and starts[touching] <= end:
            a, b = find(touching), find(run)
            parent[max(a, b)] = min(a, b)
            touching += 1
    return [find(run) for run in range(len(rows))]
