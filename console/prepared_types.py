"""Struct types are worked out before threads use them: msgspec does it at the first use of each.

A thread that uses a type while another one is still working it out gets a half of it, and the
process ends with a segmentation fault (msgspec 0.22).
"""

from collections.abc import Iterator
from contextlib import suppress

import msgspec


def prepare_types() -> None:
    """Works out every struct type that is loaded. Called before there are threads."""
    for kind in _below(msgspec.Struct):
        with suppress(TypeError, NameError):  # a base that stands for others only
            msgspec.json.Decoder(kind)


def _below(kind: type) -> Iterator[type]:
    nearest: list[type] = kind.__subclasses__()
    for one in nearest:
        yield one
        yield from _below(one)
