"""A package from an ONNX file: everything settled, the model run, the next version written and loaded once.

my.onnx + Wishes -> graph, choices -> run on sample pictures -> models/<name>/<n>/ + what was settled
"""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.errors import ConfigurationError, PackageError
from service.imaging.preprocessing.spec import PreprocessSpec, to_tensor
from service.inference.package.config_pbtxt import ModelConfig, render_config
from service.inference.package.external_data import external_files
from service.inference.package.layout import name_fault
from service.inference.package.manifest import MANIFEST_NAME, Manifest, OutputSpec, Rejection, TensorSpec
from service.inference.package.onnx_weights import count_parameters
from service.inference.runtime.session import Session
from service.tools.choices import Told, Wishes, settle_form, settle_labels, settle_spec
from service.tools.golden import golden_samples, guess_activation, run_all, sample_pictures
from service.tools.graph import Graph, open_model, read_graph
from service.tools.version_folder import next_version, write_manifest

_MODEL = "model.onnx"
_UNLISTED = frozenset({_MODEL, MANIFEST_NAME})  # names that a file of external weights cannot have


@dataclass(frozen=True, slots=True)
class About:
    """What the card tells of a model, beyond what its file says."""

    name: str
    title: str | None = None
    description: str | None = None
    group: str | None = None
    dataset: str | None = None
    min_confidence: float = 0.5


@dataclass(frozen=True, slots=True)
class Packaged:
    """The version's folder in the models folder, its manifest, and what was settled."""

    folder: Path
    manifest: Manifest
    told: Sequence[Told]


def package(file: Path, about: About, wishes: Wishes, models: Path) -> Packaged:
    """Writes the next version of models/<name>. Raises ConfigurationError for a wish that cannot be, PackageError for a
    file that cannot be served."""
    if (fault := name_fault(about.name)) is not None:
        raise ConfigurationError(f"--name: {fault}")
    session = open_model(file)
    try:
        graph = read_graph(session)
    except PackageError as error:
        raise PackageError(f"{file.name} cannot be served: {error.message}") from None
    form, told = settle_form(graph, wishes)
    spec, more = settle_spec(form, wishes)
    output, classes, also = _output(session, graph, spec, wishes)
    labels, last = settle_labels(graph, classes, wishes)
    with next_version(models, about.name) as version:
        _copy_model(file, version)
        manifest = _manifest(about, file, session, graph, spec, output, labels)
        write_manifest(version, manifest)
        _write_shared(version.parent, manifest, graph)
    return Packaged(models / about.name / version.name, manifest, [*told, *more, *also, *last])


def _output(session: Session, graph: Graph, spec: PreprocessSpec, wishes: Wishes) -> tuple[OutputSpec, int, list[Told]]:
    """The output as model.json has it, the number of classes, and what was settled."""
    rows = run_all(session, to_tensor(sample_pictures(spec), spec), graph.batch == 1)
    if len(rows) != len(sample_pictures(spec)) or any(size != 1 for size in rows.shape[2:]) or rows.ndim < 2:
        raise PackageError(f"the model gives {list(rows.shape)} for {len(rows)} pictures; a classifier gives a number "
                           "for each class")  # fmt: skip
    activation = guess_activation(rows) if wishes.activation is None else _named(wishes.activation)
    if (rows.shape[1] == 1) != (activation in ("sigmoid", "complement")):
        raise ConfigurationError(
            f"--activation {wishes.activation} is not for a model that gives {rows.shape[1]} numbers"
        )
    said = OutputSpec.model_validate(
        {"name": graph.output.name, "shape": (graph.batch, *rows.shape[1:]), "activation": activation}
    )
    source = "given" if wishes.activation is not None else "a guess from its answers; see --activation"
    meaning = {None: "probabilities", "softmax": "logits", "sigmoid": "one logit", "complement": "one probability"}
    return (
        said,
        said.classes,
        [Told("output", meaning[activation], source), Told("classes", str(said.classes), "the file")],
    )


def _named(activation: str) -> str | None:
    return None if activation == "none" else activation


def _copy_model(file: Path, version: Path) -> None:
    shutil.copyfile(file, version / _MODEL)
    for name in external_files(file):
        if name in _UNLISTED or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
            raise PackageError(f"the file of weights {name!r} needs a plain name of letters, digits, '_', '-' and '.'")
        shutil.copyfile(file.parent / name, version / name)


def _manifest(
    about: About,
    file: Path,
    session: Session,
    graph: Graph,
    spec: PreprocessSpec,
    output: OutputSpec,
    labels: tuple[str, ...],
) -> Manifest:
    sides = f"{spec.width} x {spec.height}"
    return Manifest(
        name=about.name,
        title=about.title or about.name,
        description=about.description or f"A classifier of {sides} pictures, packaged from {file.name}.",
        group=about.group or about.name,
        task="binary" if len(labels) == 2 else "multiclass",
        dataset=about.dataset or about.name,
        labels=labels,
        input=TensorSpec(name=graph.input.name, shape=(graph.batch, *spec.tensor_shape)),
        output=output,
        parameters=count_parameters(memoryview(file.read_bytes())),
        preprocessing=spec,
        rejection=Rejection(min_confidence=about.min_confidence),
        files={_MODEL: "0" * 64},  # each file's own is written with it
        golden=golden_samples(session, spec, output, graph.batch == 1),
    )


def _write_shared(home: Path, manifest: Manifest, graph: Graph) -> None:
    """labels.txt, and config.pbtxt: where there is one for the same tensors, an operator may have tuned it."""
    (home / "labels.txt").write_text("".join(f"{label}\n" for label in manifest.labels), encoding="utf-8")
    fresh = render_config(
        name=manifest.name,
        input_shape=manifest.input.shape[1:],
        classes=manifest.output.classes,
        names=(graph.input.name, graph.output.name),
        output_shape=manifest.output.shape[1:],
        config=ModelConfig(max_batch_size=0 if manifest.takes_one else ModelConfig.max_batch_size),
    )
    config = home / "config.pbtxt"
    if not config.is_file() or _tensors(config.read_text(encoding="utf-8")) != _tensors(fresh):
        config.write_text(fresh, encoding="utf-8")


def _tensors(config: str) -> list[str]:
    """The lines of a config.pbtxt that speak of shapes."""
    return [line for line in config.splitlines() if line.startswith(("input", "output", "max_batch_size: 0"))]
