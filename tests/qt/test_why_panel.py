"""TE10, N9: beside a login stand the time that was reported and the right one."""

from datetime import UTC, datetime, timedelta

import pytest
from PyQt6.QtWidgets import QApplication

from console.api.logins import LoginRow
from console.desktop.widgets.why_panel import WhyPanel
from console.domain.language import tr_second

AT = datetime(2026, 11, 27, 7, 15, 3, tzinfo=UTC)


@pytest.fixture
def panel(themed: QApplication, qtbot) -> WhyPanel:
    panel = WhyPanel(may_enrol=True)
    qtbot.addWidget(panel)
    return panel


def login(corrected_at: datetime | None = None) -> LoginRow:
    return LoginRow(
        id=1,
        at=AT,
        local_time="2026-11-27 15:15:03",
        employee="Nina Berg",
        number="7",
        terminal="Main gate",
        method="Face",
        direction="In",
        remark="",
        corrected_at=corrected_at,
    )


def test_TE10_a_wrong_clock_shows_both_times(panel: WhyPanel) -> None:
    right = AT - timedelta(minutes=12)
    panel.show_times(login(right))
    assert panel.place.text().splitlines() == [
        "Main gate",
        "Reported time: 2026-11-27 15:15:03",
        f"Corrected time: {tr_second(right.astimezone())}",
        "The clock of this terminal was wrong.",
    ]


def test_N9_a_login_at_a_terminal_has_its_time_and_says_what_is_not_known(panel: WhyPanel) -> None:
    panel.show_times(login())
    assert panel.place.text() == f"Main gate\nTime: {tr_second(AT.astimezone())}"
    assert panel.title.text() == "Login at a terminal"
    assert "do not report" in panel.summary.text()
    assert panel.help_card.isHidden()
