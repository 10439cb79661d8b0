"""Who belongs on a terminal: its zone, how many people, and the rules that say so."""

from collections.abc import Callable

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import access_rules as api
from console.desktop.widgets.rules_editor import rule_columns
from console.domain.language import labelled, tr, tr_count
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, label, row


class AccessPanel(QWidget):
    """Shows the rules of one terminal; `change` opens what changes them."""

    def __init__(self, change: Callable[[], object]) -> None:
        super().__init__()
        self.shown: api.TerminalAccess | None = None
        self.summary = label("", "heading", wrap=True)
        self.zone = label("", "soft", wrap=True)
        self.change = button(tr("Change…"), change, icon_name="edit")
        columns = [
            *rule_columns(),
            Column[api.Rule](tr("Source"), lambda r: tr("Zone") if self._is_of_zone(r) else "", 70),
        ]
        self.model: PagedModel[api.Rule] = PagedModel(columns, lambda r: (r.kind, r.names), self)
        self.table = Table(self.model, tr("Who belongs here"))
        self.table.wrap()
        nothing = EmptyState(
            "users",
            tr("No rule"),
            tr("Every active person belongs here. Rules narrow this down."),
        )
        nothing.shrink()
        self.list = Switch(self.table, nothing)
        self.model.loaded.connect(
            lambda total: self.list.show_part(self.table if total else nothing)
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(row(self.summary, None, self.change))
        layout.addWidget(self.zone)
        layout.addWidget(self.list, 1)

    def show_access(self, found: api.TerminalAccess) -> None:
        """Shows what holds now."""
        self.shown = found
        self.summary.setText(_belonging(found))
        self.zone.setText(labelled(tr("Zone"), found.zone))
        self.zone.setVisible(bool(found.zone))
        own = {(rule.kind, rule.names) for rule in found.own}
        of_zone = [rule for rule in found.of_zone if (rule.kind, rule.names) not in own]
        self.model.show_rows([*found.own, *of_zone])

    def _is_of_zone(self, rule: api.Rule) -> bool:
        return self.shown is not None and rule in self.shown.of_zone


def _belonging(found: api.TerminalAccess) -> str:
    if found.everybody:
        return tr_count(
            "Everyone belongs here: {count:,} person",
            "Everyone belongs here: {count:,} people",
            found.people,
        )
    return tr_count("{count:,} person belongs here", "{count:,} people belong here", found.people)
