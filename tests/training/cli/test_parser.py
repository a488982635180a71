"""The grammar of the command line."""

import subprocess
import sys
from pathlib import Path

import pytest

import training.cli
from training.cli.parser import build_parser


@pytest.mark.parametrize(("arguments", "code"), [("--help", 0), ("", 2), ("fit", 2)])
def test_who_asks_for_help_or_mistypes_a_verb_does_not_wait_for_pytorch(arguments: str, code: int) -> None:
    asked = f"""
import sys
from training.__main__ import main
try:
    main({arguments.split()!r})
except SystemExit as ended:
    print(ended.code, [name for name in ("torch", "onnx", "numpy") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == f"{code} []", done.stderr
    assert all(verb in done.stdout + done.stderr for verb in ("train", "publish", "calibrate") if arguments)


def test_each_verb_is_a_module_and_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser(["--help"]).parse_args(["--help"])
    told = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("    ")}
    shared = {"__init__", "console", "options", "parser", "progress", "side_by_side"}
    folder = Path(next(iter(training.cli.__path__)))
    assert {path.stem for path in folder.glob("*.py")} - shared <= told
    for verb in sorted({path.stem for path in folder.glob("*.py")} - shared):
        with pytest.raises(SystemExit) as ended:
            build_parser([verb]).parse_args([verb, "--help"])
        assert ended.value.code == 0
        assert f"python -m training {verb}" in capsys.readouterr().out
