"""The convolution lab: geometry, kernels, sequences of layers, and the trace of one pixel."""
