"""`package`: an ONNX file becomes the next version of a model package."""

import argparse
from pathlib import Path
from typing import get_args

from service.cli.options import add_settings, number
from service.imaging.preprocessing.spec import Interpolation
from service.settings import Settings
from service.tools.choices import Wishes
from service.tools.packaging import About, Packaged, package
from service.tools.presets import PRESETS

_KNOBS = ("resize", "side", "interpolation", "arithmetic", "align", "fill", "jpeg_quality", "order", "mean", "std",
          "divisor", "min_contrast", "polarity", "box")  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """What `package` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    ways = "\n".join(f"  {name:14} {preset.summary}" for name, preset in PRESETS.items())
    parser.epilog = f"preprocessing by name:\n{ways}\n\nWhat is not given is read from the file, or guessed and told."
    parser.add_argument(
        "file", type=Path, metavar="FILE.onnx", help="a classifier of pictures, one input and one output"
    )
    parser.add_argument("--name", required=True, help="of the model, and of its folder")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="a label a line, or JSON; default: the metadata")
    parser.add_argument("--preprocess", metavar="NAME", help="how pictures are prepared; see below")
    add_settings(parser, ("models",))
    parser.set_defaults(verb=run)
    _add_form(parser)
    _add_knobs(parser)
    card = parser.add_argument_group("what the card says")
    for name, text in (
        ("title", "default: the name"),
        ("description", "a sentence"),
        ("group", "models of a group answer the same question; default: the name"),
        ("dataset", "what it was trained on; default: the name"),
    ):
        card.add_argument(f"--{name}", help=text)
    card.add_argument(
        "--min-confidence", type=number(0, 1), default=0.5, help="below it an answer is not accepted (0.5)"
    )


def _add_form(parser: argparse.ArgumentParser) -> None:
    form = parser.add_argument_group("the input and the output, where the file leaves them open")
    form.add_argument("--size", type=_size, metavar="WIDTHxHEIGHT", help="of the input; one number for a square")
    form.add_argument("--layout", choices=("NCHW", "NHWC"), type=str.upper, help="channels first or last")
    form.add_argument("--channels", type=int, choices=(1, 3), help="1 grey, 3 colours")
    form.add_argument(
        "--activation",
        choices=("none", "softmax", "sigmoid", "complement"),
        help="what makes probabilities of the output: none, they are; softmax, of logits; sigmoid, of one logit; "
        "complement, of the second class's probability",
    )


def _british(word: str) -> str:
    return "centre" if word == "center" else word


def _add_knobs(parser: argparse.ArgumentParser) -> None:
    knobs = parser.add_argument_group("knobs of the preprocessing, where it differs from the named one")
    knobs.add_argument("--resize", choices=("shorter", "stretch", "letterbox", "line"))
    knobs.add_argument("--side", type=int, help="pixels of the resized side, before the middle is cropped")
    knobs.add_argument("--interpolation", choices=get_args(Interpolation))
    knobs.add_argument("--arithmetic", choices=("pillow", "opencv"), help="whose resizing; OpenCV does not average")
    knobs.add_argument("--align", choices=("centre", "start"), type=_british, help="where a letterboxed picture lies")
    knobs.add_argument("--fill", type=int, help="grey around it, 0 to 255")
    knobs.add_argument("--jpeg-quality", type=int, help="the crop is written as JPEG and read again")
    knobs.add_argument("--order", choices=("RGB", "BGR"), type=str.upper, help="of the colours")
    knobs.add_argument("--divisor", type=float, help="each number 0 to 255 is divided by it first (255)")
    knobs.add_argument("--mean", type=_numbers, help="subtracted then: one number, or one a channel, by commas")
    knobs.add_argument("--std", type=_numbers, help="divides last: one number, or one a channel, by commas")
    knobs.add_argument("--min-contrast", type=number(0, 1), help="a picture of less is told to be empty, 0 to 1")
    knobs.add_argument("--polarity", choices=("light_on_dark", "dark_on_light"), help="of digits, garments, resize")
    knobs.add_argument("--box", type=int, help="longest side of a digit in the input")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Writes the package, and tells what was settled and what comes next."""
    about = About(
        options.name, options.title, options.description, options.group, options.dataset, options.min_confidence
    )
    wishes = Wishes(
        options.labels,
        options.preprocess,
        options.size,
        options.layout,
        options.channels,
        options.activation,
        {name: getattr(options, name) for name in _KNOBS},
    )
    _tell(package(options.file, about, wishes, settings.models), settings)
    return 0


def _tell(done: Packaged, settings: Settings) -> None:
    name, version = done.manifest.name, done.folder.name
    print(f"{done.folder}: {name}, version {version}, {done.manifest.parameters:,} parameters")
    widest = max(len(line.name) for line in done.told)
    longest = max(len(line.value) for line in done.told)
    for line in done.told:
        print(f"  {line.name.ljust(widest)}  {line.value.ljust(longest)}  ({line.source})")
    print(
        f"It was loaded as the service loads it, and its {len(done.manifest.golden)} golden samples came out.\n\n"
        "Next:\n"
        f"  python -m service predict {name} picture.jpg --models {settings.models}\n"
        f"  python -m service evaluate {name} FOLDER_OF_CLASSES --models {settings.models}\n"
        f"  python -m service serve --models {settings.models}"
    )


def _size(text: str) -> tuple[int, int]:
    try:
        sides = [int(part) for part in text.lower().split("x")]
    except ValueError:
        sides = []
    if len(sides) not in (1, 2) or not all(1 <= side <= 4096 for side in sides):
        raise argparse.ArgumentTypeError(f"{text!r} is no size: one number, or two as in 192x48, from 1 to 4096")
    return sides[0], sides[-1]


def _numbers(text: str) -> float | tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number, nor numbers by commas") from None
    return numbers[0] if len(numbers) == 1 else numbers
