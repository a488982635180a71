"""NVIDIA's `tritonclient[http]` against a server process: every call but shared memory, trace and logging."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from tests.integration.server import serving
from tests.packages import band_picture, write_package


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InferenceServerClient]:
    folder = tmp_path_factory.mktemp("triton")
    write_package(folder / "models")
    (folder / "models" / "broken").mkdir()
    with (
        serving(folder / "models", folder / "log") as running,
        InferenceServerClient(running.address.removeprefix("http://"), concurrency=4) as connected,
    ):
        yield connected


def pixels(*bands: int) -> NDArray[np.float32]:
    return np.stack([band_picture(band) for band in bands])[:, None].astype(np.float32) / 255


def tensor(array: NDArray[np.float32], binary: bool = True, name: str = "input", datatype: str = "FP32") -> InferInput:
    given = InferInput(name, list(array.shape), datatype)
    given.set_data_from_numpy(array, binary_data=binary)
    return given


def test_health(client: InferenceServerClient) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("bands")
    assert client.is_model_ready("bands", "1")
    assert not client.is_model_ready("bands", "2")
    assert not client.is_model_ready("broken")
    assert not client.is_model_ready("nope")


def test_metadata(client: InferenceServerClient) -> None:
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    for metadata in (client.get_model_metadata("bands"), client.get_model_metadata("bands", "1")):
        assert (metadata["name"], metadata["versions"]) == ("bands", ["1"])
        assert metadata["inputs"] == [{"name": "input", "datatype": "FP32", "shape": [-1, 1, 28, 28]}]
    for config in (client.get_model_config("bands"), client.get_model_config("bands", "1")):
        assert config["max_batch_size"] == 32


def test_what_is_not_there_is_told_in_our_words(client: InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException, match=r"^\[404\] There is no such model. Known models: bands, broken"):
        client.get_model_metadata("nope")
    with pytest.raises(InferenceServerException, match=r"^\[404\] bands has no such version"):
        client.get_model_config("bands", "2")
    with pytest.raises(InferenceServerException, match=r"^\[503\] broken is not ready: config.pbtxt is missing"):
        client.infer("broken", [tensor(pixels(1))])
    with pytest.raises(InferenceServerException, match=r"^\[404\] Not Found"):
        client.get_log_settings()


def test_repository(client: InferenceServerClient) -> None:
    index = {entry["name"]: entry["state"] for entry in client.get_model_repository_index()}
    assert index == {"bands": "READY", "broken": "UNAVAILABLE"}
    for refused in (client.load_model, client.unload_model):
        with pytest.raises(InferenceServerException, match=r"^\[400\] Models are not loaded or unloaded"):
            refused("bands")


@pytest.mark.parametrize("binary_in", [False, True])
@pytest.mark.parametrize("binary_out", [None, False, True])
def test_infer(client: InferenceServerClient, binary_in: bool, binary_out: bool | None) -> None:
    outputs = None if binary_out is None else [InferRequestedOutput("probabilities", binary_data=binary_out)]
    result = client.infer(
        "bands", [tensor(pixels(3, 8), binary_in)], model_version="1", outputs=outputs, request_id="my id"
    )
    assert result.as_numpy("probabilities").argmax(axis=1).tolist() == [3, 8]
    response = result.get_response()
    assert (response["id"], response["model_name"], response["model_version"]) == ("my id", "bands", "1")
    assert ("data" in result.get_output("probabilities")) == (binary_out is False)


@pytest.mark.parametrize("binary", [False, True])
def test_classification(client: InferenceServerClient, binary: bool) -> None:
    wanted = InferRequestedOutput("probabilities", binary_data=binary, class_count=3)
    told = client.infer("bands", [tensor(pixels(3, 8))], outputs=[wanted]).as_numpy("probabilities")
    assert told.shape == (2, 3)
    firsts = [element.decode() if binary else element for element in told[:, 0]]
    assert [first.split(":")[1:] for first in firsts] == [["3", "3"], ["8", "8"]]
    assert all(len(first.split(":")[0].split(".")[1]) == 6 for first in firsts)


@pytest.mark.parametrize("sent", [None, "gzip", "deflate"])
@pytest.mark.parametrize("taken", [None, "gzip", "deflate"])
def test_compression(client: InferenceServerClient, sent: str | None, taken: str | None) -> None:
    bands = [k % 10 for k in range(60)]
    result = client.infer(
        "bands", [tensor(pixels(*bands))], request_compression_algorithm=sent, response_compression_algorithm=taken
    )
    assert result.as_numpy("probabilities").argmax(axis=1).tolist() == bands


def test_many_at_a_time_get_their_own_rows(client: InferenceServerClient) -> None:
    asked = [[k % 10, (3 * k) % 10][: 1 + k % 2] for k in range(40)]
    running = [client.async_infer("bands", [tensor(pixels(*bands))]) for bands in asked]
    answers = [call.get_result().as_numpy("probabilities").argmax(axis=1).tolist() for call in running]
    assert answers == asked


def test_a_batch_beyond_max_batch_size_is_split(client: InferenceServerClient) -> None:
    bands = [k % 10 for k in range(100)]
    result = client.infer("bands", [tensor(pixels(*bands))])
    assert result.as_numpy("probabilities").argmax(axis=1).tolist() == bands


def test_parameters(client: InferenceServerClient) -> None:
    result = client.infer("bands", [tensor(pixels(3))], timeout=5_000_000, priority=1, parameters={"mine": "x"})
    assert result.as_numpy("probabilities").argmax() == 3


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (tensor(pixels(3)[0]), "must have the shape"),
        (tensor(pixels(3), name="x"), "none of the model's"),
        (tensor(pixels(3).astype(np.float64), datatype="FP64"), "must be FP32, not FP64"),
        (tensor(pixels(3).astype(np.float16), datatype="FP16"), "must be FP32, not FP16"),
    ],
)
def test_what_does_not_fit_is_400(client: InferenceServerClient, given: InferInput, told: str) -> None:
    with pytest.raises(InferenceServerException, match=rf"^\[400\] .*{told}"):
        client.infer("bands", [given])
    with pytest.raises(InferenceServerException, match=r"^\[400\] One of the outputs is none of the model's"):
        client.infer("bands", [tensor(pixels(3))], outputs=[InferRequestedOutput("x")])


def test_statistics(client: InferenceServerClient) -> None:
    def of(*names: str) -> list[dict[str, object]]:
        return client.get_inference_statistics(*names)["model_stats"]

    before = of("bands")[0]["inference_count"]
    client.infer("bands", [tensor(pixels(3, 4, 5))])
    for stats in (of(), of("bands"), of("bands", "1")):
        assert [(entry["name"], entry["version"]) for entry in stats] == [("bands", "1")]
        assert stats[0]["inference_count"] == before + 3


def test_a_picture_in_place_of_the_tensor(client: InferenceServerClient) -> None:
    file = np.array([Path(__file__).parents[2].joinpath("docs", "digit.png").read_bytes()], object)
    result = client.infer("bands", [tensor(file, datatype="BYTES")])
    assert result.as_numpy("probabilities").shape == (1, 10)
