"""The HTTP routes: parse, delegate, answer."""
