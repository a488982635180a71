"""A version in Triton's own layout, without a model.json, to one that answers tensors with tensors.

    config.pbtxt, 1/model.onnx -> weights outside? -> session -> its tensors against those of config.pbtxt
    -> labels -> warm-up -> TensorModel

There is nothing here that says how a picture becomes an input, what an output means, or what it must be for a golden
sample: `notes` tell it.
"""

import math
import os
from collections.abc import Sequence
from pathlib import Path

from service.errors import PackageError, TensorsOnly
from service.inference.loader import Runtime, TensorModel, device_notes, make_batcher, open_session
from service.inference.package.config_pbtxt import ModelConfig
from service.inference.package.config_tensors import ConfiguredTensor
from service.inference.package.external_data import check_external_data, external_files
from service.inference.package.files import read_text
from service.inference.package.layout import version_numbers
from service.inference.package.manifest import MANIFEST_NAME, sha256
from service.inference.runtime.session import Session
from service.inference.runtime.tensors import TensorInfo
from service.inference.warm_up import warm_up

NOTE = (
    "it takes tensors only, by /v2/models/{name}: there is no model.json, which would say how a picture becomes its "
    "input and what its output means, with checksums and golden samples; `python -m service package` writes one"
)


def tensors_only(name: str) -> TensorsOnly:
    """What those are told who ask such a model about pictures."""
    return TensorsOnly(f"{name} cannot be asked about pictures: {NOTE.format(name=name)}.")


def is_bare(folder: Path, config: ModelConfig) -> bool:
    """Whether the version in `folder` is one of Triton's own layout: its ONNX file is there, and no version beside it
    has a model.json. Where one has, this one is a package that lacks it, or is being copied."""
    if not os.path.lexists(folder / config.model_filename):
        return False
    package = folder.parent
    return not any(os.path.lexists(package / str(number) / MANIFEST_NAME) for number in version_numbers(package))


def load_tensors(folder: Path, config: ModelConfig, runtime: Runtime) -> TensorModel:
    """The version in `folder` (models/<name>/<version>), checked as far as it can be, and warmed up. Blocks.

    Raises PackageError, or ConfigurationError where a GPU was asked for by name and is not used.
    """
    name, model = folder.parent.name, folder / config.model_filename
    if not model.is_file():
        raise PackageError(f"{model.name} is no regular file")
    if runtime.trust is not None:
        runtime.trust.check(folder)
    try:
        check_external_data(model, _files_beside(model))
        digest = sha256(model)
    except OSError as error:
        raise PackageError(f"{model.name} cannot be read: {error.strerror}") from None
    session = open_session(model, config, runtime, [tensor.name for tensor in config.outputs] or None)
    batched = config.max_batch_size > 0
    inputs = _agreed(session.inputs, config.inputs, "input", batched)
    outputs = _agreed(session.outputs, config.outputs, "output", batched)
    session.narrow(inputs, outputs)
    warm_up(session, config, folder.parent)
    return TensorModel(
        name=name,
        version=folder.name,
        folder=folder,
        config=config,
        session=session,
        batcher=make_batcher(name, session, config, runtime, any_graph=True),
        labels=_labels(session, config, folder.parent),
        notes=(NOTE.format(name=name), *config.notes, *device_notes(session, config)),
        sha256=digest,
    )


def _files_beside(model: Path) -> set[str]:
    """Those locations of external data that lead to a file of the version's own folder."""
    folder = model.parent.resolve()
    return {
        location
        for location in external_files(model)
        if (found := (model.parent / location).resolve()).is_relative_to(folder) and found.is_file()
    }


def _agreed(
    graph: Sequence[TensorInfo], said: Sequence[ConfiguredTensor], kind: str, batched: bool
) -> list[TensorInfo]:
    """The graph's tensors with the sizes of config.pbtxt where they are open. Raises PackageError where the two
    disagree, or the graph has no batch."""
    names = [info.name for info in graph]
    for tensor in said:
        if tensor.name not in names:
            raise PackageError(
                f"the {kind} {tensor.name[:64]} of config.pbtxt is none of the graph's: {_listed(names)}"
            )
    known = {tensor.name: tensor for tensor in said}
    if said and kind == "input" and (missing := [name for name in names if name not in known]):
        raise PackageError(f"config.pbtxt does not list the input {missing[0][:64]} of the graph")
    return [_narrowed(info, known.get(info.name), kind, batched) for info in graph]


def _narrowed(info: TensorInfo, said: ConfiguredTensor | None, kind: str, batched: bool) -> TensorInfo:
    if kind == "output" and not info.shape and said is not None and said.shape is not None:
        return info._replace(shape=(-1, *said.shape) if batched else said.shape)  # the graph says nothing of it
    if batched and info.shape[:1] != (-1,):
        raise PackageError(
            f"the {kind} {info} of the graph has no batch as its first dimension; max_batch_size must be 0"
        )
    if said is None:
        return info
    if said.datatype not in ("", info.datatype):
        raise PackageError(f"the {kind} {info} of the graph is {said.datatype} in config.pbtxt")
    if said.shape is None:
        return info
    shape = (-1, *said.shape) if batched else said.shape
    agree = len(shape) == len(info.shape) and all(
        -1 in (its, size) or its == size for its, size in zip(info.shape, shape, strict=True)
    )
    if not agree:
        raise PackageError(f"the {kind} {info} of the graph has the dims {list(said.shape)} in config.pbtxt")
    sizes = (size if its == -1 else its for its, size in zip(info.shape, shape, strict=True))
    return info._replace(shape=tuple(sizes))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name[:64] for name in names[:8])


def _labels(session: Session, config: ModelConfig, package: Path) -> dict[str, tuple[str, ...]]:
    """The lines of each output's label file. Raises PackageError where there are more than the output has elements."""
    found = {}
    for tensor in config.outputs:
        if not tensor.label_filename:
            continue
        labels = tuple(read_text(package / tensor.label_filename).splitlines())
        shape = next(info.shape for info in session.outputs if info.name == tensor.name)
        elements = math.prod(shape[1:] if config.max_batch_size else shape)
        if -1 not in shape[1:] and 0 < elements < len(labels):
            raise PackageError(
                f"{tensor.label_filename} has {len(labels)} labels; {tensor.name} has {elements} elements"
            )
        found[tensor.name] = labels
    return found
