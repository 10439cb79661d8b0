"""The list of people beside what is done for one of them."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PyQt6.QtCore import QObject

from console.api import employees
from console.desktop.page import Page
from console.domain.language import tr
from console.qt.tables import Column, PagedModel, Table


def make_people_list(parent: QObject) -> tuple[PagedModel[employees.EmployeeRow], Table]:
    """Of which one person is chosen."""
    columns: list[Column[employees.EmployeeRow]] = [
        Column(tr("Person"), lambda e: e.full_name, 0),
        Column(tr("Number"), lambda e: e.number, 72),
    ]
    model: PagedModel[employees.EmployeeRow] = PagedModel(columns, lambda e: e.id, parent)
    table = Table(model, tr("People"))
    table.setSelectionMode(Table.SelectionMode.SingleSelection)
    return model, table


def load_people(
    page: Page,
    model: PagedModel[employees.EmployeeRow],
    *,
    which: employees.WhichEmployees | None = None,
    sort: str = "name",
    descending: bool = False,
) -> None:
    """Reads these people; None: those who fit what is searched for on the page."""
    those = which or employees.WhichEmployees(search=page.search_text, concern=page.concern)

    def fetch(cursor: str, limit: int, deliver: Callable[[Sequence[Any], str, int], None]) -> None:
        request = employees.ListEmployees(
            **msgspec.structs.asdict(those),
            sort=sort,
            descending=descending,
            cursor=cursor,
            limit=limit,
        )
        page.call(
            employees.list_employees,
            request,
            lambda found: deliver(found.rows, found.cursor, found.total),
        )

    model.load(fetch)
