"""How somebody has arranged a table: widths and order of its columns, and what it is sorted by."""

import msgspec
from PyQt6.QtWidgets import QHeaderView

from console.qt.tables import Table
from console.qt.theme import px, text_scale

LEAST_PX, MOST_PX = 40, 1000
"""A column beyond these would be lost, or hide the others."""


class TableView(msgspec.Struct, frozen=True, kw_only=True):
    """An arrangement, by the titles of the columns.

    widths: px at a text size of 100 %; order: left to right; sort: the service's name for the
    order, "" as the page has it.
    """

    widths: dict[str, int] = {}
    order: list[str] = []
    sort: str = ""
    descending: bool = False


def view_of(table: Table) -> TableView:
    """How the table is arranged now. A column that is hidden has no width to remember."""
    header = _header(table)
    titles = [column.title for column in table.columns]
    by_place = sorted(range(len(titles)), key=header.visualIndex)
    sort, descending = table.sorted_by
    return TableView(
        widths={
            title: round(header.sectionSize(number) / text_scale())
            for number, title in enumerate(titles)
            if _has_width(table, number)
        },
        order=[titles[number] for number in by_place],
        sort=sort,
        descending=descending,
    )


def show_view(table: Table, view: TableView) -> None:
    """Arranges the table so. What does not fit its columns is left out."""
    header = _header(table)
    titles = [column.title for column in table.columns]
    for number, title in enumerate(titles):
        width = view.widths.get(title)
        if width is not None and _has_width(table, number):
            header.resizeSection(number, px(max(LEAST_PX, min(MOST_PX, width))))
    if sorted(view.order) == sorted(titles):
        for place, title in enumerate(view.order):
            header.moveSection(header.visualIndex(titles.index(title)), place)
    sorts = {column.sort for column in table.columns if column.sort}
    if view.sort in sorts and (view.sort, view.descending) != table.sorted_by:
        table.show_sorted(view.sort, view.descending)
        table.sort_requested.emit(view.sort, view.descending)


def _has_width(table: Table, number: int) -> bool:
    """Whether the width is the person's: not of a column that takes what the others leave."""
    takes_rest = not table.columns[number].width
    return not takes_rest and not _header(table).isSectionHidden(number)


def _header(table: Table) -> QHeaderView:
    header = table.horizontalHeader()
    assert header is not None
    return header
