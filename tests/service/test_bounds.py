"""What no request may hold: texts, numbers and times that no database or calendar has room for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from console.domain.errors import Invalid
from console.service.bounds import LARGEST, SMALLEST, check_bounds


class Part(msgspec.Struct, kw_only=True):
    text: str = ""


@dataclass
class Whole:
    parts: list[Part]
    by_name: dict[str, Any]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (Part(text="a\0"), "text"),
        (Whole([Part(text="\0")], {}), "text"),
        (Whole([], {"\0": 1}), "by_name"),
        (Whole([], {"a": LARGEST + 1}), "by_name"),
        (Whole([], {"a": (SMALLEST - 1,)}), "by_name"),
        (Whole([], {"a": {date(1, 1, 1)}}), "by_name"),
        (Whole([], {"a": datetime(9999, 1, 1, tzinfo=UTC)}), "by_name"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(value: object, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_bounds(value)
    assert refused.value.field == field
    assert refused.value.message.endswith(".")


def test_all_else_passes() -> None:
    """True is no number, bytes are no text, and the years 2 and 9998 are years."""
    last = datetime(9998, 12, 31, tzinfo=UTC)
    facts = {"c": last, "a": [LARGEST, SMALLEST, True, None, b"\0", 1e300], "b": date(2, 1, 1)}
    check_bounds(Whole([Part(text="\\u0000 é")], facts))
