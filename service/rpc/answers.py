"""What the data plane and the documents of the protocol say, as its messages.

the model's outputs, how they are wanted  ->  ModelInferResponse, each output as bytes
a document as HTTP sends it               ->  the message of the same fields
"""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format

from service.api.infer_answer import ChosenOutput, Labels, classes_of
from service.api.requests.tensor_data import to_bytes
from service.inference.runtime.tensors import Tensors, datatype_of
from service.rpc.messages import message

_INFER_RESPONSE = message("ModelInferResponse")


def infer_response(
    request_id: str, model: str, version: str, chosen: Sequence[ChosenOutput], outputs: Tensors, labels: Labels
) -> Any:
    """The ModelInferResponse. `outputs` are all of the model's; `labels` name the elements of each that has some."""
    response = _INFER_RESPONSE(model_name=model, model_version=version, id=request_id)
    for output in chosen:
        array = outputs[output.place]
        if output.classes:
            array = classes_of(array, output.classes, labels.get(output.info.name, ()))
        response.outputs.add(name=output.info.name, datatype=datatype_of(array), shape=array.shape)
        response.raw_output_contents.append(to_bytes(array))
    return response


def from_document(document: Mapping[str, Any], name: str) -> Any:
    """The message `name` with the document's members."""
    return json_format.ParseDict(document, message(name)())
