"""Why a network answered as it did: what it looked at, how little changes its mind, how one of its numbers came about.

Pure work on arrays, but for `explainer`, which asks the model in batches like anybody else.
"""
