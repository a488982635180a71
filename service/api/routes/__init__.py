"""The HTTP routes: parse, delegate, answer. No route imports another."""
