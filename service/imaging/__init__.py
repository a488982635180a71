"""Pictures: bytes to arrays to model tensors, and convolutions. numpy and Pillow, nothing else."""
