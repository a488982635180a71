"""What a model was trained on, and by which code, in words."""

import platform
import subprocess
from pathlib import Path

import torch


def hardware() -> str:
    """The GPU's name, or the processor's with the threads that torch uses."""
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    threads = torch.get_num_threads()
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"


def commit() -> str | None:
    """Git's name of the code that is here, with a + where it was changed since; None where it is in no repository."""
    here = Path(__file__).parent
    try:
        name = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=here, text=True, stderr=subprocess.DEVNULL)
        changed = subprocess.check_output(["git", "status", "--porcelain", "-uno", "."], cwd=here, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return name.strip() + ("+" if changed.strip() else "")
