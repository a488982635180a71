"""Trains the models of the lecture and exports them as packages that the service loads."""
