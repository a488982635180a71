"""How much work a picture is worth: on so many threads, for so long, and only while somebody waits for it."""

import math
import threading
import time
from dataclasses import dataclass, field

from service.errors import DeadlineExceeded


@dataclass(frozen=True, slots=True)
class Budget:
    """How much work may be done: on so many threads, until `deadline` (a time.monotonic()) or until `stop` is set."""

    threads: int = 1
    deadline: float = math.inf
    stop: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raises DeadlineExceeded where nobody waits for the result any more."""
        if self.stop.is_set() or time.monotonic() > self.deadline:
            raise DeadlineExceeded("The time of the request was up before the picture was done.")
