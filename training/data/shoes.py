"""Which kind of shoe the photographs of the class `shoes` show: labelled by hand, as the set does not tell."""

SHOES: dict[str, str] = {}
