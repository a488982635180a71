"""Which execution provider runs, by an onnxruntime that claims to have others, with real sessions on the CPU."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from service.errors import ConfigurationError
from service.inference.loader import Runtime
from service.inference.repository import Repository
from service.inference.runtime import session as sessions
from service.inference.runtime.binding import can_bind, run_bound
from service.inference.runtime.providers import ExecutionProvider, choose_provider
from service.inference.runtime.session import Session
from service.inference.runtime.tensors import DATATYPES
from tests.graphs import echo_graph, sum_graph
from tests.service.inference.conftest import Heard

CUDA, TENSORRT, OPENVINO, CPU = (
    f"{name}ExecutionProvider" for name in ("CUDA", "Tensorrt", "OpenVINO", "CPU")
)  # fmt: skip
Real = ort.InferenceSession


class Claims:
    """An onnxruntime that lists `listed`, of which `broken` do not start. `chains` are what it was asked for."""

    def __init__(self, listed: list[str], broken: tuple[str, ...] = ()) -> None:
        self.listed = listed
        self.broken = broken
        self.chains: list[list[tuple[str, dict[str, str]]]] = []

    def session(self, model: Any, options: Any, providers: list[tuple[str, dict[str, str]]], **more: Any) -> Any:
        self.chains.append(providers)
        claims = self
        real = Real(model, options, providers=[CPU], **more)

        class Claimed:
            """The real session, which says that it runs on what it was asked for."""

            def __getattr__(self, name: str) -> Any:
                return getattr(real, name)

            def get_providers(self) -> list[str]:
                return [name for name, _ in providers if name not in claims.broken]

        return Claimed()


@pytest.fixture
def claim(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Claims]:
    def claimed(*listed: str, broken: tuple[str, ...] = ()) -> Claims:
        claims = Claims([*listed, CPU], broken)
        monkeypatch.setattr(ort, "get_available_providers", lambda: claims.listed)
        monkeypatch.setattr(ort, "InferenceSession", claims.session)
        monkeypatch.setattr(ort, "preload_dlls", lambda: None, raising=False)
        return claims

    return claimed


Claim = Callable[..., Claims]


@pytest.mark.parametrize(
    ("listed", "broken", "chosen"),
    [
        ([TENSORRT, CUDA], (), "cuda"),  # TensorRT builds engines for minutes, and is taken by name alone
        ([OPENVINO], (), "openvino"),
        ([CUDA, OPENVINO], (), "cuda"),
        ([CUDA, OPENVINO], (CUDA,), "openvino"),
        ([CUDA], (CUDA,), "cpu"),
        ([], (), "cpu"),
    ],
)
def test_auto_takes_the_first_that_starts(
    claim: Claim, listed: list[str], broken: tuple[str, ...], chosen: str
) -> None:
    claim(*listed, broken=broken)
    found = choose_provider("auto")
    assert (found.requested, found.in_use) == ("auto", chosen)
    assert found.reason


def test_the_reason_for_the_cpu_names_what_failed(claim: Claim) -> None:
    claim(CUDA, broken=(CUDA,))
    assert choose_provider("auto").reason == (
        "onnxruntime has cuda support, but could not start it: no usable GPU, driver or CUDA library"
    )


@pytest.mark.parametrize(
    ("requested", "chain"),
    [("cuda", [CUDA, CPU]), ("tensorrt", [TENSORRT, CUDA, CPU]), ("openvino", [OPENVINO, CPU])],
)
def test_what_it_cannot_run_goes_to_the_next_node_by_node(
    claim: Claim, requested: Any, chain: list[str], tmp_path: Path
) -> None:
    claims = claim(TENSORRT, CUDA, OPENVINO)
    provider = choose_provider(requested)
    assert provider == ExecutionProvider(requested, requested, f"{requested} was asked for")
    Session(sum_graph(tmp_path / "model.onnx"), provider, threads=3)
    assert [name for name, _ in claims.chains[-1]] == chain
    options = dict(claims.chains[-1])
    assert options[CPU] == {}
    if requested == "openvino":
        assert options[OPENVINO]["num_of_threads"] == "3"


@pytest.mark.parametrize("requested", ["cuda", "tensorrt", "openvino"])
@pytest.mark.parametrize("broken", [False, True])
def test_one_by_name_that_cannot_be_used_is_refused_with_what_to_install(
    claim: Claim, requested: Any, broken: bool
) -> None:
    has = (TENSORRT, CUDA, OPENVINO)
    claim(*has, broken=has) if broken else claim()
    with pytest.raises(ConfigurationError) as caught:
        choose_provider(requested)
    told = "could not start it" if broken else f"the installed onnxruntime has no {requested} support"
    assert told in caught.value.message
    needed = "pip install onnxruntime-openvino" if requested == "openvino" else "pip install 'featuremap[gpu]'"
    assert needed in caught.value.message


def test_a_model_that_a_gpu_does_not_take_runs_on_the_cpu_and_says_so(claim: Claim, tmp_path: Path) -> None:
    claims, graph = claim(CUDA), sum_graph(tmp_path / "model.onnx")
    provider = choose_provider("auto")
    claims.broken = (CUDA,)
    used = Session(graph, provider).execution_provider
    assert (used.in_use, used.reason) == ("cpu", "onnxruntime could not use cuda for this model")
    with pytest.raises(ConfigurationError, match="cuda was asked for, but onnxruntime runs on cpu"):
        Session(graph, ExecutionProvider("cuda", "cuda", ""))


@pytest.mark.parametrize("datatype", [name for name in DATATYPES if name != "BYTES"])
def test_a_bound_run_gives_what_a_plain_one_does(datatype: str, tmp_path: Path) -> None:
    real = Real(str(echo_graph(tmp_path / "model.onnx", datatype)), providers=[CPU])
    sent = np.array([[0, 1, 1], [1, 0, 1]]).astype(DATATYPES[datatype])[:, ::2]  # not contiguous
    (back,) = run_bound(real, {"sent": sent}, ["back"], "cpu")
    assert back.dtype == sent.dtype
    assert back.tolist() == sent.tolist()


@pytest.mark.parametrize(("requested", "bound"), [("cuda", True), ("tensorrt", True), ("openvino", False)])
def test_tensors_are_bound_to_a_gpu_and_nowhere_else(
    claim: Claim, requested: Any, bound: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(TENSORRT, CUDA, OPENVINO)
    devices: list[str] = []

    def on_the_cpu(session: Any, inputs: Any, outputs: Any, device: str) -> Any:
        devices.append(device)
        return run_bound(session, inputs, outputs, "cpu")

    monkeypatch.setattr(sessions, "run_bound", on_the_cpu)
    session = Session(sum_graph(tmp_path / "model.onnx"), choose_provider(requested))
    ones = np.ones((2, 3), np.float32)
    assert [rows.tolist() for rows in session.infer((ones, 2 * ones))] == [[[3.0] * 3] * 2, [[2.0] * 3] * 2]
    assert devices == (["cuda"] if bound else [])
    text = Session(echo_graph(tmp_path / "text.onnx", "BYTES"), choose_provider(requested))
    assert text.infer((np.array([["a"]], object),))[0].tolist() == [["a"]]
    assert len(devices) == bound  # texts stay on the CPU
    assert not can_bind([np.array(["a"], object)])


@pytest.mark.parametrize(
    ("kind", "used", "notes"),
    [("KIND_AUTO", "cuda", 0), ("KIND_GPU", "cuda", 0), ("KIND_CPU", "cpu", 0)],
)
def test_the_kind_of_config_pbtxt_holds(
    claim: Claim, models: Path, runtime: Runtime, heard: Heard, kind: str, used: str, notes: int
) -> None:
    claim(CUDA)
    config = models / "bands" / "config.pbtxt"
    config.write_text(config.read_text().replace("KIND_AUTO", kind))
    repository = Repository(models, Runtime(choose_provider("auto"), runtime.executor, heard, threads=1))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sessions, "run_bound", lambda s, i, o, _: run_bound(s, i, o, "cpu"))
        repository.load_all()
    model = repository.get("bands")
    assert model.session.execution_provider.in_use == used
    assert heard.providers == {("bands", "1"): used}
    assert len(model.notes) == notes


def test_a_gpu_that_config_pbtxt_asks_for_and_that_is_not_there_is_said(models: Path, runtime: Runtime) -> None:
    config = models / "bands" / "config.pbtxt"
    config.write_text(config.read_text().replace("KIND_AUTO", "KIND_GPU"))
    repository = Repository(models, runtime)
    repository.load_all()
    (note,) = repository.get("bands").notes
    assert note == "KIND_GPU of config.pbtxt is not followed: it runs on cpu, since the CPU was asked for"
