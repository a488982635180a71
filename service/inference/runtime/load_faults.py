"""Why onnxruntime cannot load a file, in a sentence of ours that names the operator, the opset or the version.

what onnxruntime raised -> the first pattern that it fits -> reason

Its own messages hold paths of the server and of its sources, so no more of them is shown than what the patterns name.
"""

import re

_UNKNOWN = "it is damaged, or it has operators that this onnxruntime does not know"
_NAME = r"[A-Za-z_][A-Za-z0-9_.]{0,63}"
_REASONS = (
    (rf"No Op registered for ({_NAME}) with domain_version of (\d+)",
     "there is no operator {0} in opset {1} of ONNX"),
    (rf"Fatal error: ({_NAME}):({_NAME})\(-?\d+\) is not a registered function/op",
     "there is no operator {1} of {0}; libraries of custom operators are not loaded"),
    (rf"Could not find an implementation for ({_NAME})\((\d+)\)",
     "it has no implementation of the operator {0} of opset {1} for these datatypes"),
    (r"released onnx opset versions\. Opset (\d+) is", "opset {0} is newer than it knows"),
    (r"Unsupported model IR version: (\d+), max supported IR version: (\d+)",
     "its IR version is {0}, and {1} is the newest that is known"),
    (r"protobuf parsing failed", "it is no ONNX file, or a damaged one"),
    (r"open file .{0,4096}failed|External data path|GetExtDataFromTensorProto",
     "a file with its weights is missing or too short"),
    (rf"Type Error: Type '(tensor\(\w+\))' of input parameter .{{0,200}}?of operator \(({_NAME})\)",
     "the operator {1} does not take a {0}"),
    (r"Node input '([^']{1,64})' is not a graph input", "nothing gives {0}, which a node takes"),
    (rf"[Nn]ode ?\(.{{0,200}}?\) Op \(({_NAME})\) \[", "the operator {0} does not fit its inputs"),
)  # fmt: skip


def load_fault(error: Exception) -> str:
    """The reason; where none of the patterns fits, what it may be."""
    told = str(error)
    for pattern, reason in _REASONS:
        if (found := re.search(pattern, told, re.DOTALL)) is not None:
            return reason.format(*found.groups())
    return _UNKNOWN
