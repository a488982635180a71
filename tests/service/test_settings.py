"""Precedence and bounds of the settings, and the sentences about wrong ones."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.errors import ConfigurationError
from service.settings import Settings, load_settings, service_links


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


def test_an_empty_value_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As compose passes on what is not set."""
    for name in Settings.model_fields:
        monkeypatch.setenv(f"FEATUREMAP_{name.upper()}", "")
    (tmp_path / ".env").write_text("FEATUREMAP_WORKERS=\nFEATUREMAP_PORT=1001\n")
    assert load_settings() == load_settings({"port": "1001"})
    assert load_settings().workers == 1


def test_links_of_kubernetes_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATUREMAP_PORT", "tcp://10.43.0.1:8000")
    monkeypatch.setenv("FEATUREMAP_GRPC_PORT", "tcp://[fd00::1]:8001")
    monkeypatch.setenv("FEATUREMAP_PORT_8000_TCP_ADDR", "10.43.0.1")
    monkeypatch.setenv("FEATUREMAP_HOST", "0.0.0.0")
    settings = load_settings()
    assert (settings.port, settings.grpc_port, settings.host) == (8000, 0, "0.0.0.0")
    assert service_links() == {
        "FEATUREMAP_PORT": "tcp://10.43.0.1:8000",
        "FEATUREMAP_GRPC_PORT": "tcp://[fd00::1]:8001",
    }
    monkeypatch.setenv("FEATUREMAP_PORT", "tcp//10.43.0.1:8000")
    with pytest.raises(ConfigurationError, match="FEATUREMAP_PORT"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("root_path", "/digits", "/digits"),
        ("root_path", "digits/", "/digits"),
        ("root_path", "/a/b", "/a/b"),
        ("root_path", "/", ""),
        ("trusted_proxies", "10.0.0.0/8, fd00::/8,unix", "10.0.0.0/8,fd00::/8,unix"),
        ("cors_origins", "https://a.org, http://[::1]:3000", "https://a.org,http://[::1]:3000"),
        ("feedback", "kept/reports", "kept/reports"),
        ("feedback", "./no", "./no"),
    ],
)
def test_places_are_read(name: str, given: str, read: str) -> None:
    assert getattr(load_settings({name: given}), name) == read


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("root_path", "//evil.example", "a path such as /digits"),
        ("root_path", "/a/../b", "a path such as /digits"),
        ("root_path", "https://a.org/x", "a path such as /digits"),
        ("trusted_proxies", "proxy.local", "addresses or networks such as 10.0.0.0/8"),
        ("trusted_proxies", "10.0.0.5/8", "addresses or networks such as 10.0.0.0/8"),
        ("cors_origins", "https://a.org/", "without a path"),
        ("cors_origins", "a.org", "origins such as https://example.org"),
        ("feedback", "false", "a folder, or empty for none"),
        ("feedback", "None", "a folder, or empty for none"),
    ],
)
def test_places_that_are_none_are_refused(name: str, value: str, right: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({name: value})
    assert right in caught.value.message
    assert f"--{name.replace('_', '-')}" in caught.value.message
