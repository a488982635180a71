"""All settings of the service, each with its bounds.

    command line > environment (FEATUREMAP_*) > .env > default  ->  Settings, frozen

`load_settings` turns a wrong value into a sentence that names the setting; nothing here is read at import.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from service.errors import ConfigurationError
from service.key_files import checked_key, read_key
from service.setting_texts import as_folder, as_origins, as_prefix, as_proxies, listed

PREFIX = "FEATUREMAP_"

# Kubernetes gives each pod beside a Service named featuremap FEATUREMAP_PORT=tcp://10.43.0.1:8000, and beside one
# named featuremap-grpc FEATUREMAP_GRPC_PORT alike.
_SERVICE_LINK = re.compile("(tcp|udp|sctp)://.*")
_INSTALLED = Path(__file__).parent / "models"  # in a wheel alone: what is served where no folder is named

Limit = Annotated[int, Field(ge=1)]


class _Environment(EnvSettingsSource):
    """The environment, without what Kubernetes puts there."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        value, key, is_complex = super().get_field_value(field, field_name)
        return (None if _is_link(field_name, value) else value), key, is_complex


def _is_link(name: str, value: str | None) -> bool:
    return value is not None and name.endswith("port") and _SERVICE_LINK.fullmatch(value) is not None


def service_links() -> dict[str, str]:
    """The variables that are no settings, though named like one, with their values."""
    named = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields}
    return {key: os.environ[key] for key, name in named.items() if _is_link(name, os.environ.get(key))}


class Settings(BaseSettings):
    """What an operator may choose. Sizes in bytes and pixels, times in the unit that the name says."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field(
        "127.0.0.1", min_length=1, description="address to listen on; :: for every one, 0.0.0.0 for those of IPv4"
    )
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    unix_socket: str = Field("", description="path of a Unix socket to listen on, in place of address and port")
    grpc_port: int = Field(0, ge=0, le=65535, description="port for gRPC on the same address; 0: no gRPC")
    models: Path = Field(
        Path("models"),
        description="folder with the model packages; where there is none here, those that an installed wheel has",
    )
    root_path: Annotated[str, AfterValidator(as_prefix)] = Field(
        "", description="path prefix under which a proxy shows the service, such as /digits"
    )
    trusted_proxies: Annotated[str, AfterValidator(as_proxies)] = Field(
        "127.0.0.1,::1,unix",
        description="addresses and networks whose X-Forwarded-For, -Proto and -Prefix are believed, separated by "
        "commas; unix: who comes through the Unix socket; *: everybody",
    )
    cors_origins: Annotated[str, AfterValidator(as_origins)] = Field(
        "", description="origins whose pages may call, separated by commas; *: every one; none: no other page may"
    )
    workers: int = Field(1, ge=1, le=64, description="server processes; each loads every model")
    model_control: Literal["none", "explicit", "poll"] = Field(
        "none",
        description="how models come and go while the service runs: not at all, by request with the admin key, "
        "or by what is changed in the models folder",
    )
    admin_key: SecretStr = Field(SecretStr(""), description="key that loading and unloading by request needs")
    model_public_key: str = Field(
        "", description="file with a public key, PEM; only versions signed with it (OpenSSF Model Signing) are served"
    )
    admin_key_file: str = Field("", description="file that holds the admin key, in place of the key itself")
    api_keys: SecretStr = Field(
        SecretStr(""), description="keys that calls need, separated by commas; none: everybody may call"
    )
    api_keys_file: str = Field("", description="file with such keys, a line each, read again where it changes")
    rate_per_s: float = Field(
        0.0, ge=0, le=1e6, description="requests a second of a key, or of an address where there are none; 0: any"
    )
    rate_burst: Limit = Field(20, le=1_000_000, description="requests at once, where there is such a rate")
    feedback: Annotated[str, AfterValidator(as_folder)] = Field(
        "", description="folder in which reported pictures are kept; none: nothing is kept"
    )
    feedback_max_bytes: int = Field(
        2**30, ge=2**24, le=2**44, description="what is kept of them at most; beyond it the oldest are deleted"
    )
    feedback_max_days: int = Field(90, ge=1, le=36_500, description="for how long they are kept; then they are deleted")
    feedback_answers_s: int = Field(
        0, ge=0, le=86_400,
        description="for how long a picture that was asked about with keep=true can be reported by its request id; "
        "0: none is kept",
    )  # fmt: skip
    frame_ancestors: str = Field(
        "'self'",
        pattern=r"^[A-Za-z0-9'.:/*\-]+( [A-Za-z0-9'.:/*\-]+)*$",
        description="pages that may show the page in a frame, as in a content security policy",
    )
    serve_weights: bool = Field(
        True, description="whether the networks' files are given to who asks, as the page does to read while one draws"
    )
    repository_poll_s: float = Field(
        2.0, ge=0.1, le=3600, description="time between two looks at the models folder, where it is watched"
    )
    execution_provider: Literal["auto", "cpu", "cuda", "tensorrt", "openvino"] = Field(
        "auto",
        description="where models run; auto takes a GPU where onnxruntime has one, else OpenVINO where it has it",
    )
    intra_op_threads: int = Field(
        0,
        ge=0,
        le=256,
        description="threads of one inference; 0: as the package says, else a share of the usable CPUs",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level logged")
    log_format: Literal["auto", "json", "plain"] = Field(
        "auto", description="form of a log line; auto is plain on a terminal, else JSON"
    )
    otlp_endpoint: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="address of an OpenTelemetry collector, OTLP over HTTP; none: no traces",
    )
    access_log: bool = Field(True, description="log a line for each request")
    access_log_share: float = Field(
        1.0, ge=0, le=1, description="share of the answers below 400 that get their line; the others all do"
    )

    max_body_bytes: Limit = Field(11 * 2**20, le=2**30, description="largest request body")
    max_body_bytes_in_flight: Limit = Field(
        256 * 2**20, le=2**36, description="bodies held at a time by a process; beyond it requests get 503"
    )
    max_image_bytes: Limit = Field(10 * 2**20, le=2**30, description="largest picture file")
    max_pixels: Limit = Field(16_800_000, le=2**28, description="most pixels of a picture")
    max_side: Limit = Field(8192, le=2**16, description="longest side of a picture in pixels")
    max_jpeg_scans: Limit = Field(64, le=4096, description="most scans of a JPEG file")
    max_jpeg_pixels: Limit = Field(
        51_000_000, le=2**28, description="most pixels of a JPEG file of one scan that is shrunk while it is decoded"
    )
    max_jpeg_side: Limit = Field(16_384, le=65_500, description="longest side of such a JPEG file")
    max_instances: Limit = Field(
        256, le=4096, description="most instances of a JSON body, and rows of a batch of tensors"
    )
    max_files: Limit = Field(64, le=1024, description="most files of a multipart body")
    queue_size: int = Field(
        0, ge=0, le=1_000_000, description="requests that wait for a model; 0: as its config.pbtxt says"
    )
    queue_ms: int = Field(
        1_000, ge=10, le=600_000, description="work that waits for a model at most, as its batches have shown; then 503"
    )
    deadline_ms: int = Field(10_000, ge=10, le=600_000, description="time a request may take once its body has arrived")
    max_head_bytes: int = Field(
        32 * 2**10, ge=1024, le=2**20, description="largest head of a request: address and headers"
    )
    max_connections: int = Field(
        4096,
        ge=16,
        le=1_000_000,
        description="connections at a time of a process; beyond it idle ones are closed first",
    )
    head_timeout_ms: int = Field(5_000, ge=100, le=600_000, description="time in which a request's head must arrive")
    body_timeout_ms: int = Field(
        10_000,
        ge=100,
        le=600_000,
        description="time in which its body must arrive, or enough of it to wait as long again",
    )
    write_timeout_ms: int = Field(
        10_000, ge=100, le=600_000, description="time in which an answer must be read, or enough of it, likewise"
    )
    min_bytes_per_s: int = Field(
        16_384,
        ge=1,
        le=2**30,
        description="bytes a second that are enough, of a body that comes or an answer that goes",
    )
    keep_alive_s: int = Field(
        75, ge=1, le=3600, description="time for which a connection without a request is kept; longer than a proxy's"
    )
    shutdown_grace_s: int = Field(
        8,
        ge=1,
        le=600,
        description="time for running requests to end when the service stops; a second later it is gone",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _Environment(settings_cls), dotenv_settings

    def read_admin_key(self) -> str | None:
        """The key that loading and unloading need, or None where no request may do either.

        Raises ConfigurationError where there is none, its file cannot be read, or it is short.
        """
        if self.model_control != "explicit":
            return None
        key = self.admin_key.get_secret_value()
        if self.admin_key_file:
            if key:
                raise ConfigurationError("give either --admin-key or --admin-key-file, not both")
            key = read_key(self.admin_key_file, "--admin-key-file")
        if not key:
            raise ConfigurationError(
                f"--model-control explicit needs a key: set {PREFIX}ADMIN_KEY, or {PREFIX}ADMIN_KEY_FILE to a file "
                f"that holds it"
            )
        return checked_key(key, "the admin key")

    def read_api_keys(self) -> list[str]:
        """The keys that calls need; none where everybody may call.

        Raises ConfigurationError where their file cannot be read or holds none, or one is short.
        """
        keys = listed(self.api_keys.get_secret_value())
        if self.api_keys_file:
            if keys:
                raise ConfigurationError("give either --api-keys or --api-keys-file, not both")
            keys = read_key(self.api_keys_file, "--api-keys-file").split()
            if not keys:
                raise ConfigurationError("--api-keys-file holds no key")
        if keys and self.grpc_port:
            raise ConfigurationError("API keys hold for HTTP alone; leave --grpc-port at 0 where calls need one")
        return [checked_key(key, "an API key") for key in keys]


def load_settings(given: Mapping[str, str] | None = None) -> Settings:
    """The settings, with `given` (from the command line) above environment, .env and defaults.

    Raises ConfigurationError with a sentence for each value that cannot be.
    """
    try:
        settings = Settings(**(given or {}))  # type: ignore[arg-type]  # pydantic reads the text
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise ConfigurationError("; ".join(_sentence(fault["loc"], fault) for fault in faults)) from None
    if "models" not in settings.model_fields_set and not settings.models.is_dir() and _INSTALLED.is_dir():
        return settings.model_copy(update={"models": _INSTALLED})
    return settings


def _sentence(place: tuple[int | str, ...], fault: Mapping[str, object]) -> str:
    name = str(place[0]) if place else "settings"
    option = name.replace("_", "-")
    value = str(fault["input"])[:80]
    hint = str(fault["msg"]).replace("Input should be", "it must be")
    return f"--{option} ({PREFIX}{name.upper()}) cannot be {value!r}: {hint}"
