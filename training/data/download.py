"""A file from its address, into memory."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pooch

Download = Callable[[str], bytes]  # address -> content; raises OSError where it does not answer


def download_file(address: str) -> bytes:
    """What is at the address. Raises OSError where it does not answer."""
    with tempfile.TemporaryDirectory() as scratch:
        part = Path(scratch) / "part"
        pooch.HTTPDownloader(progressbar=False, timeout=60)(address, str(part), None)
        return part.read_bytes()
