"""A list of access rules, to read or to change."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from console.api import access_rules as api
from console.api import employees
from console.domain.access_rules import RuleKind
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.shortcuts import shortcut
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row

KINDS = {
    RuleKind.DEPARTMENT: tr("Department"),
    RuleKind.GROUP: tr("Group"),
    RuleKind.PERSON: tr("Person"),
    RuleKind.NEVER: tr("Never this person"),
}
FOUND_AT_ONCE = 20
"""Employees that a search offers."""


def rule_columns() -> list[Column[api.Rule]]:
    """How rules are listed everywhere."""
    return [
        Column(
            tr("Rule"),
            lambda r: KINDS[r.kind],
            150,
            tone=lambda r: "bad" if r.kind is RuleKind.NEVER else "",
        ),
        Column(tr("Who"), lambda r: r.who),
    ]


class RulesEditor(QWidget):
    """Rules that somebody puts together; nothing is saved here."""

    def __init__(self, client: ServiceClient, name: str) -> None:
        super().__init__()
        self._client = client
        self._groups: list[api.GroupRow] = []
        self._departments: list[str] = []
        self.model: PagedModel[api.Rule] = PagedModel(
            rule_columns(), lambda r: (r.kind, r.names), self
        )
        self.table = Table(self.model, name)
        nothing = EmptyState(
            "users", tr("No rules"), tr("Without rules, everyone who is active belongs here.")
        )
        nothing.shrink()
        self.list = Switch(self.table, nothing)
        self.model.loaded.connect(
            lambda total: self.list.show_part(self.table if total else nothing)
        )
        self.kind, self.who = QComboBox(), QComboBox()
        self.kind.setAccessibleName(tr("Rule"))
        self.who.setAccessibleName(tr("Who"))
        self.who.setEditable(True)
        self.who.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for kind, text in KINDS.items():
            self.kind.addItem(text, kind)
        self.add = button(tr("Add"), self._add, icon_name="plus")
        self.remove = button(tr("Remove"), self._remove, icon_name="x")
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        adding = row(self.kind, self.who, self.add, self.remove)
        adding_layout = adding.layout()
        assert adding_layout is not None
        sized(self.who, least_width=200)
        adding_layout.setStretch(1, 1)  # type: ignore[attr-defined]  # a row is a QHBoxLayout
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(adding)
        layout.addWidget(self.problem)
        self._connect()

    def _connect(self) -> None:
        self.kind.currentIndexChanged.connect(lambda _: self._offer())
        edit = self.who.lineEdit()
        assert edit is not None
        edit.returnPressed.connect(self._add)
        edit.textEdited.connect(self._search)
        on_table = Qt.ShortcutContext.WidgetShortcut
        shortcut("Del", self.table, tr("Remove the rule"), self._remove, on_table)

    def fill(self, overview: api.AccessOverview, rules: list[api.Rule]) -> None:
        """Shows these rules, and offers the groups and departments that there are."""
        self._groups, self._departments = overview.groups, overview.departments
        self.model.show_rows(rules)
        self._offer()

    def rules(self) -> list[api.Rule]:
        """The rules as they are now."""
        return [self.model.row(number) for number in range(self.model.rowCount())]

    def _kind(self) -> RuleKind:
        return RuleKind(self.kind.currentData())

    def _offer(self) -> None:
        self.who.clear()
        edit = self.who.lineEdit()
        assert edit is not None
        by_name = self._kind() in (RuleKind.PERSON, RuleKind.NEVER)
        edit.setPlaceholderText(tr("Number or name") if by_name else "")
        if self._kind() is RuleKind.DEPARTMENT:
            for name in self._departments:
                self.who.addItem(name, name)
        elif self._kind() is RuleKind.GROUP:
            for group in self._groups:
                self.who.addItem(group.name, group.id)
        self.who.setCurrentIndex(-1 if by_name or not self.who.count() else 0)

    def _search(self, text: str) -> None:
        if self._kind() not in (RuleKind.PERSON, RuleKind.NEVER) or not text.strip():
            return
        request = employees.ListEmployees(search=text, limit=FOUND_AT_ONCE)
        self._client.call(
            employees.list_employees,
            request,
            lambda page: self._show_found(text, page.rows),
            owner=self,
        )

    def _show_found(self, text: str, found: list[employees.EmployeeRow]) -> None:
        """Offers whom a search has found, unless somebody has typed on."""
        if self.who.currentText() != text:
            return
        self.who.clear()
        for person in found:
            self.who.addItem(f"{person.full_name} ({person.number})", person.id)
        self.who.setCurrentIndex(-1)
        self.who.setEditText(text)

    def _chosen(self) -> tuple[str, str] | None:
        """(what the rule names, in words); None if nothing is."""
        text = self.who.currentText().strip()
        place = self.who.findText(text)
        by_name = self._kind() in (RuleKind.PERSON, RuleKind.NEVER)
        if place < 0 and by_name and text and self.who.count() == 1:
            place = 0
        if place >= 0:
            return str(self.who.itemData(place)), self.who.itemText(place)
        return (text, text) if text and self._kind() is RuleKind.DEPARTMENT else None

    def _add(self) -> None:
        chosen = self._chosen()
        self.problem.setVisible(chosen is None)
        if chosen is None:
            self.problem.setText(tr("Choose from the list whom the rule is about."))
            return
        kind = self._kind()
        made = api.Rule(kind=kind, names=chosen[0], who=chosen[1])
        others = [one for one in self.rules() if (one.kind, one.names) != (kind, chosen[0])]
        self.model.show_rows([*others, made])
        self._offer()
        self.who.setFocus()

    def _remove(self) -> None:
        gone = {(one.kind, one.names) for one in self.table.selected()}
        self.model.show_rows([one for one in self.rules() if (one.kind, one.names) not in gone])
