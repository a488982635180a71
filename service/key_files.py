"""Keys that calls need: read from a file, and long enough.

file -> text -> keys, or ConfigurationError
"""

from pathlib import Path

from service.errors import ConfigurationError

_SHORTEST = 16  # characters; a shorter one can be guessed over the network
_LARGEST_FILE = 2**16  # bytes


def checked_key(key: str, what: str) -> str:
    """The key. Raises ConfigurationError where `what` (`an API key`) is short or no plain text."""
    if len(key) < _SHORTEST or not all("!" <= c <= "~" for c in key):
        raise ConfigurationError(f"{what} must be {_SHORTEST} characters or more, each a visible one of ASCII")
    return key


def read_key(file: str, option: str) -> str:
    """What the file holds. Raises ConfigurationError, which names `option`."""
    try:
        with Path(file).open("rb") as opened:
            return opened.read(_LARGEST_FILE).decode().strip()
    except OSError as error:
        raise ConfigurationError(f"{option} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{option} is no text") from None
