"""The rule that nothing inside a writing transaction waits for a worker, a device or the network.

There is one writer at a time, so whoever waits inside a transaction makes everybody wait. H8
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_thread = threading.local()


class WaitsInsideTransaction(RuntimeError):
    """A call that may take long was made inside a writing transaction: a defect of the caller."""


@contextmanager
def inside_transaction() -> Iterator[None]:
    """Marks the calling thread as one that others wait for."""
    _thread.writes = True
    try:
        yield
    finally:
        _thread.writes = False


def is_inside_transaction() -> bool:
    """Whether the calling thread is inside a writing transaction."""
    return getattr(_thread, "writes", False)


def refuse_inside_transaction(what: str) -> None:
    """Called before each wait for somebody outside. Raises WaitsInsideTransaction."""
    if is_inside_transaction():
        raise WaitsInsideTransaction(f"{what} inside a writing transaction")
