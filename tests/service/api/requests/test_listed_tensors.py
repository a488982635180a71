"""V2 requests whose one list of numbers is read alone, where what stands around it is known."""

import numpy as np
import pytest

from service.api.requests import tensors as module
from service.errors import InvalidInput, MalformedRequest
from tests.service.api.tensor_requests import parse

LIST = "[0.5, -1, 2e-3, 4, 0, 1]"
HEAD = '"name": "a", "datatype": "FP32", "shape": [2, 3]'


@pytest.mark.parametrize("text", [
    f'{{"inputs": [{{{HEAD}, "data": {LIST}}}]}}',
    f'{{"inputs":[{{"data":{LIST.replace(" ", "")},{HEAD}}}],"id":"7","parameters":{{"timeout":9}}}}',
    f'{{"id": "x", "inputs": [{{{HEAD}, "data": [[0.5, -1, 2e-3], [4, 0, 1]]}}], "outputs": [{{"name": "b"}}]}}',
    f'{{"inputs": [{{{HEAD}, "data": [[[0.5], [-1], [2e-3]], [[4], [0], [1]]]}}]}}',
    f'{{"inputs": [{{{HEAD}, "parameters": {{"data": 1}}, "data": {LIST}}}]}}',
    f'{{"inputs": [{{{HEAD.replace("FP32", "INT64")}, "data": [1, 2, 3, 4, 5, 9007199254740993]}}]}}',
])  # fmt: skip
def test_a_list_that_is_read_alone_is_what_the_whole_says(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time as the first."""
    assert (module._read_listed(text.encode()) is None) == ('"data": 1' in text)
    alone = [parse(text.encode()) for _ in range(2)]
    monkeypatch.setattr(module, "_read_listed", lambda _text: None)
    whole = parse(text.encode())
    for read in alone:
        assert (read.id, read.outputs, read.timeout_us, read.binary) == (
            whole.id, whole.outputs, whole.timeout_us, whole.binary,
        )  # fmt: skip
        assert [name for name, _ in read.inputs] == [name for name, _ in whole.inputs]
        for (_, got), (_, wanted) in zip(read.inputs, whole.inputs, strict=True):
            assert got.dtype == wanted.dtype
            np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("text", [
    f'{{"inputs": [{{{HEAD}}}], "data": {LIST}}}',
    f'{{"inputs": [{{{HEAD}, "data": []}}], "data": {LIST}}}',
    f'{{"inputs": [{{{HEAD}, "d\\u0061ta": []}}], "data": {LIST}}}',
    f'{{"inputs": [{{{HEAD}, "data": [1, 2, 3], "data": [4, 5]}}]}}',
    f'{{"inputs": [{{{HEAD}, "data": [1, 2, 3}}]}}',
    f'{{"inputs": [{{{HEAD}, "data": [1, 2, 3',
    f'{{"inputs": [{{{HEAD}, "data": [1, [2], 3, 4, 5]}}]}}',
    f'{{"inputs": [{{{HEAD}, "data": [1, "2]", 3, 4, 5, 6]}}]}}',
    f'{{"inputs": [{{{HEAD}, "data": [1, 1e300, 3, 4, 5, 6]}}]}}',
    f'{{"inputs": [{{{HEAD}, "data": [1, 2, 3, 4, 5]}}]}}',
    f'{{"inputs": [{{{HEAD}, "data": {LIST}}}, 3]}}',
    f'{{"inputs": [{{{HEAD}, "data": {LIST}}}]',
])  # fmt: skip
def test_a_list_that_is_wrong_is_told_as_the_whole_tells_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises((InvalidInput, MalformedRequest)) as alone:
        parse(text.encode())
    monkeypatch.setattr(module, "_read_listed", lambda _text: None)
    with pytest.raises((InvalidInput, MalformedRequest)) as whole:
        parse(text.encode())
    assert str(alone.value) == str(whole.value)
