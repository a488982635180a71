"""What lies on disk: the manifest, Triton's configuration, the recorded evidence, and weights. Knows no session."""
