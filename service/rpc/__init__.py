"""The Open Inference Protocol over gRPC: parse, delegate, answer. Imported only where it is switched on."""
