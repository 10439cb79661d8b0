"""Many rows in portions, so that every transaction stays short and nobody waits long."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
ROWS_AT_ONCE = 500
"""Rows of one transaction, and parameters of one query."""
LOGINS_AT_ONCE = 1000
"""Logins of one transaction, so that nobody waits long for a turn."""


def in_batches(rows: Iterable[T], size: int = ROWS_AT_ONCE) -> Iterator[list[T]]:
    """The rows in order, in lists of at most `size`."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def in_turns(rows: Iterable[T], size: int, give_way: Callable[[], None]) -> Iterator[T]:
    """The rows in order; it gives way after each `size` of them. Not inside a write transaction."""
    for batch in in_batches(rows, size):
        yield from batch
        give_way()


def hurry() -> None:
    """Gives way to nobody."""
