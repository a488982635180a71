"""Whose fault it is where a model fails on a batch: of what was sent, or of the service."""

from service.errors import FeaturemapError, InferenceFailed, InvalidInput


def failure(model: str, free_shape: bool, any_graph: bool) -> FeaturemapError:
    """What the callers are told. A graph of a package has been run on golden samples, and fails on shapes alone, where
    it leaves them free; `any_graph` may also fail on numbers, as one that looks something up does."""
    if any_graph:
        return InvalidInput(f"{model} cannot compute with these inputs; the service's log has the cause.")
    if free_shape:
        return InvalidInput(f"{model} cannot compute with inputs of these shapes.")
    return InferenceFailed(f"{model} failed on this batch; the fault is in the service.")
