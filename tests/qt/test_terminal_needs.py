"""CO19: the list of terminals begins with what is wrong, and names one next step."""

from datetime import UTC, datetime

import pytest

from console.api.terminals import TerminalRow
from console.desktop.terminal_needs import Need, most_pressing, need_of, need_text
from console.desktop.terminal_words import held_text, people_text, problem_text, state_of
from console.domain.terminals import CLOCK_OFFSET_LIMIT_S, Dialect, TerminalStatus
from tests.support.filled import filled

NOW = datetime(2026, 11, 27, 14, 5, tzinfo=UTC)
WELL = {
    "status": TerminalStatus.APPROVED,
    "dialect": Dialect.PUSH,
    "online": True,
    "last_seen": NOW,
    "name": "Gate",
}
LATE = CLOCK_OFFSET_LIMIT_S + 1


def terminal(**changes: object) -> TerminalRow:
    return filled(TerminalRow, **(WELL | changes))


@pytest.mark.parametrize(
    ("changes", "need"),
    [
        ({}, Need.NOTHING),
        ({"clock_offset_s": CLOCK_OFFSET_LIMIT_S}, Need.NOTHING),
        ({"problem": "It is full."}, Need.OTHER),
        ({"set_aside": 2, "problem": "It is full."}, Need.LINES),
        ({"percent_full": 89}, Need.NOTHING),
        ({"percent_full": 90, "set_aside": 2}, Need.STORAGE),
        ({"clock_offset_s": LATE, "set_aside": 2}, Need.CLOCK),
        ({"out_of_sync": 3, "clock_offset_s": -LATE}, Need.PEOPLE),
        ({"online": False, "out_of_sync": 3}, Need.CONNECTION),
        ({"online": False, "dialect": Dialect.ZK, "address": ""}, Need.NOTHING),
        ({"online": False, "dialect": Dialect.ZK, "address": "192.168.1.9"}, Need.CONNECTION),
        ({"online": False, "status": TerminalStatus.BLOCKED}, Need.NOTHING),
        ({"online": False, "status": TerminalStatus.PENDING}, Need.APPROVAL),
        ({"question": "Another address", "online": False}, Need.CALLER),
    ],
)
def test_CO19_the_most_pressing_trouble_is_told(changes: dict[str, object], need: Need) -> None:
    assert need_of(terminal(**changes)) is need


def test_CO19_what_is_wrong_stands_first_and_equals_by_name() -> None:
    listed = [
        terminal(name="a"),
        terminal(name="d", out_of_sync=1),
        terminal(name="C", online=False),
        terminal(name="b", online=False),
    ]
    assert [one.name for one in sorted(listed, key=most_pressing)] == ["b", "C", "d", "a"]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        ({"set_aside": 2}, ""),
        ({"online": False}, "Offline. Check the power and network of the terminal."),
        (
            {"online": False, "last_seen": None},
            "Not reached yet. Check the address, power and network of the terminal.",
        ),
        ({"out_of_sync": 1}, "1 person out of sync."),
        ({"percent_full": 97}, "Storage 97 % full."),
        ({"out_of_sync": 1200}, "1,200 people out of sync."),
        ({"clock_offset_s": LATE}, "Clock 61 s ahead."),
        ({"clock_offset_s": -LATE}, "Clock 61 s behind."),
    ],
)
def test_CO19_the_trouble_is_said_in_a_sentence(changes: dict[str, object], text: str) -> None:
    assert need_text(terminal(**changes)) == text


def test_T21_counted_things_are_said_as_one_and_as_many() -> None:
    assert problem_text(terminal(set_aside=1)) == "1 unreadable line"
    assert problem_text(terminal(set_aside=2)) == "2 unreadable lines"
    assert people_text(terminal(out_of_sync=2000)) == "2,000 out of sync"
    assert held_text(terminal(may_hold=1)) == "1 person"
    blocked = terminal(status=TerminalStatus.BLOCKED, may_hold=2, faces_held=1)
    assert problem_text(blocked) == "May still hold: 2 people · 1 with a face"
    assert state_of(blocked) == ("Blocked", "mut")
