"""What the Open Inference Protocol and Triton's extensions of it tell, as documents that every front sends.

(nothing)    ->  server_metadata
Repository   ->  model_metadata, statistics, repository_index
Model        ->  model_config: ModelConfig of Triton's protobuf, as JSON with the fields' own names
"""

from collections.abc import Iterable
from typing import Any

import service
from service.inference.entry import Entry, State
from service.inference.loader import TensorModel
from service.inference.package.config_notes import BACKEND, PLATFORM
from service.inference.package.layout import LABELS_FILE
from service.inference.repository import Repository
from service.inference.runtime.providers import ON_GPU
from service.inference.runtime.statistics import BatchStatistics, Duration
from service.inference.runtime.tensors import TensorInfo

EXTENSIONS = (
    "classification",
    "model_repository",
    "model_configuration",
    "schedule_policy",
    "binary_tensor_data",
    "parameters",
    "statistics",
)
NOTES = "featuremap_notes"  # the parameter of a configuration that says what is not followed, and what else to know

_STEPS = ("compute_input", "compute_infer", "compute_output")
_NONE = {"count": 0, "ns": 0}


def server_metadata() -> dict[str, Any]:
    return {"name": "featuremap", "version": service.__version__, "extensions": EXTENSIONS}


def is_ready(repository: Repository) -> bool:
    """Whether at least one model can answer, and none is still to be loaded."""
    return repository.loaded and bool(repository.ready_models())


def model_metadata(repository: Repository, name: str, version: str | None) -> dict[str, Any]:
    """The inputs and outputs of a version, of the newest for None. Raises NotFound, NotReady."""
    model = repository.find(name, version)
    return {
        "name": name,
        "versions": [str(v.number) for v in repository.entry(name).versions if v.state is State.READY],
        "platform": PLATFORM,
        "inputs": [info._asdict() for info in model.session.inputs],
        "outputs": [info._asdict() for info in model.session.outputs],
    }


def repository_index(entries: Iterable[Entry], ready_alone: bool) -> list[dict[str, Any]]:
    """Every version of every model with its state; a package without a readable version is listed without one."""
    listed = [version for entry in entries for version in _versions(entry)]
    return [version for version in listed if version["state"] == State.READY or not ready_alone]


def _versions(entry: Entry) -> list[dict[str, Any]]:
    if not entry.versions:
        return [{"name": entry.name, "version": "", "state": entry.state, "reason": entry.reason}]
    return [
        {"name": entry.name, "version": str(version.number), "state": version.state, "reason": version.reason}
        for version in entry.versions
    ]


def statistics(repository: Repository, name: str | None, version: str | None) -> dict[str, Any]:
    """What a version has done, what all of a model have, or of all models. Raises NotFound, NotReady."""
    if name is None:
        models = repository.ready_models()
    elif version is not None:
        models = [repository.find(name, version)]
    else:
        repository.find(name)
        models = [each.model for each in repository.entry(name).versions if each.model is not None]
    return {"model_stats": [model_statistics(model) for model in models]}


def model_config(model: TensorModel) -> dict[str, Any]:
    """What holds here. What config.pbtxt has beyond it is not told as if it held, but by the parameter `NOTES`."""
    config, session = model.config, model.session
    batched = config.max_batch_size > 0
    outputs = [_tensor(info, batched) for info in session.outputs]
    files = {tensor.name: tensor.label_filename for tensor in config.outputs}
    for output in outputs:
        if output["name"] in model.labels:
            output["label_filename"] = files.get(output["name"]) or LABELS_FILE
    versions = config.specific_versions
    policy = {"specific": {"versions": versions}} if versions else {"latest": {"num_versions": config.num_versions}}
    document: dict[str, Any] = {
        "name": model.name,
        "platform": PLATFORM,
        "backend": BACKEND,
        "version_policy": policy,
        "max_batch_size": config.max_batch_size,
        "input": [_tensor(info, batched) for info in session.inputs],
        "output": outputs,
        "instance_group": [
            {
                "name": f"{model.name}_0",
                "kind": "KIND_GPU" if session.execution_provider.in_use in ON_GPU else "KIND_CPU",
                "count": 1,
            }
        ],
        "default_model_filename": config.model_filename,
        "parameters": _parameters(model),
        "model_transaction_policy": {"decoupled": False},
    }
    if batched:
        document["dynamic_batching"] = _batching(model)
    return document


def _parameters(model: TensorModel) -> dict[str, Any]:
    parameters = {"intra_op_thread_count": str(model.session.threads)}
    if model.notes:
        parameters[NOTES] = "; ".join(model.notes)
    return {name: {"string_value": value} for name, value in parameters.items()}


def _batching(model: TensorModel) -> dict[str, Any]:
    limits = model.batcher.limits
    return {
        "preferred_batch_size": [limits.max_batch],
        "max_queue_delay_microseconds": round(limits.delay_s * 1e6),
        "default_queue_policy": {
            "timeout_action": "REJECT",
            "default_timeout_microseconds": round(limits.timeout_s * 1e6),
            "allow_timeout_override": True,
            "max_queue_size": limits.max_queue,
        },
    }


def _tensor(info: TensorInfo, batched: bool) -> dict[str, Any]:
    datatype = "STRING" if info.datatype == "BYTES" else info.datatype
    return {"name": info.name, "data_type": f"TYPE_{datatype}", "dims": info.shape[1:] if batched else info.shape}


def model_statistics(model: TensorModel) -> dict[str, Any]:
    """Counts and times in nanoseconds of this process, since the version was loaded."""
    seen = model.batcher.statistics
    return {
        "name": model.name,
        "version": model.version,
        "last_inference": seen.last_inference_ms,
        "inference_count": seen.inference_count,
        "execution_count": seen.execution_count,
        "inference_stats": {
            "success": _duration(seen.success),
            "fail": _duration(seen.fail),
            "queue": _duration(seen.queue),
            **_batch(seen.requests),
            "cache_hit": _NONE,
            "cache_miss": _NONE,
        },
        "response_stats": {},
        "batch_stats": [{"batch_size": size, **_batch(batch)} for size, batch in sorted(seen.batches.items())],
        "memory_usage": [],
    }


def _batch(batch: BatchStatistics) -> dict[str, Any]:
    return {step: _duration(getattr(batch, step)) for step in _STEPS}


def _duration(duration: Duration) -> dict[str, int]:
    return {"count": duration.count, "ns": duration.ns}
