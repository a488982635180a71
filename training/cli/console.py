"""Where the verbs print."""

from rich.console import Console

console = Console(highlight=False)
