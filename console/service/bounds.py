"""What no request may hold, whatever it declares: what a database or a calendar cannot."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import msgspec

from console.domain.errors import Invalid
from console.domain.language import tr

SMALLEST, LARGEST = -(2**31), 2**31 - 1
"""Of PostgreSQL's INTEGER."""
FIRST_YEAR, LAST_YEAR = 2, 9998
"""Python's calendar less a year at each end, so that every time has a place in every zone."""


def check_bounds(value: Any, field: str = "") -> None:
    """Raises Invalid, naming the field, for a value that nothing here can work with or keep."""
    match value:
        case str() if "\x00" in value:
            raise Invalid(field, tr("This text contains the character U+0000. Remove it."))
        case int() if not SMALLEST <= value <= LARGEST:
            raise Invalid(
                field,
                tr("Enter a number from {least:,} to {most:,}.", least=SMALLEST, most=LARGEST),
            )
        case date() if not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise Invalid(field, tr("This date is too far from today."))
    for name, one in _parts(value, field):
        check_bounds(one, name)


def _parts(value: Any, field: str) -> Iterator[tuple[str, Any]]:
    """What a value is made of, each with the field that it belongs to."""
    match value:
        case msgspec.Struct():
            yield from ((name, getattr(value, name)) for name in value.__struct_fields__)
        case dict():
            yield from ((field, one) for pair in value.items() for one in pair)
        case list() | tuple() | set() | frozenset():
            yield from ((field, one) for one in value)
        case _ if is_dataclass(value):
            yield from ((one.name, getattr(value, one.name)) for one in fields(value))
