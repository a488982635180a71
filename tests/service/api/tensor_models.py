"""Models in Triton's own layout, put beside those of the app's folder: a graph and a config.pbtxt, no model.json."""

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI

from service.inference.entry import Entry, State, Version
from service.inference.package.layout import read_config
from service.inference.repository import Repository
from service.inference.runtime.tensors import DATATYPES
from service.inference.tensor_loader import load_tensors
from tests.graphs import echo_graph, sum_graph


def tensor_models(folder: Path) -> Callable[[FastAPI], None]:
    """`echo_fp32`, ... for each datatype; `sum` of two inputs, `flat_sum` without batches, `free_sum` of any width."""

    def prepare(app: FastAPI) -> None:
        repository = app.state.services.repository
        for datatype in DATATYPES:
            name = f"echo_{datatype.lower()}"
            _add(repository, echo_graph(bare_model(folder, name, max_batch_size=8), datatype))
        _add(repository, sum_graph(bare_model(folder, "sum", max_batch_size=8)))
        _add(repository, sum_graph(bare_model(folder, "flat_sum", max_batch_size=0), (2, "width")))
        free = ("batch", "width"), ("batch", "other")
        _add(repository, sum_graph(bare_model(folder, "free_sum", max_batch_size=8), *free))

    return prepare


def bare_model(models: Path, name: str, config: str = "", **fields: int) -> Path:
    """Where the graph of models/<name>/1 goes, beside a config.pbtxt with these fields."""
    version = models / name / "1"
    version.mkdir(parents=True)
    lines = [config, *(f"{field}: {value}" for field, value in fields.items())]
    (version.parent / "config.pbtxt").write_text("\n".join(lines))
    return version / "model.onnx"


def _add(repository: Repository, graph: Path) -> None:
    version = graph.parent
    model = load_tensors(version, read_config(version.parent), repository.runtime)
    repository._entries[model.name] = Entry(model.name, (Version(1, State.READY, model=model),))
