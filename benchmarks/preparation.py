"""From a picture's bytes to the model's tensor, beside what Pillow needs to decode the same file.

    python -m benchmarks.preparation     FEATUREMAP_DATA names the data sets that the photographs are rendered from

Each photograph is 1024 x 768, a JPEG of quality 85. Both sides take turns on it, in CPU time of one thread, so that
other work on the machine falls on both alike; the least of the rounds counts. Writes benchmarks/preparation.md.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

from PIL import Image

from service.imaging.codec.files import ImageLimits, decode, encode_png
from service.imaging.preprocessing.recipes import WORKING_SIDE, prepare
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from training.fitting.machine import machine
from training.rendering import render
from training.rendering.sources import load_source

KINDS = ("paper_plain", "paper_ruled", "paper_squared", "paper_shadow", "marker", "chalkboard", "sheet_on_table",
         "row_on_paper", "scene_table", "product_on_white", "product_on_grey")  # fmt: skip
SEED = 3
_LIMITS = ImageLimits()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=8, help="of each kind")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    source = load_source()
    lines = [
        "# From bytes to tensor, beside Pillow's decoding",
        "",
        f"`python -m benchmarks.preparation --pictures {options.pictures} --rounds {options.rounds}`. {machine()}; "
        f"JPEG 1024 x 768, quality 85, {options.pictures} rendered photographs of each kind, CPU time, least of "
        f"{options.rounds} rounds in turn.",
        "",
        "| kind | Pillow decodes, ms | bytes to tensor, ms | times Pillow: median, least, most |",
        "|---|---:|---:|---:|",
    ]
    for kind in KINDS:
        theirs, ours = [], []
        for index in range(options.pictures):
            picture = render(kind, source, SEED, index)
            data = as_jpeg(picture.data)
            spec = PreprocessSpec(recipe="garment" if picture.family == "clothes" else "digit")
            pair = least_in_turn((partial(load, data), partial(tensor, data, spec)), options.rounds)
            theirs.append(pair[0])
            ours.append(pair[1])
        ratios = [b / a for a, b in zip(theirs, ours, strict=True)]
        lines.append(
            f"| `{kind}` | {statistics.median(theirs) * 1e3:.2f} | {statistics.median(ours) * 1e3:.2f} "
            f"| {statistics.median(ratios):.2f}, {min(ratios):.2f}, {max(ratios):.2f} |"
        )
        print(lines[-1], flush=True)
    small, spec = encode_png(source.digits[0]), PreprocessSpec(recipe="digit")
    pair = least_in_turn((lambda: load(small), lambda: tensor(small, spec)), 100 * options.rounds)
    whole, decoding = f"{pair[1] * 1e6:.0f} us", f"{pair[0] * 1e6:.0f} us"
    lines += ["", f"A 28 x 28 PNG takes {whole} from bytes to tensor; Pillow alone takes {decoding} to decode it."]
    print(lines[-1])
    (Path(__file__).parent / "preparation.md").write_text("\n".join(lines) + "\n")


def as_jpeg(data: bytes) -> bytes:
    """The picture as a photograph of one size, as a camera would save it."""
    image = Image.open(BytesIO(data)).convert("RGB").resize((1024, 768))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def load(data: bytes) -> None:
    """All pixels, as Pillow gives them."""
    Image.open(BytesIO(data)).load()


def tensor(data: bytes, spec: PreprocessSpec) -> None:
    """What the service does before it asks the network."""
    to_tensor(prepare(decode(data, _LIMITS, working_side=WORKING_SIDE), spec).pixels[None], spec)


def least_in_turn(sides: tuple[Callable[[], None], ...], rounds: int) -> list[float]:
    """The least CPU seconds of each side over rounds in which they take turns, after one to warm up."""
    least = [float("inf")] * len(sides)
    for number in range(rounds + 1):
        for place, side in enumerate(sides):
            started = time.thread_time()
            side()
            if number:
                least[place] = min(least[place], time.thread_time() - started)
    return least


if __name__ == "__main__":
    main()
