"""The data sets: which files there are and their checksums, where they come from, how they are split."""
