"""Contact sheets, and numbers as visible pixels."""
