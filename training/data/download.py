"""A file from its address, into memory, and the first of several that is the right one."""

import errno
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import pooch

from service.errors import DatasetError

Download = Callable[[str], bytes]  # address -> content; raises OSError where it does not answer
_Read = TypeVar("_Read")
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)  # no other address can help


def download_file(address: str) -> bytes:
    """What is at the address. Raises OSError where it does not answer."""
    with tempfile.TemporaryDirectory() as scratch:
        part = Path(scratch) / "part"
        pooch.HTTPDownloader(progressbar=False, timeout=60)(address, str(part), None)
        return part.read_bytes()


def first_good(sources: Iterable[Path | str], read: Callable[[bytes], _Read], download: Download) -> _Read:
    """What `read` makes of the first file or address that holds what it should; `read` raises DatasetError for others.

    Raises DatasetError that says of each what is wrong with it, where none is good, and OSError where there is no room
    to download.
    """
    reasons = []
    for source in sources:
        try:
            return read(download(source) if isinstance(source, str) else source.read_bytes())
        except DatasetError as error:
            reasons.append(f"{source}: {error}")
        except OSError as error:  # what the network raises: requests' errors are OSErrors
            if error.errno in _DISK:
                raise
            told = "did not answer" if isinstance(source, str) else "cannot be read"
            reasons.append(f"{source} {told} ({type(error).__name__})")
    raise DatasetError("; ".join(reasons))
