"""What is settled about a model before it is packaged: given, read from the file, or guessed, and each told.

Graph + Wishes -> Choices (spec, output, labels) + a sentence for each guess
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from service.errors import ConfigurationError
from service.imaging.preprocessing.spec import Photo, PreprocessSpec
from service.tools.graph import Graph, parse_labels
from service.tools.presets import InputForm, preset_spec

_DEFAULT_SIDE = 224
_SPEC: TypeAdapter[PreprocessSpec] = TypeAdapter(PreprocessSpec)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person says. None: as the file has it, else a guess. `knobs` are fields of PreprocessSpec and Photo that
    differ from the preset's."""

    labels: Path | None = None
    preprocess: str | None = None
    size: tuple[int, int] | None = None  # width, height
    layout: str | None = None
    channels: int | None = None
    activation: str | None = None
    knobs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """A line of what was settled: what, and where it is from (given, the file, a guess)."""

    name: str
    value: str
    source: str


def settle_form(graph: Graph, wishes: Wishes) -> tuple[InputForm, list[Told]]:
    """Layout, channels and sides. Raises ConfigurationError where a wish contradicts the graph."""
    said = []
    layout = wishes.layout or graph.layout or "NCHW"
    said.append(Told("layout", layout, _source(wishes.layout, graph.layout)))
    places = (1, 2, 3) if layout == "NCHW" else (3, 1, 2)
    in_graph = [graph.input.shape[place] for place in places]
    channels = wishes.channels or (in_graph[0] if in_graph[0] > 0 else 3)
    said.append(Told("channels", str(channels), _source(wishes.channels, in_graph[0] if in_graph[0] > 0 else None)))
    width, height = wishes.size or (
        in_graph[2] if in_graph[2] > 0 else _DEFAULT_SIDE,
        in_graph[1] if in_graph[1] > 0 else _DEFAULT_SIDE,
    )
    said.append(Told("size", f"{width} x {height}", _source(wishes.size, min(in_graph[1:]) > 0 or None)))
    for wanted, its in zip((channels, height, width), in_graph, strict=True):
        if its > 0 and its != wanted:
            raise ConfigurationError(
                f"the model's input is {graph.input}; with {channels} channels of {width} x {height} in {layout} it "
                f"would have to be otherwise"
            )
    return InputForm(width, height, channels, layout), said


def settle_spec(form: InputForm, wishes: Wishes) -> tuple[PreprocessSpec, list[Told]]:
    """The preprocessing: a preset, and the knobs turned otherwise. Raises ConfigurationError."""
    name = wishes.preprocess or _usual(form)
    spec = preset_spec(name, form)
    photo_names = {each.name for each in fields(Photo)}
    turned = {key: value for key, value in wishes.knobs.items() if value is not None}
    of_photo = {key: value for key, value in turned.items() if key in photo_names}
    if of_photo and spec.photo is None:
        raise ConfigurationError(f"{_option(next(iter(of_photo)))} is for photographs; {name} is not of their recipe")
    if "side" not in of_photo and of_photo.get("resize") in ("letterbox", "line"):
        of_photo["side"] = None
    if spec.photo is not None:
        spec = replace(spec, photo=replace(spec.photo, **of_photo))
    others = {key: value for key, value in turned.items() if key not in photo_names}
    for key in ("mean", "std"):
        if key in others:
            value = others.pop(key)
            others |= {f"channel_{key}": value} if isinstance(value, tuple) else {key: value, f"channel_{key}": None}
    spec = replace(spec, **others)
    try:
        spec = _SPEC.validate_python(_SPEC.dump_python(spec))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ConfigurationError(f"the preprocessing cannot be: {first['loc'][-1]}: {first['msg']}") from None
    source = "given" if wishes.preprocess else "a guess: no file says it; see --preprocess"
    return spec, [Told("preprocess", name + (f", {_turned(turned)}" if turned else ""), source)]


def settle_labels(graph: Graph, classes: int, wishes: Wishes) -> tuple[tuple[str, ...], list[Told]]:
    """Raises ConfigurationError where there are not as many as classes, or one is no line of text."""
    if wishes.labels is not None:
        labels, source = _read_labels(wishes.labels), f"given: {wishes.labels.name}"
    elif graph.labels is not None and len(graph.labels) == classes:
        labels, source = graph.labels, f"the file's metadata, {graph.label_key}"
    else:
        labels, source = tuple(map(str, range(classes))), "a guess: the indices; see --labels"
    if len(labels) != classes:
        raise ConfigurationError(f"there are {len(labels)} labels for a model of {classes} classes")
    for place, label in enumerate(labels):
        if not label or len(label.splitlines()) != 1 or not label.isprintable():
            raise ConfigurationError(f"label {place} must be a line of printable text")
    shown = ", ".join(labels[:4]) + (f", ... ({classes})" if classes > 4 else "")
    return labels, [Told("labels", shown, source)]


def _read_labels(file: Path) -> tuple[str, ...]:
    try:
        return parse_labels(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"--labels: {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"--labels: {file} is no UTF-8 text") from None


def _usual(form: InputForm) -> str:
    if form.channels == 1:
        return "unit"
    return "torchvision" if form.layout == "NCHW" else "keras-tf"


def _source(wish: object, read: object) -> str:
    return "given" if wish is not None else "a guess" if read is None else "the file"


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _turned(knobs: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in knobs.items())
