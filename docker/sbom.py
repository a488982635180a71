"""Adds to the bill of materials of the Python packages what else is shipped: the scripts in service/web/vendor/.

CycloneDX (JSON) on stdin -> the project's own version, the vendored packages of service/web/vendored.json -> stdout
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]


def version() -> str:
    """That of service/__init__.py, which is the only place that has it."""
    (found,) = re.findall(r'^__version__ = "(.+)"$', (_ROOT / "service" / "__init__.py").read_text(), re.MULTILINE)
    return str(found)


def vendored() -> list[dict[str, Any]]:
    """A component for each package, with the hashes of its files."""
    components = []
    for package in json.loads((_ROOT / "service" / "web" / "vendored.json").read_text()):
        address = f"pkg:npm/{package['package']}@{package['version']}"
        components.append(
            {
                "type": "library",
                "bom-ref": address,
                "name": package["package"],
                "version": package["version"],
                "purl": address,
                "licenses": [{"license": {"id": package["licence"]}}],
                "components": [
                    {"type": "file", "name": name, "hashes": [{"alg": "SHA-256", "content": sha256}]}
                    for name, sha256 in package["files"].items()
                ],
            }
        )
    return components


def main() -> None:
    bill = json.load(sys.stdin)
    own = {"type": "application", "name": "featuremap", "version": version(), "licenses": [{"license": {"id": "MIT"}}]}
    described = bill.setdefault("metadata", {}).get("component", {})
    bill["metadata"]["component"] = {"bom-ref": "featuremap", **described, **own}
    others = [each for each in bill.get("components", []) if each["name"] != "featuremap"]
    bill["components"] = sorted([*others, *vendored()], key=lambda each: (each["name"].lower(), each["version"]))
    json.dump(bill, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
