"""What OpenCV would be worth in the preparation of pictures: the same calls of real pictures, ours and OpenCV's.

    python -m benchmarks.opencv FOLDER_OF_PICTURES     in an environment with opencv-python-headless, numpy, pillow

Every call that the preparation makes of a function is kept with its arguments, then made again by both sides in turn,
in CPU time of one thread; the least of the rounds counts. OpenCV's time has in it what makes of its answer the one
that the callers need. Writes benchmarks/opencv.md.
"""

import argparse
import inspect
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from service.imaging import pixels
from service.imaging.codec.files import ImageLimits, decode
from service.imaging.pixels import Mask, Pixels
from service.imaging.preprocessing import components, hull
from service.imaging.preprocessing.components import Component
from service.imaging.preprocessing.recipes import WORKING_SIDE, prepare
from service.imaging.preprocessing.spec import PreprocessSpec

Call = tuple[tuple[Any, ...], dict[str, Any]]
ROUNDS = 5
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}
SPECS = (PreprocessSpec(recipe="digit"), PreprocessSpec(recipe="garment_photo"))


def cv_components(mask: Mask, most_runs: int = 4000) -> list[Component]:
    """The parts with their runs, which joining and drawing need."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), bool)
    padded[:, 1:-1] = mask
    rows, sides = np.nonzero(padded[:, 1:] != padded[:, :-1])
    runs = np.stack((rows[::2], sides[::2], sides[1::2]), axis=1)
    if not 0 < len(runs) <= most_runs:
        return []
    owner = labels[runs[:, 0], runs[:, 1]]
    order = np.argsort(owner, kind="stable")
    parts = np.split(runs[order], np.cumsum(np.bincount(owner, minlength=count)[1:])[:-1])
    boxes = [(x, y, x + w, y + h) for x, y, w, h, _ in stats[1:].tolist()]
    return [Component(box, int(area), part) for box, area, part in zip(boxes, stats[1:, 4], parts, strict=True)]


def cv_hull(part: Component) -> list[tuple[int, int]]:
    ends = np.concatenate((part.runs[:, [1, 0]], part.runs[:, [2, 0]] - (1, 0))).astype(np.int32)
    return [tuple(point) for point in cv2.convexHull(ends)[:, 0].tolist()]


def cv_fill(corners: Sequence[tuple[int, int]], shape: tuple[int, ...]) -> Mask:
    filled = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(filled, [np.array(corners, np.int32)], 1)
    return filled.astype(bool)


def cv_highest(picture: Pixels, window: int) -> Pixels:
    found: Pixels = cv2.dilate(picture, np.ones((window, window), np.uint8), borderValue=0).reshape(picture.shape)
    return found


def cv_lowest(picture: Pixels, window: int) -> Pixels:
    square = np.ones((window, window), np.uint8)
    found: Pixels = cv2.erode(picture, square, borderValue=(255,) * 4).reshape(picture.shape)
    return found


SIDES: tuple[tuple[Callable[..., Any], Callable[..., Any]], ...] = (
    (components.components, cv_components),
    (hull.convex_hull, cv_hull),
    (hull.fill_polygon, cv_fill),
    (pixels.highest, cv_highest),
    (pixels.lowest, cv_lowest),
)


def kept_calls(ours: Callable[..., Any], pictures: Sequence[bytes]) -> list[Call]:
    """Every call of `ours` that the preparation of the pictures makes."""
    calls: list[Call] = []

    def recorded(*arguments: Any, **named: Any) -> Any:
        calls.append((arguments, named))
        return ours(*arguments, **named)

    users = [m for name, m in sys.modules.items() if name.startswith("service.imaging") and ours.__name__ in vars(m)]
    for module in users:
        setattr(module, ours.__name__, recorded)
    try:
        for picture in pictures:
            ready(picture)
    finally:
        for module in users:
            setattr(module, ours.__name__, ours)
    return calls


def ready(picture: bytes) -> None:
    """By both recipes."""
    for spec in SPECS:
        prepare(decode(picture, ImageLimits(), working_side=WORKING_SIDE), spec)


def all_ready(pictures: Sequence[bytes]) -> None:
    for picture in pictures:
        ready(picture)


def least_ms(call: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        call()
        times.append(time.process_time() - started)
    return 1000 * min(times)


def alike(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, list) and ours and isinstance(ours[0], Component):
        return sorted((c.box, c.area) for c in ours) == sorted((c.box, c.area) for c in theirs)
    if isinstance(ours, np.ndarray):
        return bool(np.array_equal(ours, theirs))
    return set(map(tuple, ours)) == set(map(tuple, theirs)) if isinstance(ours, list) else ours == theirs


def answers(function: Callable[..., Any], calls: Sequence[Call]) -> list[Any]:
    return [function(*arguments, **named) for arguments, named in calls]


def row_of(ours: Callable[..., Any], theirs: Callable[..., Any], pictures: list[bytes]) -> str:
    calls = kept_calls(ours, pictures)
    times = [least_ms(partial(answers, each, calls)) / len(pictures) for each in (ours, theirs)]
    same = sum(alike(ours(*a, **k), theirs(*a, **k)) for a, k in calls)
    lines = len(inspect.getsource(ours).splitlines())
    each = len(calls) / len(pictures)
    return f"| `{ours.__name__}` | {lines} | {each:.1f} | {times[0]:.2f} | {times[1]:.2f} | {same} of {len(calls)} |"


def cold(line: str) -> tuple[float, float]:
    """Seconds and MB of resident memory of a fresh interpreter that runs `line`."""
    code = f"import time; t = time.process_time()\n{line}\nprint(time.process_time() - t)\n"
    code += "print([row.split()[1] for row in open('/proc/self/status') if row.startswith('VmRSS')][0])"
    runs = [subprocess.check_output([sys.executable, "-c", code], text=True).split() for _ in range(ROUNDS)]
    return min(float(seconds) for seconds, _ in runs), min(float(kilobytes) for _, kilobytes in runs) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--most", type=int, default=200)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    files = [path for path in sorted(options.pictures.rglob("*")) if path.suffix.lower() in SUFFIXES]
    pictures = [path.read_bytes() for path in files[:: max(1, len(files) // options.most)]]
    total = least_ms(partial(all_ready, pictures)) / len(pictures)
    plain, with_cv = cold("import numpy, PIL.Image"), cold("import numpy, PIL.Image, cv2")
    site = Path(cv2.__file__).parents[1]
    folders = [site / "cv2", *site.glob("opencv_python_headless*")]
    size = sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
    lines = [
        "# OpenCV in the preparation of pictures",
        "",
        f"`python -m benchmarks.opencv FOLDER`, {len(pictures)} pictures, OpenCV {cv2.__version__}, "
        f"numpy {np.__version__}. "
        f"CPU ms a picture, least of {ROUNDS} rounds; both recipes, decoding and all, take {total:.1f}.",
        "",
        "| ours | lines | calls a picture | ours, ms | OpenCV, ms | same answer |",
        "|---|---:|---:|---:|---:|---:|",
        *(row_of(*side, pictures) for side in SIDES),
        "",
        f"Import beside numpy and Pillow: {1000 * (with_cv[0] - plain[0]):.0f} ms of CPU and "
        f"{with_cv[1] - plain[1]:.0f} MB of memory; on disk {size / 1e6:.0f} MB.",
    ]
    Path("benchmarks/opencv.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
