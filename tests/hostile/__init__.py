"""Requests of strangers who mean no good, and of clients that are broken."""
