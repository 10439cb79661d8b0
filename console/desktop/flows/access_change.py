"""Making a change of rules, zones and groups: whoever would be taken off is shown first."""

from collections.abc import Callable, Sequence

from PyQt6.QtWidgets import QMessageBox, QWidget

from console.api import access_rules as api
from console.api.operation import ApiError
from console.domain.language import tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import MessageBox

TERMINALS_SHOWN = 8
"""Terminals that the question names; the others are counted."""


class AccessChanger:
    """Previews a change, asks if it takes people off terminals, and makes it."""

    def __init__(
        self, client: ServiceClient, owner: QWidget, failed: Callable[[ApiError], object]
    ) -> None:
        self._client, self._owner, self._failed = client, owner, failed

    def make(self, change: api.AccessChange, done: Callable[[api.Applied], object]) -> None:
        """done: what follows; nothing, if somebody declines."""

        def decide(impact: api.Impact) -> None:
            if not impact.removals or confirmed(self._owner, impact):
                request = api.ApplyChange(change=change, confirmed=impact.removals)
                self._client.call(api.apply_change, request, done, self._failed, self._owner)

        request = api.PreviewChange(change=change)
        self._client.call(api.preview_change, request, decide, self._failed, self._owner)


def confirmed(parent: QWidget, impact: api.Impact) -> bool:
    """Asks whether these people may be taken off."""
    box = MessageBox(
        QMessageBox.Icon.Warning,
        tr("Remove people from terminals"),
        tr_count(
            "This makes {count:,} removal from a terminal.",
            "This makes {count:,} removals from terminals.",
            impact.removals,
        ),
        parent=parent,
    )
    box.setInformativeText(impact_text(impact))
    go = box.addButton(tr("Remove them"), QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is go


def impact_text(impact: api.Impact) -> str:
    """Who would be taken off which terminal, a line for each."""
    lines = impact_lines(impact.terminals)
    lines.append(tr("Their faces, fingers, cards and passwords are deleted there."))
    return "\n\n".join(lines)


def impact_lines(rows: Sequence[api.TakenOff]) -> list[str]:
    """A line for each terminal, and one that counts those that are not shown."""
    lines = [_line(row) for row in rows[:TERMINALS_SHOWN]]
    more = len(rows) - TERMINALS_SHOWN
    if more > 0:
        lines.append(tr_count("And {count:,} more terminal", "And {count:,} more terminals", more))
    return lines


def _line(row: api.TakenOff) -> str:
    return f"{row.terminal} ({row.people:,}): {named(row.names, row.people)}"


def named(names: Sequence[str], count: int) -> str:
    """The names, and how many of the `count` they leave out."""
    shown, more = ", ".join(names), count - len(names)
    return tr("{names} and {count:,} more", names=shown, count=more) if more > 0 else shown
