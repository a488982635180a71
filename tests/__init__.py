"""Tests of the project, in the folders of what they test."""

import service.inference  # noqa: F401  # before onnxruntime: it turns its usage reports off
