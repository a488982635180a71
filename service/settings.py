"""All settings of the service, each with its bounds.

    command line > environment (FEATUREMAP_*) > .env > default  ->  Settings, frozen

`load_settings` turns a wrong value into a sentence that names the setting; nothing here is read at import.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import ConfigurationError

PREFIX = "FEATUREMAP_"
_SHORTEST_KEY = 16  # characters; a shorter one can be guessed over the network
_LARGEST_KEY_FILE = 4096  # bytes

Limit = Annotated[int, Field(ge=1)]


class Settings(BaseSettings):
    """What an operator may choose. Sizes in bytes and pixels, times in the unit that the name says."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on; 0.0.0.0 for every one")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    grpc_port: int = Field(0, ge=0, le=65535, description="port for gRPC on the same address; 0: no gRPC")
    models: Path = Field(Path("models"), description="folder with the model packages")
    workers: int = Field(1, ge=1, le=64, description="server processes; each loads every model")
    model_control: Literal["none", "explicit", "poll"] = Field(
        "none",
        description="how models come and go while the service runs: not at all, by request with the admin key, "
        "or by what is changed in the models folder",
    )
    admin_key: SecretStr = Field(SecretStr(""), description="key that loading and unloading by request needs")
    admin_key_file: str = Field("", description="file that holds the admin key, in place of the key itself")
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
    deadline_ms: int = Field(10_000, ge=10, le=600_000, description="time a request may take once its body has arrived")
    body_timeout_ms: int = Field(30_000, ge=100, le=600_000, description="time in which a request's body must arrive")
    shutdown_grace_s: int = Field(
        20, ge=1, le=600, description="time for running requests to end when the service stops"
    )

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
            key = _read_key(Path(self.admin_key_file))
        if not key:
            raise ConfigurationError(
                f"--model-control explicit needs a key: set {PREFIX}ADMIN_KEY, or {PREFIX}ADMIN_KEY_FILE to a file "
                f"that holds it"
            )
        if len(key) < _SHORTEST_KEY or not all("!" <= c <= "~" for c in key):
            raise ConfigurationError(
                f"the admin key must be {_SHORTEST_KEY} characters or more, each a visible one of ASCII"
            )
        return key


def _read_key(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST_KEY_FILE).decode().strip()
    except OSError as error:
        raise ConfigurationError(f"--admin-key-file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError("--admin-key-file is no text") from None


def load_settings(given: Mapping[str, str] | None = None) -> Settings:
    """The settings, with `given` (from the command line) above environment, .env and defaults.

    Raises ConfigurationError with a sentence for each value that cannot be.
    """
    try:
        return Settings(**(given or {}))  # type: ignore[arg-type]  # pydantic reads the text
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise ConfigurationError("; ".join(_sentence(fault["loc"], fault) for fault in faults)) from None


def _sentence(place: tuple[int | str, ...], fault: Mapping[str, object]) -> str:
    name = str(place[0]) if place else "settings"
    option = name.replace("_", "-")
    value = str(fault["input"])[:80]
    hint = str(fault["msg"]).replace("Input should be", "it must be")
    return f"--{option} ({PREFIX}{name.upper()}) cannot be {value!r}: {hint}"
