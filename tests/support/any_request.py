"""Requests as rough as their declaration allows: every value fits its type, few make sense."""

import base64
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

ROUGH_TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "%",
    "_\\",
    "' or 1=1 --",
    "\u202eabc\u2066",
    "\ufffe\uffff",
    "e\u0301\n\r\t",
    "𝔘" * 70,
    "x" * 5000,
    "2026-02-30",
    "1e999",
)
"""None of them is the name of a computer or a folder."""
LARGE = 2**31, 2**53, 2**63, 10**30
ROUGH_NUMBERS = (0, 1, 7, 2**15, *(sign * (one - 1) for one in LARGE for sign in (1, -1)), *LARGE)
ROUGH_TIMES = (
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999999-12:00",
    "0002-01-01T00:00:00Z",
    "2026-03-29T02:30:00+01:00",
    "9998-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-14:00",
)
ROUGH_HOURS = ("00:00:00", "23:59:59.999999")
ROUGH_DATES = ("0001-01-01", "0002-01-01", "2024-02-29", "9998-12-31", "9999-12-31")
PLAIN: dict[type[inspect.Type], Sequence[Any]] = {
    inspect.NoneType: (None,),
    inspect.BoolType: (False, True),
    inspect.BytesType: ("", "AA==", base64.b64encode(bytes(range(256))).decode()),
    inspect.DateTimeType: ROUGH_TIMES,
    inspect.TimeType: ROUGH_HOURS,
    inspect.DateType: ROUGH_DATES,
}
MOST = 3
"""Items of a list; the rest would be more of the same."""


def requests_of(request: type[Any], ids: list[str], texts: tuple[str, ...]) -> st.SearchStrategy:
    """Bodies that fit the type, as JSON.

    ids: of rows that there are; texts: what is said where a text is wanted.
    """
    return _Rough(ids, texts).value(inspect.type_info(request), "").map(msgspec.json.encode)


class _Rough:
    def __init__(self, ids: list[str], texts: tuple[str, ...]) -> None:
        self._text = st.sampled_from(texts)
        self._id = st.one_of(st.sampled_from(ids), self._text) if ids else self._text

    def value(self, kind: inspect.Type, field: str) -> st.SearchStrategy:
        match kind:
            case inspect.StructType() | inspect.DataclassType():
                return self._struct(kind)
            case inspect.StrType():
                return self._string(kind, field)
            case inspect.UnionType():
                return st.one_of([self.value(one, field) for one in kind.types])
            case inspect.TupleType():
                return st.tuples(*[self.value(one, field) for one in kind.item_types])
            case inspect.DictType():
                keys = self.value(kind.key_type, field)
                return st.dictionaries(keys, self.value(kind.value_type, field), max_size=MOST)
            case inspect.CollectionType():
                return st.lists(self.value(kind.item_type, field), max_size=MOST)
            case _:
                return st.sampled_from(_plain(kind))

    def _struct(self, kind: inspect.StructType | inspect.DataclassType) -> st.SearchStrategy:
        fields = {one.encode_name: self.value(one.type, one.name) for one in kind.fields}
        needed = {one.encode_name for one in kind.fields if one.required}
        required = {name: made for name, made in fields.items() if name in needed}
        optional = {name: made for name, made in fields.items() if name not in needed}
        made = st.fixed_dictionaries(required, optional=optional)
        if isinstance(kind, inspect.DataclassType) or kind.tag_field is None:
            return made
        return made.map(lambda one: {kind.tag_field: kind.tag, **one})

    def _string(self, kind: inspect.StrType, field: str) -> st.SearchStrategy:
        if field == "cursor":
            return st.one_of(st.just(""), self._cursor(), self._text)
        named = field == "id" or field.endswith(("_id", "_ids"))
        made = self._id if named else self._text
        longest = kind.max_length
        return made if longest is None else made.map(lambda text: text[:longest])

    def _cursor(self) -> st.SearchStrategy:
        values: st.SearchStrategy[Any] = st.sampled_from(
            [*ROUGH_NUMBERS, *ROUGH_TIMES, *ROUGH_TEXTS, None, True, [], {}]
        )
        return st.tuples(values, values).map(
            lambda pair: base64.urlsafe_b64encode(msgspec.json.encode(pair)).decode()
        )


def _within(kind: inspect.IntType | inspect.FloatType, number: float) -> bool:
    return (
        (kind.ge is None or number >= kind.ge)
        and (kind.gt is None or number > kind.gt)
        and (kind.le is None or number <= kind.le)
        and (kind.lt is None or number < kind.lt)
    )


def _plain(kind: inspect.Type) -> Sequence[Any]:
    """Values of a type that is made of no others. Raises KeyError for a new one."""
    match kind:
        case inspect.IntType():
            return [one for one in ROUGH_NUMBERS if _within(kind, one)]
        case inspect.FloatType():
            return [one for one in (-0.5, 1e-300, 1e300, *ROUGH_NUMBERS) if _within(kind, one)]
        case inspect.EnumType():
            return [one.value for one in kind.cls]
        case inspect.LiteralType():
            return kind.values
        case _:
            return PLAIN[type(kind)]
