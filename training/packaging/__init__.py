"""A trained run to a package on disk: export, scores, evidence, pictures, and their publication."""
