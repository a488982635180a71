"""Large kernels as products of matrices, where the linear algebra library does the work.

    block [rows, W, C] -> down: sums over its rows -> bands: sums along each -> up: rows of the output [n, W', C]

Two ways have this form. A kernel of low rank is a few columns times rows: `down` slides the columns, `bands` the rows,
and nothing is left to do. Any other one is turned by a discrete Fourier transform down the columns, as a matrix, since
it is short: there a sum over the kernel's height is one product a frequency. `bands` slides each frequency's row,
`up` turns back. Per number of the output that is 360 multiplications for 31 x 31 in place of 961.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.imaging.convolution.geometry import Axis
from service.imaging.pixels import FloatArray

_TILE = 16  # columns that one product with the bands gives, where the stride is 1
_ROWS = 32  # rows that one product with sliding columns gives
_EXACT = 2**24  # float32 holds every whole number up to here
_NEAR = 1e-6  # of the kernel's size: what a kernel of low rank may differ from it, all in all


@dataclass(frozen=True, slots=True)
class Products:
    """What a kernel becomes. `down` [a, b, rows], `bands` [a or 1, b * reach, c * tile], `up` [n, a * c] or None."""

    down: FloatArray
    bands: FloatArray
    up: FloatArray | None
    tile: int
    rows: int  # of the output that a block may have
    cost: float  # multiplications for each number of the output

    def __call__(self, block: FloatArray, n: int, x: Axis) -> FloatArray:
        """The sums [n, W', C] of a block [(n - 1) * stride + window, W + padding, C]."""
        down = self.down[..., : len(block)] if self.up is not None else self.down[:n, :, : len(block)]
        parts = down.shape[1]
        reach = self.bands.shape[1] // parts
        tiles = -(-x.output // self.tile)
        hop = self.tile * x.stride
        result = np.empty((n, x.output, block.shape[2]), np.float32)
        plane = np.zeros((len(block), (tiles - 1) * hop + reach), np.float32)
        width = min(plane.shape[1], block.shape[1])
        for channel in range(block.shape[2]):
            plane[:, :width] = block[:, :width, channel]
            sums = (down.reshape(-1, len(block)) @ plane).reshape(*down.shape[:2], -1)
            seen = np.lib.stride_tricks.sliding_window_view(sums, reach, axis=2)[:, :, ::hop]
            windows = seen.transpose(0, 2, 1, 3).reshape(len(down), tiles, parts * reach)
            slid = windows @ self.bands if len(self.bands) > 1 else windows.reshape(-1, parts * reach) @ self.bands[0]
            result[:, :, channel] = self._turned_back(slid, n)[:, : x.output]
        return result

    def _turned_back(self, slid: FloatArray, n: int) -> FloatArray:
        """[a, tiles, c * tile] -> [n, tiles * tile]."""
        if self.up is None:
            return slid.reshape(n, -1)
        a, tiles, _ = slid.shape
        columns = slid.reshape(a, tiles, -1, self.tile).transpose(0, 2, 1, 3).reshape(-1, tiles * self.tile)
        turned: FloatArray = self.up[:n] @ columns
        return turned


def products(kernel: FloatArray, x: Axis, y: Axis) -> Products:
    """The cheaper of the two ways for a kernel [h, w]."""
    spectral = by_frequency(kernel, x.stride, y.stride)
    columns, rows = factors(kernel)
    few = by_rank(columns, rows, x.stride, y.stride)
    return few if few.cost <= spectral.cost else spectral


def by_rank(columns: FloatArray, rows: FloatArray, stride_x: int, stride_y: int) -> Products:
    """For the kernel columns [h, r] @ rows [r, w]."""
    height, rank = columns.shape
    n = max(1, _ROWS // stride_y)
    down = np.zeros((n, rank, (n - 1) * stride_y + height), np.float32)
    for row in range(n):
        down[row, :, row * stride_y : row * stride_y + height] = columns.T
    tile = max(1, _TILE // stride_x)
    bands = _banded(rows.astype(np.float64), tile, stride_x)  # [r, reach, tile]
    cost = rank * (down.shape[2] + bands.shape[1])
    return Products(down, bands.reshape(1, -1, tile).astype(np.float32), None, tile, n, cost)


def by_frequency(kernel: FloatArray, stride_x: int, stride_y: int) -> Products:
    """For any kernel [h, w]. The transform goes around, so of its `size` rows the last h - 1 sums are of no use."""
    height = kernel.shape[0]
    size = max(32, -(-2 * height // 16) * 16)
    turns = np.arange(size // 2 + 1)[:, None] * np.arange(size) * (2 * np.pi / size)
    waves = np.stack((np.cos(turns), -np.sin(turns)), axis=1)  # [frequencies, 2, size]
    # A real signal has every frequency but the first and the last twice.
    weights = np.r_[1.0, np.full(size // 2 - 1, 2.0), 1.0] / size
    up = (waves * weights[:, None, None]).reshape(-1, size).T[: size - height + 1 : stride_y]
    spectrum = np.conj(np.fft.rfft(kernel.astype(np.float64), size, axis=0))  # not flipped: the conjugate
    tile = max(1, _TILE // stride_x)
    real, imaginary = _banded(spectrum.real, tile, stride_x), _banded(spectrum.imag, tile, stride_x)
    bands = np.block([[real, imaginary], [-imaginary, real]])  # the complex product, as real numbers
    cost = 2 * len(waves) * ((size + bands.shape[1]) / len(up) + 1)
    down, bands, up = (np.ascontiguousarray(part, np.float32) for part in (waves, bands, up))
    return Products(down, bands, up, tile, len(up), cost)


def _banded(rows: NDArray[np.float64], tile: int, stride: int) -> NDArray[np.float64]:
    """[k, reach, tile]: for each of rows [k, w] the matrix that slides it over a tile of columns."""
    count, width = rows.shape
    bands = np.zeros((count, (tile - 1) * stride + width, tile))
    for column in range(tile):
        bands[:, column * stride : column * stride + width, column] = rows
    return bands


def factors(kernel: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Columns [h, r] and rows [r, w], as few as give the kernel to a millionth of its size.

    Whole numbers stay whole where the rank is 1, or that of a kernel of so few rows or columns.
    """
    halves = separate(kernel)
    if halves is not None:
        return halves
    left, sizes, right = np.linalg.svd(kernel.astype(np.float64), full_matrices=False)
    rank = next(
        r for r in range(1, len(sizes) + 1) if r == len(sizes) or _near(left[:, :r] * sizes[:r] @ right[:r], kernel)
    )
    if rank == kernel.shape[0]:
        return np.eye(rank, dtype=np.float32), kernel
    if rank == kernel.shape[1]:
        return kernel, np.eye(rank, dtype=np.float32)
    return (left[:, :rank] * sizes[:rank]).astype(np.float32), right[:rank].astype(np.float32)


def separate(kernel: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """A column [h, 1] and a row [1, w] whose product is the kernel, else None.

    Whole numbers are met exactly, and stay whole in both halves; others to a millionth of the kernel's size.
    """
    i, j = np.unravel_index(int(np.abs(kernel).argmax()), kernel.shape)
    if 1 in kernel.shape or not kernel[i, j]:
        return None
    column = kernel[:, [j]].astype(np.float64)
    whole = is_whole(kernel) and np.abs(column).max() < _EXACT
    if whole:
        column /= np.gcd.reduce(column.astype(np.int64).ravel())
    row = kernel[[i], :].astype(np.float64) / column[i]
    same = np.array_equal(column @ row, kernel) if whole else _near(column @ row, kernel)
    return (column.astype(np.float32), row.astype(np.float32)) if same else None


def is_whole(kernel: FloatArray) -> bool:
    return bool((kernel == np.rint(kernel)).all())


def _near(product: NDArray[np.float64], kernel: FloatArray) -> bool:
    """Whether the sums of both can differ by no more than a millionth of what the kernel's can be."""
    return bool(np.abs(product - kernel).sum() <= _NEAR * np.abs(kernel, dtype=np.float64).sum())
