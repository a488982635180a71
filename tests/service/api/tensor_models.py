"""Models that are no classifiers of pictures, put beside those of the folder: a graph, a queue, and no golden samples.

They have the manifest of `bands`, of which only the labels are looked at.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI

from service.inference.entry import Entry, State, Version
from service.inference.repository import Repository
from service.inference.runtime.batcher import Batcher, BatchLimits
from service.inference.runtime.session import Session
from service.inference.runtime.tensors import DATATYPES, has_free_shape
from tests.graphs import echo_graph, sum_graph


def tensor_models(folder: Path) -> Callable[[FastAPI], None]:
    """`echo_fp32`, ... for each datatype; `sum` of two inputs, `flat_sum` without batches, `free_sum` of any width."""

    def prepare(app: FastAPI) -> None:
        repository = app.state.services.repository
        for datatype in DATATYPES:
            name = f"echo_{datatype.lower()}"
            _add(repository, name, echo_graph(folder / f"{name}.onnx", datatype))
        _add(repository, "sum", sum_graph(folder / "sum.onnx"))
        _add(repository, "flat_sum", sum_graph(folder / "flat_sum.onnx", (2, "width")), max_batch=0)
        free = sum_graph(folder / "free_sum.onnx", ("batch", "width"), ("batch", "other"))
        _add(repository, "free_sum", free)

    return prepare


def _add(repository: Repository, name: str, graph: Path, max_batch: int = 8) -> None:
    runtime, session = repository.runtime, Session(graph)
    batcher = Batcher(
        name,
        session.infer,
        BatchLimits(max_batch=max_batch),
        runtime.executor,
        runtime.observer,
        has_free_shape(session.inputs),
    )
    like = repository.get("bands")
    config = replace(like.config, max_batch_size=max_batch)
    model = replace(like, name=name, session=session, batcher=batcher, config=config)
    repository._entries[name] = Entry(name, (Version(1, State.READY, "", model.manifest, model),))
