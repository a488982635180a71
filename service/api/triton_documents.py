"""A model's configuration and statistics as Triton's V2 extensions word them.

Model  ->  model_config  ->  ModelConfig of its protobuf, as JSON with the fields' own names
Model  ->  model_statistics  ->  an entry of model_stats
"""

from typing import Any

from service.inference.loader import Model
from service.inference.runtime.statistics import BatchStatistics, Duration
from service.inference.runtime.tensors import TensorInfo

_STEPS = ("compute_input", "compute_infer", "compute_output")
_NONE = {"count": 0, "ns": 0}


def model_config(model: Model) -> dict[str, Any]:
    """What holds here; what config.pbtxt has beyond it is not served, and so not told."""
    config, session = model.config, model.session
    batched = config.max_batch_size > 0
    outputs = [_tensor(info, batched) for info in session.outputs]
    for output in outputs:
        if output["name"] == model.manifest.output.name:
            output["label_filename"] = "labels.txt"
    versions = config.specific_versions
    policy = {"specific": {"versions": versions}} if versions else {"latest": {"num_versions": config.num_versions}}
    document: dict[str, Any] = {
        "name": model.name,
        "platform": "onnxruntime_onnx",
        "backend": "onnxruntime",
        "version_policy": policy,
        "max_batch_size": config.max_batch_size,
        "input": [_tensor(info, batched) for info in session.inputs],
        "output": outputs,
        "instance_group": [
            {
                "name": f"{model.name}_0",
                "kind": "KIND_CPU" if session.execution_provider.in_use == "cpu" else "KIND_GPU",
                "count": 1,
            }
        ],
        "default_model_filename": "model.onnx",
        "parameters": {"intra_op_thread_count": {"string_value": str(session.threads)}},
        "model_transaction_policy": {"decoupled": False},
    }
    if batched:
        document["dynamic_batching"] = _batching(model)
    return document


def _batching(model: Model) -> dict[str, Any]:
    limits = model.batcher.limits
    return {
        "preferred_batch_size": [limits.max_batch],
        "max_queue_delay_microseconds": 0,
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


def model_statistics(model: Model) -> dict[str, Any]:
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
