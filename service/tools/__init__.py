"""Work on packages outside the server: making one of an ONNX file, judging it on pictures, asking it for answers."""
