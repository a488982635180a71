"""`read`: how well a package reads rendered pictures, a row a kind."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from rich.table import Table

from service.imaging.codec.files import encode_png
from service.imaging.drawing.contact_sheet import draw_contact_sheet
from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import Session
from training import files
from training.cli.console import console
from training.cli.options import add_folders, add_rendering
from training.packaging.packages import find_package
from training.rendering import render
from training.rendering.sources import load_source
from training.rendering.tiles import as_tile
from training.robust import evaluation


def add(parser: ArgumentParser) -> None:
    """Says what the verb takes."""
    parser.add_argument("model", help="a folder's name in --models")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="write what failed, each beside what the model saw")
    add_folders(parser, "data", "models")
    add_rendering(parser, count=40)


def run(options: Namespace) -> None:
    """A row a kind: how the package reads so many rendered pictures, by the code that serves it."""
    folder = find_package(options.models, options.model)
    manifest = read_manifest(folder)
    families = evaluation.families_of(manifest)
    source, session = load_source(options.data), Session(folder / "model.onnx")
    if options.sheets:
        options.sheets.mkdir(parents=True, exist_ok=True)
    table = Table("kind", box=None, pad_edge=False)
    for heading in ("pictures", "right", "refused", "wrong and sure", "raw 28x28"):
        table.add_column(heading, justify="right")
    answers: list[evaluation.Answer] = []
    for family, kinds in families.items():
        for kind in kinds:
            pictures = [render(kind, source, options.seed, index) for index in range(options.count)]
            found = [evaluation.answer(picture, manifest, session) for picture in pictures]
            table.add_row(kind, str(len(found)), *_shares(evaluation.score(found)))
            answers += found
            _write_failures(options.sheets, kind, found)
        if kinds:
            part = [answer for answer in answers if answer.picture.family == family]
            table.add_row(f"all {family}", str(len(part)), *_shares(evaluation.score(part)), style="bold")
    console.print(table)
    console.print(f"calibration error of single objects: {evaluation.calibration_error(answers, manifest):.3f}")


def _shares(scores: evaluation.Scores) -> list[str]:
    shares = (scores.right, scores.refused, scores.sure_and_wrong, scores.raw)
    return ["-" if share is None else f"{share:.1%}" for share in shares]


def _write_failures(sheets: Path | None, kind: str, found: list[evaluation.Answer]) -> None:
    """Each failed picture beside what the model saw of it."""
    failed = [answer for answer in found if not answer.right]
    if sheets is None or not failed:
        return
    tiles, titles = [], []
    for answer in failed:
        tiles += [as_tile(answer.picture.data), as_tile(encode_png(answer.seen))]
        titles += [" ".join(map(str, answer.picture.labels)) or "-", answer.told]
    files.write_bytes(sheets / f"{kind}.png", encode_png(draw_contact_sheet(tiles, titles)))
