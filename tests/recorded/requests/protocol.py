"""HTTP itself: methods, unknown addresses, heads that are odd or wrong, bodies beyond their limit."""

from collections.abc import Iterator

from tests.recorded.pictures import png
from tests.recorded.request import Request, get
from tests.recorded.requests.models import API, model

_ADDRESSES = (
    "/",
    "/health/live",
    "/metrics",
    "/openapi.json",
    f"{API}/models",
    model("mnist_cnn"),
    f"{model('mnist_cnn')}/predict",
    f"{model('mnist_cnn')}/failures/115.png",
    f"{API}/filters/apply",
    "/css/base.css",
    "/nope",
)
_METHODS = ("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH")
_UNKNOWN = (
    "/api",
    "/api/v1",
    f"{API}/",
    f"{API}/models/",
    "/api/v2/models",
    f"{API}/models/mnist_cnn/",
    f"{API}/models/mnist_cnn/predict/",
    f"{API}/models//predict",
    f"{API}//models",
    "//api/v1/models",
    "/API/V1/MODELS",
    "/redoc",
    "/docs/",
    "/health",
    "/health/",
    "/%00",
    "/%ff",
    "/..%2f..%2fetc/passwd",
    "/.env",
    "/" + "a" * 2000,
)


def requests() -> Iterator[Request]:
    for path in _ADDRESSES:
        for method in _METHODS:
            if (method, path) == ("HEAD", "/metrics"):  # its length grows with what has been counted
                continue
            yield Request(f"methods/{method}{path}", method, path, (), b"" if method in ("POST", "PUT") else None)
    yield Request("methods/TRACE", "TRACE", "/")
    yield Request("methods/BREW", "BREW", "/")
    yield Request("methods/GET/predict", "GET", f"{model('mnist_cnn')}/predict")
    yield Request("methods/GET/predict-several", "GET", f"{API}/predict?models=mnist_cnn")
    yield Request("methods/GET/apply", "GET", f"{API}/filters/apply")
    yield Request("methods/GET/feature-maps", "GET", f"{model('mnist_cnn')}/feature-maps?sample=1")
    for path in _UNKNOWN:
        yield get(f"addresses{path[:60]}", path)
    yield from _heads()


def _heads() -> Iterator[Request]:
    predict, file = f"{model('mnist_cnn')}/predict", png("digit")
    for name, identity in {"own": "my-id_1.2:3/4+5=", "long": "i" * 129, "spaces": "a b", "markup": "<b>"}.items():
        yield get(f"heads/request-id/{name}", f"{API}/nope", x_request_id=identity)
    yield get("heads/origin", f"{API}/limits", origin="https://example.com")
    preflight = (("origin", "https://example.com"), ("access-control-request-method", "POST"))
    yield Request("heads/preflight", "OPTIONS", predict, preflight)
    yield get("heads/forwarded", f"{API}/limits", x_forwarded_proto="https", x_forwarded_host="example.com")
    yield get("heads/get-with-type", f"{API}/limits", content_type="application/json")
    yield Request("heads/get-with-body", "GET", f"{API}/limits", (), b"body")
    for accept in ("application/json, image/png", "image/png, application/json", "image/*", "*/*;q=0", "a/b;q=x, */*"):
        yield get(f"heads/accept/{accept}", f"{model('mnist_neuron')}/kernels", accept)
    yield Request("heads/length/beyond", "POST", predict, (("content-length", "12000000"),), None)
    yield Request("heads/length/word", "POST", predict, (("content-length", "many"),), None)
    yield Request("heads/length/negative", "POST", predict, (("content-length", "-5"),), None)
    upper = (("CONTENT-TYPE", "IMAGE/PNG"), ("ACCEPT", "Application/JSON"))
    yield Request("heads/upper-case", "POST", predict, upper, file)
    yield Request("heads/two-accepts", "POST", predict, (("accept", "image/png"), ("accept", "*/*")), file)
