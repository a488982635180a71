"""Bodies and queries to values. Pure: no route, no app, no event loop."""
