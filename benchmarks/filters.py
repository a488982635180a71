"""Filters on 12 megapixels of colour beside SciPy, Pillow, OpenCV and onnxruntime's own Conv.

    python -m benchmarks.filters --references PYTHON     PYTHON: an environment with what filter_references.py imports

The sides take turns in each round, kernel by kernel, in two processes that stay; the ratio is taken round by round, so
that it holds on a machine whose speed drifts. Peak memory is that of a process that does nothing else. Writes
benchmarks/filters.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as service/__main__.py has it

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.imaging.codec.files import ImageLimits, decode, encode
from service.imaging.convolution.budget import Budget
from service.imaging.convolution.convolve import convolve
from service.imaging.convolution.filters import FILTERS
from service.imaging.convolution.geometry import plan_axis
from service.imaging.convolution.large_kernels import separate
from service.imaging.drawing.scaling import to_pixels
from service.inference.runtime.cpus import available_cpus

HERE = Path(__file__).parent
PHOTOGRAPH = HERE.parent / "service" / "web" / "still_life.jpg"
WIDTH, HEIGHT = 4000, 3000
_PAUSE_S = 0.1  # threads of the one before go on spinning for a while
LIBRARIES = ("scipy", "pillow", "opencv", "conv")
TITLES = {"scipy": "SciPy", "pillow": "Pillow, 8 bit", "opencv": "OpenCV", "conv": "onnxruntime Conv"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--references", default=sys.executable, help="a Python with scipy, pillow, cv2, onnx, onnxruntime"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--memory", metavar="KERNEL", help=argparse.SUPPRESS)  # a child process
    options = parser.parse_args()
    if options.memory:
        print(json.dumps(memory(options.memory)))
        return
    load = os.getloadavg()[0]
    times = compare(options)
    peaks = {name: _memory_child(name) for name in kernels()}
    write_table(times, peaks, encodings(options.rounds), options, (load, os.getloadavg()[0]))


def photograph() -> NDArray[np.uint8]:
    """The committed picture enlarged to 12 megapixels, with grain: uint8 [3000, 4000, 3]."""
    with Image.open(PHOTOGRAPH) as image:
        pixels = np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
    grain = np.random.default_rng(0).integers(-3, 4, pixels.shape, dtype=np.int16)
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def kernels() -> dict[str, NDArray[np.float32]]:
    """Few numbers, columns times rows, and kernels that no shortcut helps."""
    rng = np.random.default_rng(1)
    bell = np.hanning(17)[1:-1]
    dense = {f"random_{n}x{n}": rng.normal(size=(n, n)).astype(np.float32) for n in (3, 7, 15, 31)}
    return {
        "edge_detection": FILTERS["edge_detection"].weights(),
        "box_blur": FILTERS["box_blur"].weights() / np.float32(9),
        "bell_15x15": np.outer(bell, bell).astype(np.float32) / np.float32(bell.sum() ** 2),
        "two_bells_31x31": _bell(31, 6) - 0.3 * _bell(31, 3),
        **dense,
    }


def _bell(size: int, sigma: float) -> NDArray[np.float32]:
    bell = np.exp(-(((np.arange(size) - size // 2) / sigma) ** 2) / 2)
    return np.outer(bell, bell).astype(np.float32)


def ours(pixels: NDArray[np.uint8], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = kernel.shape
    x, y = plan_axis("width", WIDTH, width, 1, "same"), plan_axis("height", HEIGHT, height, 1, "same")
    return convolve(pixels, kernel, x, y, budget=Budget(available_cpus()))


def compare(options: argparse.Namespace) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of each side for each kernel, a round an entry."""
    pixels, all_kernels = photograph(), kernels()
    with tempfile.TemporaryDirectory() as folder:
        picture, file = Path(folder) / "picture.npy", Path(folder) / "kernels.npz"
        np.save(picture, pixels)
        halves = {f"{k}.{side}": half for k, v in all_kernels.items() for side, half in _halves(v)}
        np.savez(file, **all_kernels, **halves)  # type: ignore[arg-type]
        command = [options.references, str(HERE / "filter_references.py"), str(picture), str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            times: dict[str, dict[str, list[float]]] = {name: {} for name in all_kernels}
            for turn in range(options.rounds + 1):  # the first one warms up
                for name, kernel in all_kernels.items():
                    row = _round(child, pixels, name, kernel)
                    print(turn, name, {side: round(ms) for side, ms in row.items()}, flush=True)
                    for side, ms in row.items() if turn else ():
                        times[name].setdefault(side, []).append(ms)
            assert child.stdin is not None
            child.stdin.close()
    return times


def _halves(kernel: NDArray[np.float32]) -> list[tuple[str, NDArray[np.float32]]]:
    found = separate(kernel)
    return [] if found is None else [("column", found[0].ravel()), ("row", found[1].ravel())]


def _round(child: Any, pixels: NDArray[np.uint8], name: str, kernel: NDArray[np.float32]) -> dict[str, float]:
    time.sleep(_PAUSE_S)
    started = time.perf_counter()
    result = ours(pixels, kernel)
    row = {"ours": (time.perf_counter() - started) * 1e3}
    probe = float(result[:40, :40].sum(dtype=np.float64))
    scale = float(np.abs(kernel).sum()) * 255 * 4800
    del result
    for library in LIBRARIES:
        time.sleep(_PAUSE_S)
        child.stdin.write(f"{library} {name}\n")
        child.stdin.flush()
        answer = json.loads(child.stdout.readline())
        if answer:
            row[library] = answer["ms"]
            if library != "pillow" and abs(answer["probe"] - probe) > 1e-5 * scale:
                sys.exit(f"{library} gives another result for {name}: {answer['probe']} and {probe}")
    return row


def memory(name: str) -> dict[str, float]:
    """Megabytes of this process before the filter, and at its peak: with the picture, its numbers and what is shown."""
    pixels, kernel = photograph(), kernels()[name]
    before = _status("VmRSS") - pixels.nbytes / 2**20
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak of making the picture
    to_pixels(ours(pixels, kernel), "centre", 255)
    return {"picture": pixels.size * 4 / 2**20, "peak": _status("VmHWM") - before}


def _status(name: str) -> float:
    """A line of the process's status, in megabytes."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[name].split()[0]) / 1024


def _memory_child(name: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.filters", "--memory", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parent)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def encodings(rounds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """What stands around a filter: decoding, making pixels, and each form of the answer. Milliseconds and megabytes."""
    pixels = photograph()
    numbers = pixels.astype(np.float32)
    threads = available_cpus()
    files = {kind: encode(pixels, f"image/{kind}") for kind in ("png", "jpeg")}
    work: dict[str, Callable[[], Any]] = {
        "decode PNG": lambda: decode(files["png"], ImageLimits(max_bytes=2**30)),
        "decode JPEG": lambda: decode(files["jpeg"], ImageLimits(max_bytes=2**30)),
        "numbers to pixels (`scale`)": lambda: to_pixels(numbers, "clip", 255),
        "encode PNG": lambda: encode(pixels, "image/png", threads),
        "encode PNG, Pillow at level 1": lambda: _by_pillow(pixels, zlib.Z_DEFAULT_STRATEGY),
        "encode PNG, Pillow at level 1, Z_RLE": lambda: _by_pillow(pixels, zlib.Z_RLE),
        "encode PNG, Pillow at level 1, Z_HUFFMAN_ONLY": lambda: _by_pillow(pixels, zlib.Z_HUFFMAN_ONLY),
        "encode JPEG": lambda: encode(pixels, "image/jpeg"),
        "encode WEBP": lambda: encode(pixels, "image/webp"),
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    sizes: dict[str, float] = {}
    for _ in range(rounds):
        for name, job in work.items():
            started = time.perf_counter()
            made = job()
            times[name].append((time.perf_counter() - started) * 1e3)
            if isinstance(made, bytes):
                sizes[name] = len(made) / 1e6
    return times, sizes


def _by_pillow(pixels: NDArray[np.uint8], strategy: int) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1, compress_type=strategy)
    return buffer.getvalue()


def write_table(
    times: dict[str, dict[str, list[float]]],
    peaks: dict[str, dict[str, float]],
    around: tuple[dict[str, list[float]], dict[str, float]],
    options: argparse.Namespace,
    load: tuple[float, float],
) -> None:
    model = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    lines = [
        "# Filters on 12 megapixels of colour",
        "",
        f"`make bench`, or `python -m benchmarks.filters --references PYTHON --rounds {options.rounds}`. "
        f"{model.split(':')[1].strip()}, {available_cpus()} CPUs; milliseconds, medians of {options.rounds} rounds in "
        'turn, smallest and largest in brackets; 4000 x 3000 x 3, 8 bits in, float32 out, padding "same".',
        "",
        f"Load average {load[0]:.0f} before and {load[1]:.0f} after: beyond the number of CPUs other work ran beside, "
        "and the ratios count, not the milliseconds.",
        "",
        "| kernel | ours | " + " | ".join(TITLES.values()) + " |",
        "|---|" + "---:|" * (len(TITLES) + 1),
    ]
    for name, sides in times.items():
        cells = [spread(sides[side]) if side in sides else "-" for side in ("ours", *TITLES)]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    lines += ["", "How many times as fast ours is, round by round:", ""]
    lines += ["| kernel | " + " | ".join(TITLES.values()) + " | peak memory |", "|---|" + "---:|" * (len(TITLES) + 1)]
    for name, sides in times.items():
        cells = [_ratio(sides, side) for side in TITLES]
        share = peaks[name]["peak"] / peaks[name]["picture"]
        lines.append(f"| `{name}` | " + " | ".join(cells) + f" | {share:.2f} |")
    lines += ["", "What stands around a filter:", "", "| work | ms | MB |", "|---|---:|---:|"]
    for name, values in around[0].items():
        size = f"{around[1][name]:.1f}" if name in around[1] else ""
        lines.append(f"| {name} | {spread(values)} | {size} |")
    (HERE / "filters.md").write_text("\n".join(lines) + "\n\n" + NOTES)
    print("\n".join(lines))


NOTES = """Peak memory is of the filter and of making pixels for the eye, in times the picture as float32 (137 MiB): it
holds the 8-bit picture, the numbers and the pixels. `box_blur` and `bell_15x15` are a column times a row, so SciPy and
OpenCV get them as two passes too; for kernels wider than 7 SciPy takes its Fourier transform. `two_bells_31x31` is the
difference of two Gaussians: two columns times two rows. Conv is timed alone, without turning the picture into its
layout and back. PNG is by two threads of our own (`service/imaging/codec/png.py`).
"""


def _ratio(sides: dict[str, list[float]], side: str) -> str:
    if side not in sides:
        return "-"
    ratios = [theirs / mine for mine, theirs in zip(sides["ours"], sides[side], strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


if __name__ == "__main__":
    main()
