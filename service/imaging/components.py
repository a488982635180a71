"""Connected parts of a mask: runs of each row, joined with the runs that they touch in the row above."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.imaging.pixels import Box, Mask


@dataclass(frozen=True, slots=True)
class Component:
    """A connected part (8 neighbours). `runs` is int [n, 3]: row, start, end of each run of its pixels."""

    box: Box
    runs: NDArray[np.int64]

    @property
    def longest(self) -> int:
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    @property
    def area(self) -> int:
        return int((self.runs[:, 2] - self.runs[:, 1]).sum())

    def draw(self, mask: Mask) -> None:
        """Sets the component's pixels in a mask."""
        for row, start, end in self.runs.tolist():
            mask[row, start:end] = True


def components(mask: Mask, most_runs: int = 4000) -> list[Component]:
    """The connected parts of a mask [H, W], from top to bottom; none where it has more than `most_runs` runs.

    So many runs are a texture, not an object, and would take long.
    """
    edges = np.diff(np.pad(mask.view(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    if not 0 < len(rows) <= most_runs:
        return []
    roots = np.array(_roots(rows.tolist(), starts.tolist(), ends.tolist()))
    runs = np.stack((rows, starts, ends), axis=1)[np.argsort(roots, kind="stable")]
    groups = np.split(runs, np.flatnonzero(np.diff(np.sort(roots))) + 1)
    return [Component(_box(group), group) for group in groups]


def _box(runs: NDArray[np.int64]) -> Box:
    return int(runs[:, 1].min()), int(runs[0, 0]), int(runs[:, 2].max()), int(runs[-1, 0]) + 1


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
