"""Starts the service, asks it for a digit and for its page, and ends it: on any system, with nothing but Python.

python -m service serve --port 0 -> "listening on ..." -> predict docs/digit.png -> a 9
"""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path


def main() -> int:
    line = [sys.executable, "-m", "service", "serve", "--port", "0"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stderr is not None
        try:
            address = next(
                found[1] for line in process.stderr if (found := re.search(r"listening on (http[^\"\s]+)", line))
            )
            with Path("docs/digit.png").open("rb") as picture:
                asked = urllib.request.Request(f"{address}/api/v1/models/mnist_cnn/predict", picture.read())
            asked.add_header("Content-Type", "image/png")
            with urllib.request.urlopen(asked, timeout=60) as answer:
                label = json.load(answer)["predictions"][0]["label"]
            with urllib.request.urlopen(f"{address}/js/main.js", timeout=60) as script:
                kind = script.headers["Content-Type"]
        finally:
            process.kill()
    sys.stdout.write(f"{sys.platform} {sys.version} {label} {kind}\n")
    return 0 if label == "9" and kind.startswith("text/javascript") else 1


if __name__ == "__main__":
    sys.exit(main())
