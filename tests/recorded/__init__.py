"""Some 700 requests over every route, and what the service answered: a change of the insides is held against it.

    requests/ -> recorder (asks a running service) -> recording, a line a request -> compare -> differences

    python -m service serve --port 8123 --execution-provider cpu
    python -m tests.recorded record before.jsonl --url http://127.0.0.1:8123
    python -m tests.recorded compare before.jsonl after.jsonl --expected tests/recorded/expected.toml

The package knows HTTP, numpy and Pillow alone and imports nothing of `service`, whose modules it outlives.
`before.jsonl.gz` is what the committed service answers; `tests/integration/test_recorded.py` asks it all again.
A change that is wanted is named in `expected.toml` with its reason, until the answers are recorded anew.
"""
