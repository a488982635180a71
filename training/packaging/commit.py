"""The code that a model was trained by, by git's name."""

import subprocess
from pathlib import Path


def commit() -> str | None:
    """Git's name of the code that is here, with a + where it was changed since; None where it is in no repository."""
    here = Path(__file__).parent
    try:
        name = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=here, text=True, stderr=subprocess.DEVNULL)
        changed = subprocess.check_output(["git", "status", "--porcelain", "-uno", "."], cwd=here, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return name.strip() + ("+" if changed.strip() else "")
