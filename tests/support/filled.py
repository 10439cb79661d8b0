"""Structs for tests that care about a few fields only."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

Made = TypeVar("Made", bound=msgspec.Struct)
SOME_TIME = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)


def filled(kind: type[Made], **fields: Any) -> Made:
    """A struct with these fields; every other required field is empty, zero or the first choice."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    rest = {
        one.name: _empty(one.type) for one in info.fields if one.required and one.name not in fields
    }
    return kind(**(rest | fields))


def _empty(kind: inspect.Type) -> Any:
    match kind:
        case inspect.StructType(cls):
            return filled(cls)
        case inspect.DataclassType(cls):
            return cls()
        case inspect.EnumType(cls):
            return next(iter(cls))
        case inspect.UnionType(types):
            nothing = any(isinstance(one, inspect.NoneType) for one in types)
            return None if nothing else _empty(types[0])
        case inspect.DateTimeType():
            return SOME_TIME
        case inspect.TupleType(item_types):
            return tuple(_empty(one) for one in item_types)
    simple: dict[type[inspect.Type], Any] = {
        inspect.StrType: "",
        inspect.IntType: 0,
        inspect.FloatType: 0.0,
        inspect.BoolType: False,
        inspect.BytesType: b"",
        inspect.ListType: [],
        inspect.VarTupleType: (),
        inspect.DictType: {},
    }
    return simple[type(kind)]
