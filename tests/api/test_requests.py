"""What every request declares. AC2."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from console.api.operation import OPERATIONS
from console.service import app


def fields(kind: Any, path: str, within: tuple[type, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every type that a value of this one may hold, with the way to it."""
    yield path, kind
    if isinstance(kind, msgspec.inspect.StructType):
        if kind.cls not in within:
            for field in kind.fields:
                yield from fields(field.type, f"{path}.{field.name}", (*within, kind.cls))
    elif isinstance(kind, msgspec.inspect.UnionType):
        for one in kind.types:
            yield from fields(one, path, within)
    elif isinstance(kind, msgspec.inspect.DictType):
        yield from fields(kind.value_type, path, within)
    elif isinstance(kind, msgspec.inspect.TupleType):
        for one in kind.item_types:
            yield from fields(one, path, within)
    elif isinstance(kind, msgspec.inspect.CollectionType):
        yield from fields(kind.item_type, path, within)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_AC2_a_time_in_a_request_has_a_zone(name: str) -> None:
    assert app, "importing it declares every operation"
    request = msgspec.inspect.type_info(OPERATIONS[name].request)
    times = [
        (path, kind.tz)
        for path, kind in fields(request, name)
        if isinstance(kind, msgspec.inspect.DateTimeType)
    ]
    assert [path for path, tz in times if tz is not True] == []
