"""Picture files of every format, mode, orientation and damage, to predict and to a filter."""

from collections.abc import Iterator

from tests.recorded import files
from tests.recorded.request import Part, Request, post, post_form
from tests.recorded.requests.models import API, model

_PREDICT = f"{model('mnist_robust')}/predict"
_APPLY = f"{API}/filters/apply"


def requests() -> Iterator[Request]:
    for name, file in files.good().items():
        yield post(f"files/{name}", f"{_PREDICT}?input=true", file, "application/octet-stream")
    for name, file in files.turned().items():
        yield post(f"files/turned/{name}", f"{_PREDICT}?input=true", file, "application/octet-stream")
    for name, file in files.bad().items():
        yield post_form(f"files/bad/{name}", _PREDICT, Part("file", file, f"{name}.bin"))
    for name, file in (*files.good().items(), *files.bad().items()):
        if name not in ("too-many-bytes", "png-chunks", "jpeg-large"):  # a long upload once is enough
            yield _filtered(f"files/filtered/{name}", file)
    for name in ("jpeg-6", "jpeg-3", "png-6"):
        yield _filtered(f"files/filtered/turned-{name}", files.turned()[name])
    for name in ("png-half", "text", "png-huge"):
        yield post(
            f"files/bad/feature-maps/{name}", f"{model('mnist_cnn')}/feature-maps", files.bad()[name], "image/png"
        )


def _filtered(name: str, file: bytes) -> Request:
    return post_form(name, _APPLY, Part("file", file, "picture"), Part("filter", b"identity"))
