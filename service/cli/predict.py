"""`predict`: a model's answers about picture files, without a server: a table, CSV, or JSON lines as HTTP has them."""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic_core import to_json

from service.api.answers import Prediction, prediction
from service.api.services import image_limits
from service.cli.opened import quiet_repository
from service.cli.options import OFFLINE, add_settings
from service.cli.progress import progress
from service.errors import ConfigurationError, FeaturemapError, InvalidInput
from service.imaging.codec.files import ImageLimits
from service.inference.answers import Options
from service.inference.inputs import PreprocessOptions, Upload
from service.inference.loader import Model
from service.settings import Settings
from service.tools.offline import in_chunks, predict

_CHUNK = 16  # pictures held at a time
_COLUMNS = ("file", "label", "confidence", "accepted", "reason")


def add(parser: argparse.ArgumentParser) -> None:
    """What `predict` takes."""
    parser.add_argument("model", help="its name")
    parser.add_argument("files", type=Path, nargs="+", help="pictures, or folders of them")
    parser.add_argument("--model-version", metavar="NUMBER", help="which version to ask (default: the newest)")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table", help="json: a line a picture")
    parser.add_argument("--top-k", type=int, default=3, help="classes in each line of json")
    parser.add_argument("--preprocess", choices=("auto", "none"), default="auto", help="none: only resized")
    add_settings(parser, OFFLINE)
    parser.set_defaults(verb=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Prints an answer for each file as it comes; 1 if a file had none."""
    if options.top_k < 1:
        raise ConfigurationError("--top-k must be at least 1")
    repository = quiet_repository(settings)
    repository.load(options.model)
    model, files = repository.get(options.model, options.model_version), _files(options.files)
    wanted = Options(top_k=options.top_k, preprocess=PreprocessOptions(mode=options.preprocess))
    write = {"table": _table, "csv": _csv, "json": _json}[options.format](files)
    bad = 0
    with progress(len(files), "files") as tell:
        done = 0
        for chunk in in_chunks(files, _CHUNK):
            for file, answer in zip(chunk, _answers(model, chunk, wanted, image_limits(settings)), strict=True):
                bad += isinstance(answer, FeaturemapError)
                write(file, answer)
            done += len(chunk)
            tell(done)
    return 1 if bad else 0


def _files(given: Sequence[Path]) -> list[Path]:
    """The files, and those in folders, sorted; hidden ones in folders are passed over."""
    files: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file())
            files += [each for each in inside if not any(p.startswith(".") for p in each.relative_to(path).parts)]
        else:
            files.append(path)
    if not files:
        raise ConfigurationError("there is no file in what was given")
    return files


def _answers(
    model: Model, files: Sequence[Path], options: Options, limits: ImageLimits
) -> Iterator[Prediction | FeaturemapError]:
    """An answer for each file, or what is wrong with it: a bad one costs itself alone."""
    try:
        uploads = [Upload(file.read_bytes(), file.name) for file in files]
        yield from map(prediction, predict(model, uploads, options, limits))
        return
    except (OSError, FeaturemapError):
        pass
    for file in files:
        try:
            yield prediction(predict(model, [Upload(file.read_bytes(), file.name)], options, limits)[0])
        except OSError as error:
            yield InvalidInput(f"The file cannot be read: {error.strerror}.")
        except FeaturemapError as error:
            yield error


_Write = Callable[[Path, Prediction | FeaturemapError], None]


def _table(files: Sequence[Path]) -> _Write:
    widest = max(len(str(file)) for file in files)
    print(f"{'file'.ljust(widest)}  confidence  label")

    def write(file: Path, answer: Prediction | FeaturemapError) -> None:
        if isinstance(answer, FeaturemapError):
            print(f"{str(file).ljust(widest)}           -  {answer.message}", flush=True)
            return
        refused = f"  (not accepted: {answer['reason']})" if answer["reason"] else ""
        print(f"{str(file).ljust(widest)}  {answer['confidence']:10.4f}  {answer['label']}{refused}", flush=True)

    return write


def _csv(_files: Sequence[Path]) -> _Write:
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow([*_COLUMNS, "error"])

    def write(file: Path, answer: Prediction | FeaturemapError) -> None:
        if isinstance(answer, FeaturemapError):
            lines.writerow([file, *[""] * (len(_COLUMNS) - 1), answer.message])
        else:
            row = answer["label"], answer["confidence"], str(answer["accepted"]).lower(), answer["reason"] or ""
            lines.writerow([file, *row, ""])

    return write


def _json(_files: Sequence[Path]) -> _Write:
    def write(file: Path, answer: Prediction | FeaturemapError) -> None:
        said = {"error": answer.message} if isinstance(answer, FeaturemapError) else {"prediction": answer}
        print(to_json({"file": str(file), **said}).decode(), flush=True)

    return write
