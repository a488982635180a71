"""Prints what the project needs, with versions and hashes, so that a layer of packages can be made before the code.

pyproject.toml + extras named as arguments -> names -> what needs what, from requirements.lock -> its entries -> stdout

`--without PATTERN` leaves out what is there already.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple


class Entry(NamedTuple):
    """A package of the lock: its lines, and which packages need it."""

    lines: list[str]
    needed_by: set[str]


def locked(text: str) -> dict[str, Entry]:
    """The entries by name. `# via` stands before one name or before several lines of them."""
    entries: dict[str, Entry] = {}
    entry = Entry([], set())
    for line in text.splitlines():
        if found := re.match(r"([a-z0-9][a-z0-9.-]*)==", line):
            entry = entries.setdefault(found[1], Entry([], set()))
        if line.lstrip().startswith("#"):
            entry.needed_by.update(re.findall(r"#\s+(?:via\s+)?([a-z0-9][a-z0-9.-]*)", line))
        elif line:
            entry.lines.append(line)
    return entries


def closure(wanted: set[str], entries: dict[str, Entry]) -> list[str]:
    """The names that these need, themselves among them, sorted. Raises KeyError where one is not locked."""
    found = {name: entries[name] for name in wanted}
    while more := {
        name: entry for name, entry in entries.items() if name not in found and entry.needed_by & set(found)
    }:
        found.update(more)
    return sorted(found)


def direct(project: dict[str, dict[str, list[str]]], extras: list[str]) -> set[str]:
    """The names of what the project itself asks for."""
    asked = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return {re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0].lower() for line in asked}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extras", nargs="*")
    parser.add_argument("--without", default="$", help="a pattern of names")
    options = parser.parse_args()
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    entries = locked(Path("requirements.lock").read_text())
    for name in closure(direct(project, options.extras), entries):
        if not re.fullmatch(options.without, name):
            sys.stdout.write("\n".join(entries[name].lines) + "\n")


if __name__ == "__main__":
    main()
