"""The command line: `record` asks a running service, `compare` holds two recordings against each other."""

import argparse
import sys
from pathlib import Path

from tests.recorded.compare import compare, read_expected, report, split_expected
from tests.recorded.recorder import read, record, write
from tests.recorded.requests import all_requests

_MOST = 5  # changes of a place


def main() -> int:
    """Gives 1 where a difference is not expected, or an expected one is not there."""
    arguments = _parser().parse_args()
    if arguments.command == "record":
        print(f"{write(record(arguments.url, all_requests()), arguments.out)} answers in {arguments.out}")
        return 0
    expected = read_expected(arguments.expected) if arguments.expected else []
    differences = compare(read(arguments.before), read(arguments.after), arguments.tolerant)
    unexpected, idle = split_expected(differences, expected)
    if unexpected:
        print(report(unexpected, None if arguments.all else _MOST))
    for entry in idle:
        print(f"expected, but not there: {entry.names} at {entry.places} ({entry.reason})")
    print(f"{len(differences)} differences, {len(unexpected)} of them not expected")
    return 1 if unexpected or idle else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.recorded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record", help="ask a running service every request")
    recording.add_argument("out", type=Path, help="the recording; gzipped where its name ends in .gz")
    recording.add_argument("--url", required=True, help="of the service, as http://127.0.0.1:8123")
    comparing = commands.add_parser("compare", help="show what differs between two recordings")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    comparing.add_argument("--expected", type=Path, help="a TOML file with the differences that are wanted")
    comparing.add_argument("--all", action="store_true", help=f"show every change of a place, not {_MOST}")
    comparing.add_argument("--tolerant", action="store_true", help="for recordings of two machines")
    return parser


if __name__ == "__main__":
    sys.exit(main())
