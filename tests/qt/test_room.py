"""Every page on a laptop's screen: it fits, and no text is cut. CO11, CO14."""

import contextlib

import pytest
from PyQt6.QtCore import QSize
from PyQt6.QtWidgets import QLabel, QWidget

from console.api.site import Overview
from console.desktop.pages.settings import SettingsPage
from console.desktop.sections import SECTIONS
from console.desktop.shell import Shell
from console.desktop.widgets.status_bar import StatusBar
from console.domain.appearance import Appearance, TextSize, ThemeChoice
from console.qt.client import ConnectionState
from console.qt.widgets import EmptyState, WrappedLabel
from tests.qt.conftest import open_page

LAPTOP = QSize(1366, 728)
"""px; what a screen of 1366 x 768 leaves beside title bar and task bar."""

SMALL = QSize(683, 340)
"""px; the same screen where everything is drawn at 200 %."""

PATIENCE_MS = 10_000
"""For pages that are still laid out; what is cut for longer is cut."""


def cut(whole: QWidget) -> list[str]:
    """The texts that are shown with less room than they need."""
    shown = [part for part in whole.findChildren(QLabel) if part.isVisible() and part.text()]
    return [
        part.text()
        for part in shown
        if part.wordWrap() and part.height() < part.heightForWidth(part.width())
    ]


def faults(shell: Shell) -> list[str]:
    least = shell.minimumSizeHint()
    fits = least.width() <= SMALL.width() and least.height() <= SMALL.height()
    page = shell.page
    slides = page is not None and (page.width() > shell.stack.width())
    return (
        cut(shell)
        + ([] if fits else [f"{least.width()} x {least.height()}"])
        + (["wider than a laptop"] if slides else [])
    )


def test_CO11_CO14_every_page_fits_a_laptop_and_cuts_no_text(shell: Shell, qtbot) -> None:
    shell.resize(LAPTOP)
    found = {}
    for kind in [page for _, group in SECTIONS for page, *_ in group]:
        open_page(shell, kind)
        qtbot.wait(100)  # a page asks for its rows and lays itself out
        with contextlib.suppress(qtbot.TimeoutError):
            qtbot.waitUntil(lambda: not faults(shell), timeout=PATIENCE_MS)
        found[kind.__name__] = faults(shell)
    assert len(found) > 10
    assert not {name: texts for name, texts in found.items() if texts}


def test_CO14_CO19_the_largest_text_in_high_contrast_is_cut_nowhere(
    shell: Shell, themed, qtbot
) -> None:
    """Pages are open already: they follow. What has no room then is scrolled."""
    kinds = [page for _, group in SECTIONS for page, *_ in group]
    for kind in kinds:
        open_page(shell, kind)
    try:
        shell.aids.looks.choose(Appearance(theme=ThemeChoice.HIGH_CONTRAST, text=TextSize.LARGEST))
        shell.resize(LAPTOP)
        found = {}
        for kind in kinds:
            open_page(shell, kind)
            with contextlib.suppress(qtbot.TimeoutError):
                qtbot.waitUntil(lambda: not cut(shell), timeout=PATIENCE_MS)
            found[kind.__name__] = cut(shell)
        assert shell.size() == LAPTOP
        assert not {name: texts for name, texts in found.items() if texts}
    finally:
        shell.aids.looks.choose(Appearance())


def test_CO11_at_200_percent_the_entry_of_the_open_page_and_who_is_here_stay_in_sight(
    shell: Shell, qtbot
) -> None:
    shell.resize(SMALL)
    open_page(shell, SettingsPage)
    assert shell.size() == SMALL
    entry = shell.navigation.entries[SettingsPage]
    qtbot.waitUntil(lambda: entry.visibleRegion().boundingRect().height() == entry.height())
    who = shell.status.signed_in_as
    assert who.visibleRegion().boundingRect().size() == who.size()


def test_CO14_a_text_that_wraps_gets_the_height_it_needs_wherever_it_stands(qtbot, themed) -> None:
    advice = "Choose a person on the left, or search by name or number. " * 4
    state = EmptyState("users", "Whose fingers?", advice)
    qtbot.addWidget(state)
    state.resize(500, 600)
    state.show()
    qtbot.waitUntil(lambda: cut(state) == [])
    state.set_text("Whose fingers?", advice * 2)
    qtbot.waitUntil(lambda: cut(state) == [])
    text = state.findChild(WrappedLabel)
    assert text is not None
    line = text.fontMetrics().height()
    assert text.height() > 6 * line
    state.set_text("Whose fingers?", "Choose a person.")
    qtbot.waitUntil(lambda: text.height() < 2 * line)


ALL_IS_WRONG = Overview(
    site="Hartmann Logistics",
    employees=5000,
    invitations_open=0,
    review_waiting=0,
    terminals_online=49,
    terminals_approved=50,
    terminals_pending=0,
    email_waiting=3000,
    email_problem="The certificate of mail.hartmann.example:587 is not trusted (unable to get it).",
    jobs_running=12,
    logins_today=0,
    portal_url="",
    push_address="",
    push_tls=None,
    key_in_file=True,
    backup_problem="No recovery key: this site cannot be restored",
    audit_problem="Checkpoints of the audit log are lost: /mnt/audit does not have them any more.",
)


@pytest.mark.parametrize("state", [ConnectionState.READY, ConnectionState.GONE])
def test_CO15_the_status_bar_fits_a_laptop_when_everything_is_wrong(
    qtbot, themed, state: ConnectionState
) -> None:
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.signed_in_as.setText("Signed in: Hartmut Farid-Brandt · technician")
    bar.show_overview(ALL_IS_WRONG)
    bar.show_connection(state)
    if state is ConnectionState.READY:
        bar.show_overview(ALL_IS_WRONG)
        assert "No recovery key" in bar.backup_state.text()
        assert bar.backup_state.toolTip() == ALL_IS_WRONG.backup_problem
        assert bar.audit_state.toolTip() == ALL_IS_WRONG.audit_problem
        assert bar.email_state.toolTip() == ALL_IS_WRONG.email_problem
    else:
        assert "backups: unknown since" in bar.jobs_state.text()
        assert not bar.backup_state.text(), "nothing is known of them"
    assert bar.minimumSizeHint().width() <= LAPTOP.width()
