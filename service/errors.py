"""What can go wrong, named after the stage that failed. Knows no HTTP library.

    FeaturemapError
    ├── MalformedRequest       400  the body cannot be read at all
    ├── Unauthorized           401  the key that the call needs is missing or another
    ├── Forbidden              403  what the operator has not switched on
    ├── NotFound               404  no such model, version, file, sample
    │   └── UnusableEvidence   404  the package's file is there, but is not what it should be
    ├── NotAcceptable          406  the asked-for form of the answer is not served there
    ├── RequestTimeout         408  the body came too slowly
    ├── PayloadTooLarge        413  a limit was passed; carries `limit` and `actual`
    ├── HeadTooLarge           431  address and headers are too long; carries `limit`
    ├── UnsupportedMedia       415  not a picture format that is served, or an unknown body type
    │   └── UnsupportedEncoding 415 a body that is compressed in a way that is not served
    ├── InvalidInput           422  understood, but wrong
    │   ├── InvalidImage       422  a picture that is damaged
    │   └── TensorsOnly        422  a model without a package is asked about pictures
    ├── TooManyRequests        429  this caller is over its rate; carries `retry_after`
    ├── Unavailable            503  may be tried again; carries `retry_after`
    │   ├── NotReady           503  the model is known and cannot answer now
    │   └── Overloaded         503  the queue is full
    ├── StorageFailed          507  what was to be kept cannot be written, as on a full disk
    ├── DeadlineExceeded       504  the request's time ran out
    ├── InferenceFailed        500  the runtime failed on input that was checked
    ├── PackageError                a model package that must not be served
    ├── DatasetError                a data file that is missing or damaged
    └── ConfigurationError          the service cannot start as it was asked to

The message is for the one who caused the error: what was wrong, where, and what would be right. It never
holds the input itself, a path of the server or the name of a library's class.
"""

import math

_LONGEST_RETRY_S = 60


class FeaturemapError(Exception):
    """Base of all errors that the service raises on purpose.

    `status` is the HTTP status that the error stands for, `title` its name in a problem document, and
    `details` further members of that document (JSON values).
    """

    status = 500
    title = "Internal error"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class MalformedRequest(FeaturemapError):
    status = 400
    title = "Malformed request"


class Unauthorized(FeaturemapError):
    status = 401
    title = "Unauthorized"


class Forbidden(FeaturemapError):
    status = 403
    title = "Forbidden"


class NotFound(FeaturemapError):
    status = 404
    title = "Not found"


class UnusableEvidence(NotFound):
    """A file that a package recorded of its own test cannot be used. To a client it is as if it were not there:
    nothing that it sends, or sends again, makes it readable. The model itself keeps serving."""

    title = "Unusable evidence"


class NotAcceptable(FeaturemapError):
    status = 406
    title = "Not acceptable"


class RequestTimeout(FeaturemapError):
    status = 408
    title = "Request timeout"


class PayloadTooLarge(FeaturemapError):
    """A limit was passed. `limit` and `actual` are in the unit that the message names."""

    status = 413
    title = "Too large"

    def __init__(self, message: str, *, limit: int, actual: int | None = None, **details: object) -> None:
        super().__init__(message, limit=limit, actual=actual, **details)


class HeadTooLarge(FeaturemapError):
    """`limit` is in bytes."""

    status = 431
    title = "Request head too large"


class UnsupportedMedia(FeaturemapError):
    status = 415
    title = "Unsupported media type"


class UnsupportedEncoding(UnsupportedMedia):
    """Those that are served are gzip and deflate."""


class InvalidInput(FeaturemapError):
    status = 422
    title = "Invalid input"


class InvalidImage(InvalidInput):
    title = "Damaged image"


class TensorsOnly(InvalidInput):
    title = "Takes tensors only"


class TooManyRequests(FeaturemapError):
    """`retry_after` is in seconds."""

    status = 429
    title = "Too many requests"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(FeaturemapError):
    """Base of what a client may try again. `retry_after` is in seconds."""

    status = 503
    title = "Unavailable"

    def __init__(self, message: str, *, retry_after: int = 1, **details: object) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class NotReady(Unavailable):
    title = "Model not ready"


class Overloaded(Unavailable):
    """`wait_s` is how long what waits will take; nobody is told to come back later than in a minute."""

    title = "Overloaded"

    def __init__(self, message: str, *, wait_s: float = 0.0, **details: object) -> None:
        super().__init__(message, retry_after=min(max(math.ceil(wait_s), 1), _LONGEST_RETRY_S), **details)


class StorageFailed(FeaturemapError):
    status = 507
    title = "Cannot be kept"


class DeadlineExceeded(FeaturemapError):
    status = 504
    title = "Deadline exceeded"


class InferenceFailed(FeaturemapError):
    status = 500
    title = "Inference failed"


class PackageError(FeaturemapError):
    title = "Bad model package"


class DatasetError(FeaturemapError):
    title = "Bad data file"


class ConfigurationError(FeaturemapError):
    title = "Bad configuration"
