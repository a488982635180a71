"""A version of a model package on disk to one that can answer.

    model.json -> files' checksums -> labels -> weights outside? -> session -> golden samples -> warm-up -> Model

Every check that a package must pass before it is served is here; the first that fails raises PackageError.
"""

import logging
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
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.evidence import Evidence
from service.inference.package.external_data import check_external_data
from service.inference.package.files import read_text
from service.inference.package.manifest import Manifest, OutputSpec, TensorSpec, read_manifest, verify_files
from service.inference.runtime.batcher import Batcher, BatchLimits
from service.inference.runtime.observer import Observer
from service.inference.runtime.session import ExecutionProvider, Session, only, thread_count
from service.inference.runtime.tensors import TensorInfo, has_free_shape

GOLDEN_TOLERANCE = 1e-4  # largest difference of a probability; other CPUs round differently
MOST_IMAGES_IN_A_BATCH = 32  # beyond it the activations leave the cache, and an image costs more
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


@dataclass(frozen=True, eq=False)
class Model:
    """One version of a model that can answer. `metrics` is its metrics.json, where it has one; `evidence` the
    rest that its training recorded; `features` its layers, loaded when first asked for."""

    name: str
    version: str
    folder: Path
    config: ModelConfig
    manifest: Manifest
    session: Session
    batcher: Batcher
    evidence: Evidence
    features: Features
    metrics: dict[str, Any] | None


def load_model(folder: Path, config: ModelConfig, runtime: Runtime) -> Model:
    """The version in `folder` (models/<name>/<version>), checked and warmed up. Blocks.

    Raises PackageError, or ConfigurationError where a GPU was asked for by name and is not used.
    """
    name = folder.parent.name
    manifest = read_manifest(folder)
    if manifest.name != name:
        raise PackageError(f"model.json is that of {manifest.name}, not of {name}")
    verify_files(folder, manifest)
    _check_labels(folder.parent / "labels.txt", manifest)
    threads = thread_count(runtime.threads or config.intra_op_threads or 0, runtime.workers)
    check_external_data(folder / "model.onnx", manifest.files)
    session = Session(folder / "model.onnx", runtime.provider, threads)
    _check_tensors(session, manifest)
    check_golden(session, manifest)
    _warm_up(session, manifest, config)
    evidence = Evidence(folder, manifest)
    return Model(
        name=name,
        version=folder.name,
        folder=folder,
        config=config,
        manifest=manifest,
        session=session,
        batcher=_batcher(session, manifest, config, runtime),
        evidence=evidence,
        features=Features(manifest, evidence),
        metrics=_metrics(evidence),
    )


def _batcher(session: Session, manifest: Manifest, config: ModelConfig, runtime: Runtime) -> Batcher:
    most = min(config.max_batch_size, MOST_IMAGES_IN_A_BATCH)
    limits = BatchLimits(
        max_batch=1 if manifest.takes_one else most,
        max_queue=runtime.queue_size or config.max_queue_size,
        timeout_s=config.default_timeout_us / 1e6,
    )
    free_shape = has_free_shape(session.inputs)
    return Batcher(manifest.name, session.infer, limits, runtime.executor, runtime.observer, free_shape)


def _check_labels(file: Path, manifest: Manifest) -> None:
    labels = tuple(read_text(file).splitlines())
    if labels != manifest.labels:
        raise PackageError("labels.txt does not hold the labels of model.json, one a line")


def _check_tensors(session: Session, manifest: Manifest) -> None:
    """A classifier of pictures has one input and one output, those of model.json."""
    for kind, tensors, said in (
        ("input", session.inputs, manifest.input),
        ("output", session.outputs, manifest.output),
    ):
        graph = only(tensors, "model.onnx", kind)
        if not _agree(graph, said):
            its, documents = f"{graph.name} {list(graph.shape)}", f"{said.name} {list(said.shape)}"
            raise PackageError(f"the {kind} of model.onnx is {its}, that of model.json {documents}")


def _agree(graph: TensorInfo, said: TensorSpec) -> bool:
    """Whether a tensor of the graph is that of model.json, which may say more: a size where the graph takes any, and
    all of the shape where the graph says none."""
    if (graph.name, graph.datatype) != (said.name, said.datatype):
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


def _warm_up(session: Session, manifest: Manifest, config: ModelConfig) -> None:
    """Runs zeros of the sizes that config.pbtxt names, so that no request pays for the first of its size."""
    for warmup in config.warmup:
        size, most = warmup.batch_size, config.max_batch_size
        if size > max(most, 1):
            raise PackageError(f"model_warmup has a batch of {size}; max_batch_size is {most}")
        zeros = np.zeros((max(size, 1), *manifest.preprocessing.tensor_shape), np.float32)
        try:
            for _ in range(warmup.count):
                session.run(zeros)
        except Exception:  # onnxruntime raises many kinds
            raise PackageError(f"model.onnx fails on zeros in a batch of {len(zeros)}, for model_warmup") from None


def _metrics(evidence: Evidence) -> dict[str, Any] | None:
    """Read now, as every card shows them; a model without usable ones is served all the same."""
    try:
        return evidence.metrics
    except UnusableEvidence as error:
        _log.warning("%s", error.message)
    except NotFound:
        pass
    return None
