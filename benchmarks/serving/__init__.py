"""The service beside naive FastAPI, LitServe, BentoML, MLServer and Mosec: `python -m benchmarks.serving`."""
