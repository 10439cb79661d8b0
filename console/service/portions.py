"""Many rows in parts, so that every transaction stays short."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
ROWS_AT_ONCE = 500
"""Rows of one transaction, and parameters of one query."""


def in_batches(rows: Iterable[T], size: int = ROWS_AT_ONCE) -> Iterator[list[T]]:
    """The rows in order, in lists of at most `size`."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch
