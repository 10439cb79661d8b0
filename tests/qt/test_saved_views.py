"""CO19: what a list shows is saved under a name, found again, renamed and deleted."""

from collections.abc import Callable

import pytest
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QApplication, QMenu

from console.desktop.pages.audit import AuditPage
from console.desktop.pages.logins import LoginsPage
from console.desktop.shell import Shell
from console.desktop.view_memory import SavedView
from console.desktop.widgets.saved_views import MOST_CHARS, MOST_VIEWS, SavedViews
from console.domain.day_spans import SpanName
from console.domain.logins import LoginResult
from tests.qt.conftest import open_page
from tests.qt.test_login_filter import choose

TODAY = SavedView(name="Today", state={"span": "today"})
Start = Callable[[], Shell]


@pytest.fixture
def views(themed: QApplication, qtbot) -> SavedViews:
    views = SavedViews([TODAY])
    qtbot.addWidget(views)
    return views


def offered(views: SavedViews) -> dict[str, QAction]:
    """What the menu holds when it is opened."""
    menu = views.menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    return {one.text(): one for one in menu.actions() if not one.isSeparator()}


def test_CO19_a_view_of_the_log_is_there_at_the_next_start(start: Start, qtbot) -> None:
    page = open_page(shell := start(), LoginsPage)
    choose(page.filter.result, LoginResult.REFUSED)
    page.filter.span.choose(SpanName.TUESDAY)
    shell.search.setText("gate 7")
    qtbot.waitUntil(lambda: page.search_text == "gate 7" and not page.about_to_search)
    page.views.save("  Refused   at gate 7 ")
    assert page.views.text() == "Refused at gate 7"
    page.filter.everything.click()
    qtbot.waitUntil(lambda: page.views.text() == "Views")
    shell.close()
    page = open_page(shell := start(), LoginsPage)
    offered(page.views)["Refused at gate 7"].trigger()
    assert page.filter.result.currentData() == LoginResult.REFUSED
    assert page.filter.span.name is SpanName.TUESDAY
    assert shell.search.text() == page.search_text == "gate 7"
    assert page.views.text() == "Refused at gate 7"
    assert "Refused at gate 7" not in offered(open_page(shell, AuditPage).views)


def test_CO19_views_that_ship_choose_all_of_it(start: Start, qtbot) -> None:
    shell = start()
    logins, audit = open_page(shell, LoginsPage), open_page(shell, AuditPage)
    shell.search.setText("left over")
    qtbot.waitUntil(lambda: audit.search_text == "left over" and not audit.about_to_search)
    offered(audit.views)["Wrong passwords, last 7 days"].trigger()
    assert audit.filter.act.currentData() == "operator.sign_in_missed"
    assert (audit.search_text, shell.search.text()) == ("", "")
    open_page(shell, LoginsPage)
    offered(logins.views)["Unknown numbers, last 7 days"].trigger()
    wanted = logins.filter.wanted()
    assert wanted is not None and wanted.result is LoginResult.UNKNOWN
    assert logins.views.text() == "Unknown numbers, last 7 days"


def test_CO19_what_a_view_names_and_is_gone_is_not_taken_for_everything(
    start: Start, qtbot
) -> None:
    page = open_page(start(), LoginsPage)
    page.views.chosen.emit({"place": "scrapped", "method": "telepathy", "repeats": "x"})
    wanted = page.filter.wanted()
    assert wanted is not None
    assert (wanted.place, wanted.method) == ("scrapped", None)
    assert page.filter.place.currentText() == "No longer there"
    qtbot.waitUntil(lambda: page.list.shown is page.nothing)


def test_CO19_a_view_is_renamed_deleted_and_brought_back(views: SavedViews) -> None:
    views.show_state({"result": "refused"})
    views.save("R&D")
    assert views.text() == "R&&D", "an ampersand marks no key"
    assert "Delete “R&&D”" in offered(views)
    views.rename("Refused")
    assert [view.name for view in views.own] == ["Refused"]
    offered(views)["Delete “Refused”"].trigger()
    assert (len(views.own), views.text()) == (0, "Views")
    offered(views)["Bring back “Refused”"].trigger()
    assert views.own == (SavedView(name="Refused", state={"result": "refused"}),)
    assert "Bring back “Refused”" not in offered(views)


def test_CO19_a_view_that_ships_is_not_renamed_or_deleted(views: SavedViews) -> None:
    views.show_state({"span": "today"})
    assert (views.text(), set(offered(views))) == ("Today", {"Today", "Save this view…"})
    views.rename("Mine")
    views.delete()
    assert (views.own, views.text()) == ((), "Today")


def test_CO19_names_and_numbers_of_views_are_bounded(views: SavedViews) -> None:
    for number in range(MOST_VIEWS + 3):
        views.save(f"{number} " + "x" * 200)
    views.save("  ")
    assert len(views.own) == MOST_VIEWS
    assert views.own[-1].name.startswith(f"{MOST_VIEWS + 2} ")
    assert max(len(view.name) for view in views.own) == MOST_CHARS
    views.save(views.own[0].name)
    assert len(views.own) == MOST_VIEWS
