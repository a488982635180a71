"""Whether this is CI: there a tool that is missing is a failure, and what many repeats make long is done in full."""

import os

ON_CI = os.environ.get("CI") == "true"
