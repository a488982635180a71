"""American spellings of what the contract names in British ones: center, gray, colour's `color`."""

_BRITISH = {"center": "centre", "gray": "grey", "colour": "color"}  # the field of that name is CSS's own word


def as_named(word: object) -> object:
    """The contract's own spelling of a value or a field's name; anything else as it is."""
    return _BRITISH.get(word, word) if isinstance(word, str) else word
