"""How an error is told under the Open Inference Protocol, by every front: its status and how long its sentence may be.

FeaturemapError  ->  protocol_status, shown  ->  HTTP's answer, a gRPC status
"""

from service.errors import FeaturemapError, InvalidInput, UnsupportedEncoding, UnsupportedMedia

INTERNAL = "The service failed on this request. The request_id leads to the cause in its log."
LONGEST_DETAIL = 800  # characters


def protocol_status(error: FeaturemapError) -> int:
    """The HTTP status: what is wrong in a request is 400, be it understood or not."""
    if isinstance(error, InvalidInput | UnsupportedMedia):
        return 415 if isinstance(error, UnsupportedEncoding) else 400
    return error.status


def shown(error: FeaturemapError) -> str:
    return error.message[:LONGEST_DETAIL]
