"""Featuremap's service: small ONNX image classifiers over HTTP."""

__version__ = "0.1.0"
