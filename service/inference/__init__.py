"""Model packages on disk, their sessions, batches and predictions. Knows no HTTP."""

import os

# onnxruntime's official builds send usage data to their maker, and keep an identifier of the machine, unless
# this is set before the first import.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
