"""What the verbs do with rendered pictures: render (sheets to look at), read (how a package reads them)."""

from argparse import Namespace
from pathlib import Path

import numpy as np
from PIL import Image
from rich.table import Table

from service.errors import ConfigurationError
from service.imaging.codec.files import ImageLimits, decode, encode_png
from service.imaging.drawing.contact_sheet import draw_contact_sheet
from service.imaging.pixels import Pixels, fit
from service.inference.package.manifest import read_manifest
from service.inference.runtime.session import Session
from training import reading
from training.rendering import KINDS, render
from training.rendering.sources import load_source
from training.show import console, find_package

_TILE = 128  # pixels
_HIDDEN = (128, 160, 128)  # behind what is transparent


def render_sheets(options: Namespace) -> None:
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
        path.write_bytes(encode_png(draw_contact_sheet([as_tile(p.data) for p in pictures], titles)))
        for index, picture in enumerate(pictures if options.files else ()):
            (options.out / f"{kind}-{index}{_ending(picture.data)}").write_bytes(picture.data)
        console.print(f"{path} written", soft_wrap=True)


def read_rendered(options: Namespace) -> None:
    """A row a kind: how the package reads so many rendered pictures, by the code that serves it."""
    folder = find_package(options.models, options.model)
    manifest = read_manifest(folder)
    families = reading.families_of(manifest)
    source, session = load_source(options.data), Session(folder / "model.onnx")
    if options.sheets:
        options.sheets.mkdir(parents=True, exist_ok=True)
    table = Table("kind", box=None, pad_edge=False)
    for heading in ("pictures", "right", "refused", "wrong and sure", "raw 28x28"):
        table.add_column(heading, justify="right")
    answers: list[reading.Read] = []
    for family, kinds in families.items():
        for kind in kinds:
            found = [
                reading.read(render(kind, source, options.seed, index), manifest, session)
                for index in range(options.count)
            ]
            table.add_row(kind, str(len(found)), *_shares(reading.score(found)))
            answers += found
            _write_failures(options.sheets, kind, found)
        if kinds:
            part = [answer for answer in answers if answer.picture.family == family]
            table.add_row(f"all {family}", str(len(part)), *_shares(reading.score(part)), style="bold")
    console.print(table)
    console.print(f"calibration error of single objects: {reading.calibration(answers, manifest):.3f}")


def _shares(score: reading.Score) -> list[str]:
    shares = (score.right, score.refused, score.sure_and_wrong, score.raw)
    return ["-" if share is None else f"{share:.1%}" for share in shares]


def _write_failures(sheets: Path | None, kind: str, found: list[reading.Read]) -> None:
    """Each failed picture beside what the model saw of it."""
    failed = [answer for answer in found if not answer.right]
    if sheets is None or not failed:
        return
    tiles, titles = [], []
    for answer in failed:
        tiles += [as_tile(answer.picture.data), as_tile(encode_png(answer.seen))]
        titles += [" ".join(map(str, answer.picture.labels)) or "-", answer.told]
    (sheets / f"{kind}.png").write_bytes(encode_png(draw_contact_sheet(tiles, titles)))


def as_tile(data: bytes) -> Pixels:
    """A picture file as grey pixels of one size, upright."""
    picture = decode(data, ImageLimits(), working_side=_TILE)
    image = Image.fromarray(picture.pixels).convert("RGBA")
    ground = Image.new("RGBA", image.size, (*_HIDDEN, 255))
    ground.alpha_composite(image)
    small = ground.convert("L").resize(fit(*image.size, _TILE), Image.Resampling.BOX)
    tile = Image.new("L", (_TILE, _TILE), _HIDDEN[1])
    tile.paste(small, ((_TILE - small.width) // 2, (_TILE - small.height) // 2))
    return np.asarray(tile)


def _ending(data: bytes) -> str:
    signs = {b"\x89PNG": ".png", b"\xff\xd8": ".jpg", b"GIF": ".gif", b"BM": ".bmp"}
    return next((ending for sign, ending in signs.items() if data.startswith(sign)), ".webp")
