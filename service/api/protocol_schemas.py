"""The shapes of what the Open Inference Protocol answers, V2 and V1, for OpenAPI."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Scalar = bool | int | float | str


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class ProtocolError(_Message):
    error: str


class ServerMetadata(_Message):
    name: str
    version: str
    extensions: list[str]


class ServerLive(_Message):
    live: bool


class ServerReady(_Message):
    ready: bool
    live: bool


class TensorMetadata(_Message):
    name: str
    datatype: str
    shape: list[int] = Field(description="-1 for a dimension of any size")


class ModelMetadata(_Message):
    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class ModelReady(_Message):
    name: str
    ready: bool


class ModelNames(_Message):
    models: list[str]


class InputTensor(BaseModel):
    name: str
    datatype: str
    shape: list[int]
    parameters: dict[str, Scalar] | None = Field(None, description="binary_data_size: bytes after the JSON")
    data: list[Any] | None = Field(None, description="nested or flat, row-major")


class WantedOutput(BaseModel):
    name: str
    parameters: dict[str, Scalar] | None = Field(None, description="binary_data: bool; classification: how many")


class InferenceRequest(BaseModel):
    id: str | None = None
    parameters: dict[str, Scalar] | None = Field(
        None, description="binary_data_output: bool; timeout: microseconds; priority: accepted"
    )
    inputs: list[InputTensor] = Field(min_length=1)
    outputs: list[WantedOutput] | None = Field(None, description="without it all")


class OutputTensor(_Message):
    name: str
    datatype: str
    shape: list[int]
    parameters: dict[str, Scalar] | None = None
    data: list[Any] | None = None


class InferenceResponse(_Message):
    id: str | None = None
    model_name: str
    model_version: str
    outputs: list[OutputTensor]


class IndexEntry(_Message):
    name: str
    version: str
    state: str
    reason: str


class Duration(_Message):
    count: int
    ns: int


class InferenceStatistics(_Message):
    success: Duration
    fail: Duration
    queue: Duration
    compute_input: Duration
    compute_infer: Duration
    compute_output: Duration
    cache_hit: Duration
    cache_miss: Duration


class BatchStatistics(_Message):
    batch_size: int
    compute_input: Duration
    compute_infer: Duration
    compute_output: Duration


class ModelStatistics(_Message):
    """Of this process, since the version was loaded."""

    name: str
    version: str
    last_inference: int = Field(description="milliseconds since 1970")
    inference_count: int
    execution_count: int
    inference_stats: InferenceStatistics
    response_stats: dict[str, Any]
    batch_stats: list[BatchStatistics]
    memory_usage: list[Any]


class Statistics(_Message):
    model_stats: list[ModelStatistics]


class ServableStatus(_Message):
    error_code: str
    error_message: str


class VersionStatus(_Message):
    version: str
    state: Literal["AVAILABLE", "LOADING", "UNLOADING", "END"]
    status: ServableStatus


class ModelStatus(_Message):
    name: str
    ready: bool
    model_version_status: list[VersionStatus]


class Instances(BaseModel):
    instances: list[Any] = Field(
        min_length=1, description='pictures as numbers, or {"b64": "..."}: a picture file in base64'
    )


class Predictions(_Message):
    predictions: list[list[float]] = Field(
        description="a row of probabilities for each instance, as the model has them"
    )
