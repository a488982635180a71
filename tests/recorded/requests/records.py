"""What is read by GET and is no work for a network: health, cards, evidence, test samples, studies, pages."""

from collections.abc import Iterator
from itertools import chain

from tests.recorded.request import Request, get
from tests.recorded.requests.models import API, MODELS, model

_EVIDENCE = ("summary", "diagram.svg", "history", "confusion", "failures", "predictions.dat")
_DRAWN = ("history", "confusion", "failures")
_FAILURES = {
    "filter-index": "true_class=4&predicted_class=9",
    "filter-label": "true_class=four",
    "filter-none": "true_class=4&predicted_class=4",
    "filter-outside": "true_class=10",
    "filter-twice": "true_class=4&true_class=9",
    "page": "offset=20&limit=5",
    "page-last": "offset=150&limit=100",
    "page-beyond": "offset=100000",
    "none": "limit=0",
    "confidence": "order=confidence&limit=20",
    "confidence-filter": "order=confidence&predicted_class=8",
    "order-unknown": "order=label",
    "limit-negative": "limit=-1",
    "limit-beyond": "limit=1001",
    "limit-word": "limit=ten",
    "offset-negative": "offset=-1",
    "unknown-name": "class=3",
    "class-long": "true_class=" + "x" * 101,
    "version": "version=1&limit=2",
    "version-unknown": "version=99",
}
_STUDIES = ("depth", "dropout", "optimizers", "recurrent")
_PAGES = ("/", "/docs", "/favicon.svg", "/icons.svg", "/still_life.jpg", "/css/base.css", "/js/store.js")
_VENDORED = "/vendor/swagger-ui/swagger-ui.css"


def requests() -> Iterator[Request]:
    return chain(_health(), _cards(), _evidence(), _failures(), _samples(), _studies(), _pages())


def _health() -> Iterator[Request]:
    for path in ("/health/live", "/health/ready", "/metrics", "/openapi.json"):
        yield get(f"health{path}", path)
    yield get("health/live/accept-nothing-served", "/health/live", "text/plain")
    yield get("health/live/unknown-name", "/health/live?verbose=1")


def _cards() -> Iterator[Request]:
    yield get("cards", f"{API}/models")
    yield get("cards/gzip", f"{API}/models", accept_encoding="gzip")
    yield get("cards/unknown-name", f"{API}/models?group=digits")
    yield get("cards/accept-png", f"{API}/models", "image/png")
    for name in MODELS:
        yield get(f"card/{name}", model(name))
    robust = model("mnist_robust")
    for version in ("1", "3", "0", "03", "newest", "", "-1", "1" * 21):
        yield get(f"card/version/{version[:8] or 'empty'}", f"{robust}?version={version}")
    for name in ("nope", "Mnist_cnn", "..", "%2e%2e", "mnist%20cnn", "m" * 500):
        yield get(f"card/unknown/{name[:12]}", model(name))
    yield get("card/unknown-name", f"{robust}?fields=name")
    for accept in ("application/json", "*/*", "application/*", "text/html", "application/json;q=0", "", "nonsense"):
        yield get(f"card/accept/{accept or 'empty'}", robust, accept)
    yield get("limits", f"{API}/limits")
    yield get("limits/unknown-name", f"{API}/limits?x=1")
    yield get("limits/accept", f"{API}/limits", "image/png")


def _evidence() -> Iterator[Request]:
    for name in MODELS:
        for part in _EVIDENCE:
            yield get(f"evidence/{name}/{part}", f"{model(name)}/{part}")
    for part in _EVIDENCE:
        address = f"{model('mnist_cnn')}/{part}"
        yield get(f"evidence/{part}/version", f"{address}?version=1")
        yield get(f"evidence/{part}/version-unknown", f"{address}?version=2")
        yield get(f"evidence/{part}/unknown-name", f"{address}?colour=red")
        yield get(f"evidence/{part}/model-unknown", f"{model('nope')}/{part}")
        yield get(f"evidence/{part}/accept-text", address, "text/csv")
    for part in _DRAWN:
        for name in ("mnist_cnn", "fashion_robust", "mnist_lstm", "mnist_neuron"):
            yield get(f"evidence/{part}/png/{name}", f"{model(name)}/{part}", "image/png")
        yield get(f"evidence/{part}/prefers-png", f"{model('mnist_cnn')}/{part}", "application/json;q=0.5,image/*")
    yield get("evidence/diagram.svg/range", f"{model('mnist_cnn')}/diagram.svg", range="bytes=0-99")
    yield get("evidence/history/gzip", f"{model('fashion_cnn')}/history", accept_encoding="gzip, br")


def _failures() -> Iterator[Request]:
    address = f"{model('mnist_cnn')}/failures"
    for name, query in _FAILURES.items():
        yield get(f"failures/{name}", f"{address}?{query}")
    yield get("failures/fashion-label", f"{model('fashion_robust')}/failures?true_class=Shirt&predicted_class=Coat")
    yield get("failures/fashion-encoded", f"{model('fashion_cnn')}/failures?true_class=T-shirt%2Ftop&limit=3")
    yield get("failures/two-classes", f"{model('mnist_deep')}/failures?true_class=even&limit=4")
    yield get("failures/png/page", f"{address}?offset=3&limit=7&order=confidence", "image/png")
    yield get("failures/png/none", f"{address}?limit=0", "image/png")
    for name in ("115.png", "115.png?scale=8", "149.png?scale=32", "115.png?version=1"):
        yield get(f"failures/{name}", f"{address}/{name}")
    for name in ("0.png", "99999.png", "-1.png", "x.png", "115", "115.png?scale=0", "115.png?scale=33", "115.png?a=1"):
        yield get(f"failures/refused/{name}", f"{address}/{name}")
    yield get("failures/picture/accept-json", f"{address}/115.png", "application/json")
    yield get("failures/picture/fashion", f"{model('fashion_robust')}/failures/23.png?scale=4")


def _samples() -> Iterator[Request]:
    for path in ("mnist/test/0", "mnist/test/9999", "fashion_mnist/test/4444"):
        yield get(f"samples/{path}", f"{API}/datasets/{path}")
        yield get(f"samples/{path}.png", f"{API}/datasets/{path}.png")
    yield get("samples/scale", f"{API}/datasets/mnist/test/5.png?scale=10")
    for path in ("mnist/test/10000", "mnist/test/-1", "mnist/test/x", "cifar10/test/0", "mnist/train/0", "mnist"):
        yield get(f"samples/refused/{path}", f"{API}/datasets/{path}")
    for path in ("10000.png", "5.png?scale=0", "5.png?scale=33", "5.png?scale=a", "5.png?size=2", "5.jpg", "5?scale=2"):
        yield get(f"samples/refused/{path}", f"{API}/datasets/mnist/test/{path}")
    yield get("samples/accept-png", f"{API}/datasets/mnist/test/5", "image/png")


def _studies() -> Iterator[Request]:
    yield get("studies", f"{API}/comparisons")
    for name in _STUDIES:
        yield get(f"studies/{name}", f"{API}/comparisons/{name}")
        yield get(f"studies/{name}/png", f"{API}/comparisons/{name}", "image/png")
    yield get("studies/gzip", f"{API}/comparisons/depth", accept_encoding="gzip")
    yield get("studies/accept-text", f"{API}/comparisons/depth", "text/html")
    yield get("studies/unknown", f"{API}/comparisons/width")
    yield get("studies/parent", f"{API}/comparisons/..%2Fmnist_cnn")
    yield get("studies/unknown-name", f"{API}/comparisons?x=1")
    yield get("studies/depth/unknown-name", f"{API}/comparisons/depth?x=1")


def _pages() -> Iterator[Request]:
    for path in (*_PAGES, _VENDORED):
        yield get(f"pages{path}", path)
        yield get(f"pages{path}/again", path, if_none_match="{etag}")
    yield get("pages/gzip", "/", accept_encoding="gzip, deflate, br")
    yield get("pages/gzip/again", "/", accept_encoding="gzip, deflate, br", if_none_match="{etag}")
    yield get("pages/other-etag", "/", if_none_match='"other"')
    yield get("pages/any-etag", "/css/base.css", if_none_match="*")
    for path in (
        "/index.html",
        "/css",
        "/css/",
        "/css/nope.css",
        "/css/../index.html",
        "/js/%2e%2e/index.html",
        "/nope",
    ):
        yield get(f"pages/refused{path}", path)
