"""What a repository needs to load what was packaged."""

from tests.service.inference.conftest import executor, heard, runtime

__all__ = ["executor", "heard", "runtime"]
