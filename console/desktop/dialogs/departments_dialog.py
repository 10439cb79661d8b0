"""Departments as a tree: added, renamed, moved, merged and deleted."""

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import (
    QHeaderView,
    QMessageBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from console.api import departments as api
from console.api.access_rules import TakenOff
from console.api.operation import ApiError, Nothing
from console.desktop.flows.access_change import impact_lines
from console.domain.departments import BETWEEN, is_within
from console.domain.language import tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog, MessageBox
from console.qt.questions import ask_choice, ask_text
from console.qt.widgets import EmptyState, Switch, button, card, label, row

PATH = Qt.ItemDataRole.UserRole
TOP = tr("(top level)")
"""Where a department is moved that shall lie below no other."""


class DepartmentsDialog(Dialog):
    """The tree, and what can be done with the department that is chosen."""

    def __init__(self, client: ServiceClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Departments"))
        self.open_at(QSize(640, 520))
        self._client = client
        self._paths: list[str] = []
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(tr("Departments"))
        self.tree.setHeaderLabels([tr("Department"), tr("People")])
        header = self.tree.header()
        assert header is not None
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.empty = EmptyState(
            "users",
            tr("No department yet"),
            tr("Add one here. Imports add those that they name, for example “Plant > Line 1”."),
        )
        self.list = Switch(self.tree, self.empty)
        self.new = button(tr("New…"), self._new, icon_name="plus")
        self.rename = button(tr("Rename…"), self._rename)
        self.move_below = button(tr("Move…"), self._move)
        self.merge = button(tr("Merge into…"), self._merge)
        self.delete = button(tr("Delete"), self._delete, "danger")
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        hint = tr("A terminal rule that names a department also covers those below it.")
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        acts = (self.new, self.rename, self.move_below, self.merge, None, self.delete)
        layout.addWidget(row(*acts))
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(label(hint, "soft", wrap=True))
        layout.addWidget(self.problem)
        layout.addWidget(row(None, button(tr("Close"), self.reject)))
        self.tree.itemSelectionChanged.connect(self._offer)
        self._client.call(api.list_departments, Nothing(), self.show_tree, self._failed, self)

    def show_tree(self, found: api.Departments) -> None:
        """Shows these departments; what was chosen stays chosen, if it is there."""
        chosen = self.chosen
        self._paths = [one.path for one in found.rows]
        self.problem.hide()
        self.tree.clear()
        items: dict[str, QTreeWidgetItem] = {}
        for one in found.rows:
            above, _, name = one.path.rpartition(BETWEEN)
            item = QTreeWidgetItem([name, f"{one.people:,}"])
            item.setData(0, PATH, one.path)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            items[one.path] = item
            if above in items:
                items[above].addChild(item)
            else:
                self.tree.addTopLevelItem(item)
        self.tree.expandAll()
        if chosen in items:
            self.tree.setCurrentItem(items[chosen])
        self.list.show_part(self.tree if found.rows else self.empty)
        self._offer()

    @property
    def chosen(self) -> str:
        """The path of the department that is chosen, "" for none."""
        items = self.tree.selectedItems()
        return str(items[0].data(0, PATH)) if items else ""

    def choose(self, path: str) -> None:
        """Chooses a department."""
        for item in self.tree.findItems("", Qt.MatchFlag.MatchContains | _ALL):
            if item.data(0, PATH) == path:
                self.tree.setCurrentItem(item)

    def _offer(self) -> None:
        for part in (self.rename, self.move_below, self.merge, self.delete):
            part.setEnabled(bool(self.chosen))
        self.merge.setEnabled(bool(self.chosen) and len(self._paths) > 1)

    def _new(self) -> None:
        where = f"{self.chosen}{BETWEEN}" if self.chosen else ""
        title, question = tr("New department"), tr("Its name, after the departments above it:")
        path = ask_text(self, title, question, tr("Add"), text=where)
        if path is not None:
            self._call_add(path)

    def _call_add(self, path: str) -> None:
        request = api.ByPath(path=path)
        self._client.call(api.add_department, request, self.show_tree, self._failed, self)

    def _rename(self) -> None:
        above, between, name = self.chosen.rpartition(BETWEEN)
        title, question = tr("Rename department"), tr("Name of the department:")
        new = ask_text(self, title, question, tr("Rename"), text=name)
        if new is not None and new.strip() != name:
            self.change(f"{above}{between}{new}")

    def _move(self) -> None:
        path = self.chosen
        places = [TOP, *(one for one in self._paths if not is_within(one, path))]
        title, question = tr("Move department"), tr("Move it under:")
        place = ask_choice(self, title, question, places, tr("Move"))
        name = path.rpartition(BETWEEN)[2]
        if place is not None:
            self.change(name if place == TOP else f"{place}{BETWEEN}{name}")

    def _merge(self) -> None:
        path = self.chosen
        others = [one for one in self._paths if not is_within(one, path)]
        title, question = tr("Merge departments"), tr("Move everyone to:")
        other = ask_choice(self, title, question, others, tr("Merge"))
        if other:
            self.change(other)

    def change(self, becomes: str) -> None:
        """Gives the chosen department this path, after a question where that moves anybody."""
        path = self.chosen
        request = api.ChangeDepartment(path=path, becomes=becomes)

        def decide(impact: api.DepartmentImpact) -> None:
            harmless = not impact.merges and not impact.concerned
            if harmless or confirmed(self, path, becomes, impact):
                confirmed_change = api.ChangeDepartment(
                    path=path, becomes=becomes, confirmed=impact.concerned
                )
                self._client.call(
                    api.apply_change, confirmed_change, self.show_tree, self._failed, self
                )

        self._client.call(api.preview_change, request, decide, self._failed, self)

    def _delete(self) -> None:
        request = api.ByPath(path=self.chosen)
        self._client.call(api.delete_department, request, self.show_tree, self._failed, self)

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()


_ALL = Qt.MatchFlag.MatchRecursive


def confirmed(parent: QWidget, path: str, becomes: str, impact: api.DepartmentImpact) -> bool:
    """Asks whether a change of a department shall be made."""
    if impact.merges:
        action = tr("Merge")
        question = tr("Merge {department} into {other}?", department=path, other=becomes)
    else:
        action = tr("Change")
        question = tr("Change {department} to {path}?", department=path, path=becomes)
    box = MessageBox(QMessageBox.Icon.Warning, tr("Departments"), question, parent=parent)
    box.setInformativeText(question_text(impact))
    go = box.addButton(action, QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is go


def question_text(impact: api.DepartmentImpact) -> str:
    """Who loses a terminal and who gets one, and what cannot be undone."""
    parts = [
        tr_count("It has {count:,} person.", "It has {count:,} people.", impact.people),
        *_section(tr("Removed from terminals:"), impact.losing),
        *_section(tr("Added to terminals:"), impact.getting),
    ]
    if impact.merges:
        parts.append(tr("A merge cannot be undone: afterwards, no one can tell who was where."))
    return "\n\n".join(parts)


def _section(title: str, rows: list[TakenOff]) -> list[str]:
    return ["\n".join([title, *impact_lines(rows)])] if rows else []
