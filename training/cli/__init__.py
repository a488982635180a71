"""The training command line: a module a verb, each with its own arguments.

arguments -> parser() -> the verb's `run`
"""
