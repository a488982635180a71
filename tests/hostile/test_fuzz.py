"""Mutations of good and bad bodies: a result or an error of ours, of every parser. `python -m tests.hostile.fuzz` looks
for longer, and with Atheris."""

import pytest

from service.errors import InvalidInput
from tests.ci import ON_CI
from tests.hostile import fuzz

SECONDS = 8.0 if ON_CI else 0.5  # of each; a minute in all on CI


@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_whatever_the_bytes_are(target: str) -> None:
    assert [(data[:60], repr(error)) for data, error in fuzz.plainly(target, SECONDS)] == []


def test_what_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes) -> None:
        if data.startswith(b"!"):
            raise InvalidInput("told")
        data[100]  # too short

    monkeypatch.setitem(fuzz.TARGETS, "form", broken)
    fuzz.check("form", b"!")
    with pytest.raises(IndexError):
        fuzz.check("form", b"?")
    assert any(isinstance(error, IndexError) for _, error in fuzz.plainly("form", 0.5))
