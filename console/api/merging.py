"""Two rows of employees that are one person become one."""

import msgspec

from console.api.employees import EmployeeRow, SaveEmployee
from console.api.operation import ADMIN, operation


class TwoRows(msgspec.Struct, frozen=True, kw_only=True):
    """Names two employees. keep_id: whose number stays."""

    keep_id: str
    gone_id: str


class MergeSide(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two, and what they own: in words -> how many."""

    employee: EmployeeRow
    owns: dict[str, int]


class MergeLook(msgspec.Struct, frozen=True, kw_only=True):
    """What a merge would do, in sentences. refusal: why it cannot be done now, "" if it can."""

    keep: MergeSide
    gone: MergeSide
    notes: list[str]
    refusal: str


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Merges the row `gone_id` into another. employee: that one's id and number, and its values."""

    gone_id: str
    employee: SaveEmployee


look_at_merge = operation("employees.look_at_merge", TwoRows, MergeLook, ADMIN)
merge = operation("employees.merge", Merge, EmployeeRow, ADMIN)
