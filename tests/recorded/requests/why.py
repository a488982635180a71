"""Why an answer is as it is: covered patches, changed pixels, all at once, and how a number came about."""

from collections.abc import Iterator

from tests.recorded.pictures import png
from tests.recorded.request import Request, post, post_json
from tests.recorded.requests.models import model

_CALLS = {
    "occlusion": "occlusion?sample=4444",
    "occlusion/class": "occlusion?sample=4444&class=3&patch=7&stride=7",
    "occlusion/patch-beyond": "occlusion?sample=1&patch=29",
    "occlusion/class-unknown": "occlusion?sample=1&class=ten",
    "occlusion/unknown-name": "occlusion?sample=1&pixels=2",
    "flip/pixels-beyond": "flip?sample=1&pixels=11",
    "flip/sample-unknown": "flip?sample=10000",
    "trace/conv": "trace?sample=4444&layer=conv1&map=3&at=10,12",
    "trace/pool": "trace?sample=4444&layer=pool1&map=3&at=5,6",
    "trace/dense": "trace?sample=4444&layer=dense1&at=17",
    "trace/output": "trace?sample=4444&layer=probabilities&at=9",
    "trace/place-beyond": "trace?sample=4444&layer=conv1&map=3&at=26,0",
    "trace/layer-unknown": "trace?sample=4444&layer=conv9&at=0",
    "trace/at-wrong": "trace?sample=4444&layer=conv1&map=0&at=1;2",
    "no-body": "flip",
}


def requests() -> Iterator[Request]:
    for name, call in _CALLS.items():
        yield post(f"why/{name}", f"{model('mnist_cnn')}/{call}", None, None)
    yield post("why/flip", f"{model('mnist_rnn')}/flip?sample=4444", None, None)
    yield post("why/flip/none", f"{model('mnist_cnn')}/flip?sample=4444&pixels=1", None, None)
    yield post("why/trace/gates", f"{model('mnist_gru')}/trace?sample=4444&layer=gru&at=7,12", None, None)
    yield post("why/explain", f"{model('mnist_rnn')}/explain-prediction", png("digit-large"), "image/png")
    yield post("why/png", f"{model('mnist_cnn')}/occlusion?sample=4444", None, None, "image/png")
    yield post_json("why/numbers", f"{model('mnist_cnn')}/occlusion", {"instances": [[[0.25] * 28] * 28]})
    yield post("why/model-unknown", f"{model('nope')}/flip?sample=1", None, None)
