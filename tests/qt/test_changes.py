"""When the windows read again: after a burst of changes, and during changes without end. CO8."""

from PyQt6.QtCore import QObject

from console.desktop.changes import LONGEST_MS, PAUSE_MS, Changes
from console.qt.timers import timer


def test_CO8_changes_without_end_are_told_all_the_same(qtbot) -> None:
    owner = QObject()
    changes = Changes(owner)
    told: list[frozenset[str]] = []
    changes.due.connect(told.append)
    every = timer(owner, PAUSE_MS // 4, lambda: changes.note("logins"))
    every.start()
    qtbot.waitUntil(lambda: len(told) == 2, timeout=10 * LONGEST_MS)
    every.stop()
    assert told == [frozenset({"logins"})] * 2


def test_CO8_a_burst_is_told_once_with_all_its_subjects(qtbot) -> None:
    owner = QObject()
    changes = Changes(owner)
    told: list[frozenset[str]] = []
    changes.due.connect(told.append)
    for subject in ("employees", "terminals", "employees"):
        changes.note(subject, "an id")
    qtbot.waitUntil(lambda: bool(told))
    assert told == [frozenset({"employees", "terminals"})]
    changes.note("kiosks")
    changes.forget()
    changes.note("terminals")
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[1] == frozenset({"terminals"}), "what was forgotten is not told"
