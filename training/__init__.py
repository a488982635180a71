"""Trains the models of the lecture and exports them as packages that the service loads."""

import service.inference  # noqa: F401  # before onnxruntime: it turns its usage reports off
