"""Bytes to pixels and back, under limits: `headers` reads what a file says of itself, `files` decodes, `png` writes."""
