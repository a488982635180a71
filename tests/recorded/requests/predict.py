"""POST predict: scenes to every model, the query's names, several models, and the forms that a body may have."""

from collections.abc import Iterator
from itertools import chain

from tests.recorded.pictures import png, scenes
from tests.recorded.request import FORM, Part, Request, form, parts_body, post, post_form
from tests.recorded.requests.models import API, MODELS, model

_FOR_ALL = ("digit", "digit-dark-ink", "paper", "garment-photo", "row-of-three", "blank-black")
_FOR_ROBUST = ("mnist_robust", "fashion_robust")
_QUERIES = {
    "top-1": "top_k=1",
    "top-10": "top_k=10",
    "top-1000": "top_k=1000",
    "top-0": "top_k=0",
    "top-1001": "top_k=1001",
    "top-word": "top_k=all",
    "top-empty": "top_k=",
    "input": "input=true",
    "input-1": "input=1",
    "input-word": "input=maybe",
    "explain-and-input": "explain=true&input=true&top_k=2",
    "explain-none": "explain=true&preprocess=none",
    "explain-turned": "explain=true&rotate=90&polarity=dark_on_light&box=50,30,200,180",
    "dark": "polarity=dark_on_light",
    "light": "polarity=light_on_dark",
    "polarity-word": "polarity=auto",
    "rotate-0": "rotate=0",
    "rotate-90": "rotate=90",
    "rotate-180": "rotate=180",
    "rotate-270": "rotate=270",
    "rotate-45": "rotate=45",
    "box": "box=80,50,140,140",
    "box-of-one": "box=80,50,1,1",
    "box-of-none": "box=80,50,0,10",
    "box-beyond": "box=300,200,100,100",
    "box-outside": "box=4000,4000,10,10",
    "box-three": "box=1,2,3",
    "box-negative": "box=-1,0,10,10",
    "box-words": "box=a,b,c,d",
    "box-turned": "box=50,80,140,140&rotate=90",
    "none": "preprocess=none&input=true",
    "preprocess-word": "preprocess=digit",
    "version": "version=3",
    "version-unknown": "version=99",
    "version-long": "version=" + "3" * 21,
    "unknown-name": "topk=3",
    "twice": "top_k=1&top_k=5",
    "several-faults": "top_k=0&rotate=1&size=3",
}
_SEVERAL = {
    "two": "models=mnist_cnn,mnist_robust",
    "all": f"models={','.join(MODELS)}",
    "spaces": "models=mnist_cnn,%20mnist_gru,,mnist_cnn",
    "one-unknown": "models=mnist_cnn,nope",
    "all-unknown": "models=nope,neither",
    "two-data-sets": "models=mnist_robust,fashion_robust&top_k=2&explain=true&input=true",
    "version": "models=mnist_robust,mnist_cnn&version=3",
    "none": "models=",
    "missing": "top_k=3",
    "too-many": f"models={','.join(f'm{i}' for i in range(65))}",
    "too-long": f"models={'m' * 5001}",
    "twice": "models=mnist_cnn&models=mnist_gru",
    "unknown-name": "models=mnist_cnn&model=mnist_gru",
}
_NAMES = {
    "umlaut": "zw\u00f6lf.png",
    "narrow-space": "Screenshot 10.32.07\u202fAM.png",
    "no-break-space": "a\u00a0b.png",
    "ideographic": "\u753b\u50cf\u3000\uff11.png",
    "joined": "\U0001f468\u200d\U0001f469.png",
    "path": "..\\..\\etc/passwd",
    "long": "n" * 300,
    "quoted": 'a\\"b.png',
    "control": "a\tb.png",
    "empty": "",
}


def requests() -> Iterator[Request]:
    return chain(_scenes(), _queries(), _several(), _bodies(), _forms())


def _scenes() -> Iterator[Request]:
    for name in MODELS:
        for scene in _FOR_ALL:
            # What clothes a digit resembles is a matter of the last digits.
            shown = scene.replace("digit", "garment") if name.startswith("fashion") else scene
            yield _picture(f"predict/{name}/{shown}", f"{model(name)}/predict", shown)
    for name in _FOR_ROBUST:
        for scene in scenes():
            if not (name.startswith("fashion") and scene.startswith("digit")):
                address = f"{model(name)}/predict?explain=true&input=true"
                yield _picture(f"predict/explained/{name}/{scene}", address, scene)


def _queries() -> Iterator[Request]:
    for name, query in _QUERIES.items():
        yield _picture(f"predict/query/{name}", f"{model('mnist_robust')}/predict?{query}", "paper")
    yield _picture("predict/query/box-garment", f"{model('fashion_cnn')}/predict?box=40,40,220,220", "garment-photo")
    yield _picture("predict/model-unknown", f"{model('nope')}/predict", "digit")


def _several() -> Iterator[Request]:
    for name, query in _SEVERAL.items():
        yield _picture(f"predict/several/{name}", f"{API}/predict?{query}", "row-of-three")
    yield _picture("predict/several/no-query", f"{API}/predict", "digit")
    yield post("predict/several/unknown-and-no-body", f"{API}/predict?models=nope", None, None)
    yield post("predict/several/bad-picture", f"{API}/predict?models=mnist_cnn,fashion_cnn", b"text", "image/png")


def _bodies() -> Iterator[Request]:
    address, file = f"{model('mnist_cnn')}/predict", png("digit-large")
    for kind in ("image/png", "image/jpeg", "image/x-unknown", "application/octet-stream", "IMAGE/PNG; q=1", None):
        yield post(f"predict/body/raw/{kind}", address, file, kind)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/mixed", "png", ";"):
        yield post(f"predict/body/refused/{kind}", address, file, kind)
    for kind in ("image/png", "application/json", FORM, None):
        yield post(f"predict/body/empty/{kind and kind.partition(';')[0]}", address, b"", kind)
    yield post("predict/body/none", address, None, None)
    yield Request("predict/body/gzip", "POST", address, (("content-encoding", "gzip"),), file)
    yield Request("predict/body/identity", "POST", address, (("content-encoding", "identity"),), file)
    yield Request("predict/body/chunked", "POST", address, (("content-type", "image/png"),), file, chunked=True)
    yield Request("predict/body/expects", "POST", address, (("expect", "100-continue"),), file)
    for accept in ("application/json", "image/png", "text/html,*/*;q=0.1", "application/json;q=0"):
        yield post(f"predict/accept/{accept}", address, file, "image/png", accept)
    yield post("predict/accept-encoding", address, file, "image/png", "*/*")


def _forms() -> Iterator[Request]:
    address, file = f"{model('mnist_cnn')}/predict", png("digit")
    one = Part("file", file, "seven.png")
    several = [Part("file", png(scene), f"{scene}.png") for scene in ("digit", "paper", "row-of-three", "blank-large")]
    yield post_form("predict/form/one", address, one)
    yield post_form("predict/form/several", address, *several)
    yield post_form("predict/form/several/explained", f"{address}?explain=true&input=true", *several)
    yield post_form("predict/form/several/one-bad", address, one, Part("file", b"text", "bad.txt"))
    yield post_form("predict/form/several/one-empty", address, one, Part("file", b"", "empty.png"))
    yield post_form("predict/form/several/none-chosen", address, one, Part("file", b"", ""))
    yield post_form("predict/form/64", address, *[one] * 64)
    yield post_form("predict/form/65", address, *[one] * 65)
    yield post_form("predict/form/other-name", address, Part("image", file, "seven.png"))
    yield post_form("predict/form/beside", address, one, Part("comment", b"hello"))
    yield post_form("predict/form/field-not-file", address, Part("file", file))
    yield post_form("predict/form/no-parts", address)
    for name, filename in _NAMES.items():
        yield post_form(f"predict/form/filename/{name}", address, Part("file", file, filename))
    star = b"Content-Disposition: form-data; name=\"file\"; filename*=utf-8''%D1%84.png\r\n\r\n"
    yield post("predict/form/filename/star", address, parts_body([star + file]), FORM)
    yield post("predict/form/no-name", address, parts_body([b"Content-Disposition: form-data\r\n\r\n" + file]), FORM)
    yield post("predict/form/no-disposition", address, parts_body([b"X-Other: 1\r\n\r\n" + file]), FORM)
    yield post("predict/form/no-boundary", address, form([one]), "multipart/form-data")
    yield post("predict/form/other-boundary", address, form([one]), "multipart/form-data; boundary=other")
    yield post("predict/form/quoted-boundary", address, form([one]), FORM.replace("boundary=", 'boundary="') + '"')
    yield post("predict/form/not-closed", address, form([one])[:-60], FORM)
    yield post("predict/form/no-form", address, b"just text", FORM)
    yield post("predict/form/preamble", address, b"preamble\r\n" + form([one]), FORM)
    yield post("predict/form/line-feeds", address, form([Part("file", b"x")]).replace(b"\r\n", b"\n"), FORM)


def _picture(name: str, path: str, scene: str) -> Request:
    return post(name, path, png(scene), "image/png")
