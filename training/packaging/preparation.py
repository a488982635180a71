"""Which preparation a package was calibrated with: a digest of the code that makes a network's input of a picture.

A temperature holds for the pictures as the network saw them when it was fitted. Where the code has changed since,
`python -m training calibrate --refit` fits it anew.
"""

import ast
from functools import cache
from hashlib import sha256
from pathlib import Path

import service.imaging

_IMAGING = Path(service.imaging.__file__).parent
PARTS = (_IMAGING / "codec", _IMAGING / "preprocessing", _IMAGING / "pixels.py", _IMAGING / "boxes.py")


@cache
def preparation_digest() -> str:
    """SHA-256, in hexadecimal, of the code of codec and preprocessing that is here: of what it does, so that a comment,
    a docstring or the layout of a line does not count."""
    digest = sha256()
    for part in PARTS:
        for file in sorted(part.rglob("*.py")) if part.is_dir() else [part]:
            name = file.relative_to(part.parent).as_posix()
            digest.update(f"{name}\n{code_of(file.read_text())}\n".encode())
    return digest.hexdigest()


def code_of(source: str) -> str:
    """The syntax tree of a module as text, without places and docstrings. Raises SyntaxError."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [line for line in node.body if not _is_text(line)] or [ast.Pass()]
    return ast.dump(tree)


def _is_text(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)
