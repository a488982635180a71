"""The parameters of a header's value, as `form-data; name="file"; filename="a.png"` has them (RFC 9110, 5.6.6)."""

import re

# A quoted value that is not closed runs to the end.
_PARAMETER = re.compile(rb';[ \t]*([^;=]*)=[ \t]*("(?:[^"\\]|\\.)*(?:"|\Z)|[^;]*)', re.DOTALL)
_ESCAPED = re.compile(rb'\\([\\"])')


def header_parameters(value: bytes) -> dict[bytes, bytes]:
    """Value by lower-case name; of a name given twice the last.

    In quotes only `\\"` and `\\\\` are escapes: browsers leave other backslashes as they are.
    """
    parameters = {}
    for found in _PARAMETER.finditer(value):
        text = found[2].rstrip(b" \t")
        if len(text) >= 2 and text.startswith(b'"') and text.endswith(b'"'):
            text = _ESCAPED.sub(rb"\1", text[1:-1])
        parameters[found[1].rstrip(b" \t").lower()] = text
    return parameters
