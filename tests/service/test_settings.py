"""Precedence and bounds of the settings, and the sentences about wrong ones."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.errors import ConfigurationError
from service.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FEATUREMAP_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_command_line_beats_environment_beats_file_beats_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert load_settings().port == 8000
    (tmp_path / ".env").write_text("FEATUREMAP_PORT=1001\nOTHER=1\nFEATUREMAP_HOST=0.0.0.0\n")
    assert load_settings().port == 1001
    monkeypatch.setenv("FEATUREMAP_PORT", "1002")
    assert load_settings().port == 1002
    assert load_settings({"port": "1003"}).port == 1003
    assert load_settings({"port": "1003"}).host == "0.0.0.0"


def test_limits_are_those_that_the_contract_names() -> None:
    settings = load_settings()
    assert settings.max_body_bytes == 11 * 2**20
    assert settings.max_image_bytes == 10 * 2**20
    assert settings.max_pixels == 16_800_000
    assert settings.max_side == 8192
    assert settings.max_jpeg_scans == 64
    assert settings.max_instances == 256
    assert settings.max_files == 64


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "70000"),
        ("port", "tcp://10.0.0.1:80"),
        ("workers", "0"),
        ("execution_provider", "gpu"),
        ("max_pixels", "0"),
        ("log_format", "xml"),
        ("deadline_ms", "-1"),
    ],
)
def test_a_wrong_value_gives_a_sentence_with_its_names_and_what_would_be_right(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({name: value})
    assert f"--{name.replace('_', '-')}" in caught.value.message
    assert f"FEATUREMAP_{name.upper()}" in caught.value.message
    assert repr(value) in caught.value.message
    assert "must be" in caught.value.message


def test_every_wrong_value_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"--port .*--workers"):
        load_settings({"port": "x", "workers": "y"})


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().port = 1  # type: ignore[misc]


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())
