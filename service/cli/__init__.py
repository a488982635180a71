"""The command line, a module a verb. Each has `add`, which says what it takes, and a function that does it."""
