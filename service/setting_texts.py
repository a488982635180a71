"""Settings that are texts of a form of their own: a path prefix, proxies, origins, a folder, lists.

text of a setting -> checked and brought into one form, or an error that says what would be right
"""

import ipaddress
import re

from pydantic_core import PydanticCustomError

_PREFIX_PATH = re.compile("(/[A-Za-z0-9._~-]+)*")
_YES_OR_NO = frozenset(("true", "false", "yes", "no", "on", "off", "none", "0", "1"))
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:_]+")


def clean_prefix(text: str) -> str | None:
    """A path prefix as `/digits`, empty for none; None where the text is no prefix."""
    path = text.removesuffix("/")
    path = path if path.startswith("/") or not path else f"/{path}"
    # Whole segments of plain letters: nothing that a browser would read as another server, or as a way up.
    return path if _PREFIX_PATH.fullmatch(path) and not {".", ".."} & {*path.split("/")} else None


def as_prefix(text: str) -> str:
    if (prefix := clean_prefix(text)) is None:
        raise PydanticCustomError("prefix", "it must be a path such as /digits")
    return prefix


def listed(text: str) -> list[str]:
    """The values of a setting that holds several, separated by commas."""
    return [value for part in text.split(",") if (value := part.strip())]


def as_proxies(text: str) -> str:
    for proxy in listed(text):
        try:
            if proxy not in ("*", "unix"):
                ipaddress.ip_network(proxy)
        except ValueError:
            raise PydanticCustomError(
                "proxies", "it must be addresses or networks such as 10.0.0.0/8, separated by commas, or unix, or *"
            ) from None
    return ",".join(listed(text))


def as_origins(text: str) -> str:
    if not all(origin == "*" or _ORIGIN.fullmatch(origin) for origin in listed(text)):
        raise PydanticCustomError(
            "origins", "it must be origins such as https://example.org, separated by commas and without a path, or *"
        )
    return ",".join(listed(text))


def as_folder(text: str) -> str:
    """A folder's name, empty for none. What is meant as yes or no would make a folder of that name; `./no` is one."""
    if text.strip().lower() in _YES_OR_NO:
        raise PydanticCustomError("folder", "it must be a folder, or empty for none")
    return text
