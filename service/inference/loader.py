"""A version of a model package on disk to one that can answer.

    model.json -> files' checksums -> labels -> weights outside? -> session -> golden samples -> warm-up -> Model

A version without a model.json is `tensor_loader`'s, with the session and the queue that are made here.

Every check that a package must pass before it is served is here; the first that fails raises PackageError.
"""

import logging
import math
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from service.errors import NotFound, PackageError, UnusableEvidence
from service.imaging.pixels import FloatArray
from service.imaging.preprocessing.spec import to_tensor
from service.inference.activation import probabilities
from service.inference.features import Features
from service.inference.package.config_pbtxt import MODEL_FILE, ModelConfig
from service.inference.package.evidence import Evidence
from service.inference.package.external_data import check_external_data
from service.inference.package.files import read_text
from service.inference.package.layout import LABELS_FILE
from service.inference.package.manifest import Manifest, OutputSpec, TensorSpec, read_manifest, verify_files
from service.inference.package.signature import Trust
from service.inference.runtime.batch import BatchLimits
from service.inference.runtime.batcher import Batcher
from service.inference.runtime.observer import Observer
from service.inference.runtime.providers import CPU_BY_CONFIG, ON_GPU, ExecutionProvider
from service.inference.runtime.session import Session, thread_count
from service.inference.runtime.tensors import TensorInfo, has_free_shape
from service.inference.warm_up import warm_up

GOLDEN_TOLERANCE = 1e-4  # largest difference of a probability; other CPUs round differently
MOST_IMAGES_IN_A_BATCH = 32  # beyond it the activations leave the cache, and an image costs more
_MOST_SHOWN = 8
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Runtime:
    """What all models of a process share. 0 `threads`: as the machine allows; 0 `queue_size`: as config.pbtxt
    says."""

    provider: ExecutionProvider
    executor: Executor
    observer: Observer
    threads: int = 0
    workers: int = 1
    queue_size: int = 0
    queue_s: float = math.inf
    trust: Trust | None = None  # in whose signature every version must be


@dataclass(frozen=True, eq=False)
class TensorModel:
    """One version of a model that can answer: tensors in, tensors out. `labels` are those of each output that has some;
    `notes` say what of its configuration is not followed, and what else its users should know; `sha256` is of its
    ONNX file."""

    name: str
    version: str
    folder: Path
    config: ModelConfig
    session: Session
    batcher: Batcher
    labels: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, eq=False)
class Model(TensorModel):
    """One that knows pictures: its package says how they become its input, and what its output means. `metrics` is its
    metrics.json, where it has one; `evidence` the rest that its training recorded; `features` its layers, loaded when
    first asked for."""

    manifest: Manifest
    evidence: Evidence
    features: Features
    metrics: dict[str, Any] | None


def load_model(folder: Path, config: ModelConfig, runtime: Runtime) -> Model:
    """The version in `folder` (models/<name>/<version>), checked and warmed up. Blocks.

    Raises PackageError, or ConfigurationError where a GPU was asked for by name and is not used.
    """
    name = folder.parent.name
    if runtime.trust is not None:
        runtime.trust.check(folder)
    manifest = read_manifest(folder)
    if manifest.name != name:
        raise PackageError(f"model.json is that of {manifest.name}, not of {name}")
    verify_files(folder, manifest)
    _check_labels(folder.parent / LABELS_FILE, manifest)
    if config.model_filename != MODEL_FILE:
        raise PackageError(f"config.pbtxt: default_model_filename must be {MODEL_FILE} beside a model.json")
    check_external_data(folder / MODEL_FILE, manifest.files)
    session = open_session(folder / MODEL_FILE, config, runtime)
    _check_tensors(session, manifest)
    rest = [info for info in session.outputs if info.name != manifest.output.name]
    for info in rest:
        if info.shape[:1] != manifest.output.shape[:1]:
            raise PackageError(f"the output {info} of {MODEL_FILE} has no batch as its first dimension")
    session.narrow(session.inputs, [_named(session.outputs, manifest.output.name), *rest])
    check_golden(session, manifest)
    warm_up(session, config, folder.parent, [session.inputs[0]._replace(shape=manifest.input.shape)])
    evidence = Evidence(folder, manifest)
    return Model(
        name=name,
        version=folder.name,
        folder=folder,
        config=config,
        session=session,
        batcher=make_batcher(name, session, config, runtime, max_batch=1 if manifest.takes_one else None),
        labels={manifest.output.name: manifest.labels},
        notes=(*config.notes, *device_notes(session, config)),
        sha256=manifest.files[MODEL_FILE],
        manifest=manifest,
        evidence=evidence,
        features=Features(manifest, evidence),
        metrics=_metrics(evidence),
    )


def open_session(model: Path, config: ModelConfig, runtime: Runtime, outputs: Collection[str] | None = None) -> Session:
    """On the provider that the process has chosen, or on the CPU where config.pbtxt wants nothing else; with all
    outputs for None. Raises what `Session` raises."""
    threads = thread_count(runtime.threads or config.intra_op_threads or 0, runtime.workers)
    on_cpu = config.kinds == {"KIND_CPU"} and runtime.provider.in_use != "cpu"
    return Session(model, CPU_BY_CONFIG if on_cpu else runtime.provider, threads, outputs)


def device_notes(session: Session, config: ModelConfig) -> tuple[str, ...]:
    """What of `instance_group`'s kind could not be followed."""
    provider = session.execution_provider
    if "KIND_GPU" not in config.kinds or provider.in_use in ON_GPU:
        return ()
    return (f"KIND_GPU of config.pbtxt is not followed: it runs on {provider.in_use}, since {provider.reason}",)


def make_batcher(
    name: str,
    session: Session,
    config: ModelConfig,
    runtime: Runtime,
    max_batch: int | None = None,
    any_graph: bool = False,
) -> Batcher:
    """The queue of a model, as config.pbtxt and the operator have it; `max_batch` where the graph says otherwise."""
    limits = BatchLimits(
        max_batch=min(config.max_batch_size, MOST_IMAGES_IN_A_BATCH) if max_batch is None else max_batch,
        max_queue=runtime.queue_size or config.max_queue_size,
        timeout_s=config.default_timeout_us / 1e6,
        delay_s=config.max_queue_delay_us / 1e6,
        work_s=runtime.queue_s,
    )
    free_shape = has_free_shape(session.inputs)
    return Batcher(name, session.infer, limits, runtime.executor, runtime.observer, free_shape, any_graph)


def _check_labels(file: Path, manifest: Manifest) -> None:
    labels = tuple(read_text(file).splitlines())
    if labels != manifest.labels:
        raise PackageError("labels.txt does not hold the labels of model.json, one a line")


def _check_tensors(session: Session, manifest: Manifest) -> None:
    """A classifier of pictures has one input, and among its outputs one with a number for each class: those of
    model.json. Its other outputs are there for who asks for tensors."""
    if len(session.inputs) != 1:
        names = ", ".join(info.name for info in session.inputs[:_MOST_SHOWN])
        raise PackageError(f"{MODEL_FILE} must have one input, which the picture fills; it has {names}")
    found = _named(session.outputs, manifest.output.name)
    for kind, graph, said in (("input", session.inputs[0], manifest.input), ("output", found, manifest.output)):
        if graph.datatype != said.datatype:
            why = "a picture fills one" if kind == "input" else "probabilities are one"
            raise PackageError(f"the {kind} of {MODEL_FILE} is {graph}; {why} of {said.datatype}")
        if not _agree(graph, said):
            documents = f"{said.name} {said.datatype} {list(said.shape)}"
            raise PackageError(f"the {kind} of {MODEL_FILE} is {graph}, that of model.json {documents}")


def _named(outputs: Sequence[TensorInfo], name: str) -> TensorInfo:
    """The output of this name; the only one where there is one, whose name is then checked with the rest of it."""
    for output in outputs:
        if output.name == name or len(outputs) == 1:
            return output
    names = ", ".join(info.name for info in outputs[:_MOST_SHOWN])
    raise PackageError(f"{MODEL_FILE} has no output {name}, which model.json names; it gives {names}")


def _agree(graph: TensorInfo, said: TensorSpec) -> bool:
    """Whether a tensor of the graph is that of model.json, which may say more: a size where the graph takes any, and
    all of the shape where the graph says none."""
    if graph.name != said.name:
        return False
    if not graph.shape:
        return True
    pairs = zip(graph.shape, said.shape, strict=False)
    return len(graph.shape) == len(said.shape) and all(its in (-1, size) for its, size in pairs)


def check_golden(session: Session, manifest: Manifest) -> None:
    """Raises PackageError unless the golden samples come out as recorded: together, where the model takes several, and
    the first alone."""
    if not manifest.golden:
        raise PackageError("model.json has no golden samples")
    spec = manifest.preprocessing
    try:
        pixels = np.stack([sample.array(spec.picture_shape) for sample in manifest.golden])
        expected = np.array([sample.probabilities for sample in manifest.golden], dtype=np.float32)
    except ValueError:
        sides = "x".join(map(str, spec.picture_shape))
        raise PackageError(f"golden samples must be {sides} bytes in base64, with a probability per label") from None
    tensor = to_tensor(pixels, spec)
    if manifest.takes_one:
        for i in range(len(tensor)):
            _compare(session, tensor[i : i + 1], expected[i : i + 1], manifest.output)
    else:
        _compare(session, tensor, expected, manifest.output)
        _compare(session, tensor[:1], expected[:1], manifest.output)


def _compare(session: Session, tensor: FloatArray, expected: FloatArray, output: OutputSpec) -> None:
    try:
        rows = probabilities(session.run(tensor), output)
    except Exception:  # onnxruntime raises many kinds
        raise PackageError(f"model.onnx fails on {len(tensor)} golden samples at a time") from None
    if rows.shape != expected.shape:
        raise PackageError(f"golden samples give {list(rows.shape)} numbers, not {list(expected.shape)}")
    difference = float(np.abs(rows - expected).max())
    if not difference <= GOLDEN_TOLERANCE:  # so that NaN fails too
        raise PackageError(f"golden samples differ by {difference:.2g}; at most {GOLDEN_TOLERANCE} is allowed")


def _metrics(evidence: Evidence) -> dict[str, Any] | None:
    """Read now, as every card shows them; a model without usable ones is served all the same."""
    try:
        return evidence.metrics
    except UnusableEvidence as error:
        _log.warning("%s", error.message)
    except NotFound:
        pass
    return None
