"""A clock that a test sets."""

from datetime import datetime

from tests.store.made import NOW


class FakeClock:
    """Says what a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now
