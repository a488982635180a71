"""Prints what the project needs, one requirement a line, so that a layer of packages can be made before the code.

pyproject.toml -> dependencies, and those of the extras named as arguments -> stdout
"""

import sys
import tomllib
from pathlib import Path


def main(extras: list[str]) -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    sys.stdout.write("\n".join([*project["dependencies"], *(line for extra in extras for line in optional[extra])]))


if __name__ == "__main__":
    main(sys.argv[1:])
