"""Tables over pages: what is asked for, what is kept through a refresh, how a status is painted."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from PyQt6.QtCore import Qt

from console.catalogue import catalogue_of
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import LANGUAGES, speaking
from console.qt.tables import PAGE, Column, PagedModel, Table


class Source:
    """A list of numbers that is served by page, now or later."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[tuple[str, int]] = []
        self.held: list[Any] = []
        self.hold = False

    def fetch(self, cursor: str, limit: int, deliver: Any) -> None:
        self.asked.append((cursor, limit))
        start = int(cursor or 0)
        rows: Sequence[int] = range(start, min(self.count, start + limit))
        answer = (
            list(rows),
            str(start + limit) if start + limit < self.count else "",
            self.count if not cursor else -1,
        )
        if self.hold:
            self.held.append(lambda: deliver(*answer))
        else:
            deliver(*answer)


@pytest.fixture
def model(themed) -> PagedModel[int]:
    return PagedModel(
        [
            Column("Number", str, 100, "number"),
            Column("Kind", lambda n: "odd" if n % 2 else "even", tone=lambda n: "warn"),
        ],
        lambda n: n,
    )


def test_the_model_keeps_qts_rules(model: PagedModel[int], qtmodeltester) -> None:
    model.load(Source(250).fetch)
    qtmodeltester.check(model)


def test_rows_are_fetched_as_one_scrolls(model: PagedModel[int]) -> None:
    source = Source(250)
    model.load(source.fetch)
    assert model.rowCount() == PAGE
    while model.canFetchMore():
        model.fetchMore()
    assert [model.row(n) for n in range(model.rowCount())] == list(range(250))
    assert source.asked == [("", 100), ("100", 100), ("200", 100)]


def test_a_refresh_reads_as_much_as_was_shown(model: PagedModel[int]) -> None:
    source = Source(250)
    model.load(source.fetch)
    model.fetchMore()
    model.load(source.fetch)
    assert source.asked[-1] == ("", 200)
    assert model.rowCount() == 200


def test_an_answer_that_was_overtaken_is_dropped(model: PagedModel[int]) -> None:
    slow, fast = Source(10), Source(3)
    slow.hold = True
    model.load(slow.fetch)
    model.load(fast.fetch)
    slow.held[0]()
    assert model.rowCount() == 3


def test_selection_survives_a_refresh_by_identity_not_by_place(
    model: PagedModel[int], qtbot
) -> None:
    table = Table(model, "Numbers")
    qtbot.addWidget(table)
    source = Source(50)
    model.load(source.fetch)
    table.selectRow(7)
    model.load(lambda cursor, limit, deliver: deliver(list(range(5, 50)), "", 45))
    assert table.selected() == [7]


def test_sorting_is_asked_of_the_service(model: PagedModel[int], qtbot) -> None:
    table = Table(model, "Numbers")
    qtbot.addWidget(table)
    asked: list[tuple[str, bool]] = []
    table.sort_requested.connect(lambda name, descending: asked.append((name, descending)))
    header = table.horizontalHeader()
    assert header is not None
    for section in (0, 0, 1, 0):
        header.sectionClicked.emit(section)
    assert asked == [("number", False), ("number", True), ("number", False)]


def test_cells_speak_to_screen_readers(model: PagedModel[int]) -> None:
    model.load(Source(2).fetch)
    assert model.data(model.index(1, 1), Qt.ItemDataRole.AccessibleTextRole) == "odd"
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Number"


def test_a_hundred_thousand_rows_are_scrolled_without_holding_them_all(
    model: PagedModel[int], qtbot
) -> None:
    table = Table(model, "Numbers")
    qtbot.addWidget(table)
    source = Source(100_000)
    model.load(source.fetch)
    table.show()
    table.grab()
    assert model.rowCount() <= 2 * PAGE


def test_what_looks_like_html_is_shown_as_text(themed) -> None:
    column: Column[str] = Column("Name", str)
    model: PagedModel[str] = PagedModel([column], lambda name: name)
    model.show_rows(["<img src=x>", "1 > 0"])
    tips = [model.data(model.index(n, 0), Qt.ItemDataRole.ToolTipRole) for n in range(2)]
    assert tips == ["<span>&lt;img src=x&gt;</span>", "1 > 0"]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_date_and_time_fits_its_column(themed, tag: str) -> None:
    column: Column[datetime] = Column("Seen", local_text)
    model: PagedModel[datetime] = PagedModel([column], str)
    digits = itertools.product(range(1, 13), (20, 24, 28), (0, 4, 20), (0, 44, 48))
    with speaking(catalogue_of(tag)):
        model.show_rows([datetime(2028, *parts).astimezone() for parts in digits])
        assert Table(model, "Seen").sizeHintForColumn(0) <= MOMENT_PX
