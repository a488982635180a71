"""`render`: write contact sheets of upload-like pictures, rendered from the training sets."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from service.errors import ConfigurationError
from service.imaging.codec.files import encode_png
from service.imaging.drawing.contact_sheet import draw_contact_sheet
from training import files
from training.cli.console import console
from training.cli.options import add_folders, add_rendering
from training.rendering import KINDS, render
from training.rendering.sources import load_source
from training.rendering.tiles import as_tile, ending


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    parser.add_argument("out", type=Path, metavar="DIR", help="where a sheet of each kind is written")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="all by default")
    parser.add_argument("--files", action="store_true", help="write the picture files too")
    add_folders(parser, "data")
    add_rendering(parser, count=10)


def run(options: Namespace) -> None:
    """A sheet a kind, each picture titled by what it shows; with --files the files too."""
    kinds = options.kinds or list(KINDS)
    for kind in kinds:
        if kind not in KINDS:
            raise ConfigurationError(f"There is no kind {kind!r}. There are: {', '.join(KINDS)}.")
    source = load_source(options.data)
    options.out.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        pictures = [render(kind, source, options.seed, index) for index in range(options.count)]
        titles = [" ".join(map(str, picture.labels)) or "-" for picture in pictures]
        path = options.out / f"{kind}.png"
        files.write_bytes(path, encode_png(draw_contact_sheet([as_tile(p.data) for p in pictures], titles)))
        for index, picture in enumerate(pictures if options.files else ()):
            files.write_bytes(options.out / f"{kind}-{index}{ending(picture.data)}", picture.data)
        console.print(f"{path} written", soft_wrap=True)
