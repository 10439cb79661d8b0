"""Groups of employees: made, filled, emptied and deleted."""

from collections.abc import Callable, Sequence
from typing import Any

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.api import access_rules as api
from console.api.operation import ApiError, ById, Nothing
from console.desktop.flows.access_change import AccessChanger
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.questions import ask_text
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row


class GroupsDialog(Dialog):
    """The groups, the members of the chosen one, and the employees who may join it."""

    def __init__(
        self, client: ServiceClient, people: list[str], parent: QWidget | None = None
    ) -> None:
        """people: the ids of those who were selected in the list of employees."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Groups of employees"))
        self.open_at(QSize(860, 560))
        self._client, self._people = client, people
        self._changer = AccessChanger(client, self, self._failed)
        self.groups: PagedModel[api.GroupRow] = PagedModel(
            [
                Column(tr("Group"), lambda g: g.name),
                Column(tr("Members"), lambda g: f"{g.members:,}", 90),
            ],
            lambda g: g.id,
            self,
        )
        self.members: PagedModel[api.Member] = PagedModel(
            [
                Column(tr("Full name"), lambda m: m.name),
                Column(tr("Number"), lambda m: m.number, 100),
            ],
            lambda m: m.id,
            self,
        )
        self.group_table = Table(self.groups, tr("Groups"))
        self.member_table = Table(self.members, tr("Members"))
        self.no_group = EmptyState(
            "users",
            tr("No group yet"),
            tr("Terminal rules can name groups, for example a night shift."),
        )
        self.nobody = EmptyState(
            "user",
            tr("No members yet"),
            tr("Select people under Employees, then choose “Organise › Groups”."),
        )
        for empty in (self.no_group, self.nobody):
            empty.shrink()
        self.group_list = Switch(self.group_table, self.no_group)
        self.member_list = Switch(self.member_table, self.nobody)
        self.new = button(tr("New group…"), self._new, icon_name="plus")
        self.rename = button(tr("Rename…"), self._rename)
        self.delete = button(tr("Delete"), self._delete, "danger")
        self.add = button(
            tr("Add the selected ({count:,})", count=len(people)), self._add, "primary"
        )
        self.remove = button(tr("Remove…"), self._remove)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self._lay_out()
        self._connect()
        self.reload()

    def _lay_out(self) -> None:
        beside = QWidget()
        columns = QHBoxLayout(beside)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(16)
        columns.addWidget(card([self.group_list], margin=1), 1)
        columns.addWidget(card([self.member_list], margin=1), 1)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(row(self.new, self.rename, self.delete, None, self.remove))
        layout.addWidget(beside, 1)
        layout.addWidget(self.problem)
        layout.addWidget(row(None, button(tr("Close"), self.reject), self.add))

    def _connect(self) -> None:
        self.groups.loaded.connect(
            lambda total: self.group_list.show_part(self.group_table if total else self.no_group)
        )
        self.members.loaded.connect(lambda _: self._show_members())
        for table, slot in (
            (self.group_table, self._group_chosen),
            (self.member_table, self._offer),
        ):
            selection = table.selectionModel()
            assert selection is not None
            selection.selectionChanged.connect(lambda *_, slot=slot: slot())

    def reload(self) -> None:
        """Reads the groups and the members again."""
        self._client.call(api.overview, Nothing(), self._show, self._failed, self)

    def _show(self, found: api.AccessOverview) -> None:
        self.groups.show_rows(found.groups)
        if found.groups and not self.group_table.selected():
            self.group_table.selectRow(0)
        self._group_chosen()

    def _chosen(self) -> api.GroupRow | None:
        chosen = self.group_table.selected()
        return chosen[0] if len(chosen) == 1 else None

    def _group_chosen(self) -> None:
        group = self._chosen()
        if group is None:
            self.members.show_rows([])
        else:
            self.members.load(self._fetch)
        self._offer()

    def _fetch(
        self, cursor: str, limit: int, deliver: Callable[[Sequence[Any], str, int], None]
    ) -> None:
        group = self._chosen()
        if group is not None:
            request = api.ListMembers(group_id=group.id, cursor=cursor, limit=limit)
            self._client.call(
                api.list_members,
                request,
                lambda page: deliver(page.rows, page.cursor, group.members),
                self._failed,
                self,
            )

    def _show_members(self) -> None:
        self.member_list.show_part(self.member_table if self.members.rowCount() else self.nobody)
        self._offer()

    def _offer(self) -> None:
        group = self._chosen()
        for part in (self.rename, self.delete):
            part.setEnabled(group is not None)
        self.add.setEnabled(group is not None and bool(self._people))
        self.remove.setEnabled(group is not None and bool(self.member_table.selected()))

    def _new(self) -> None:
        name = ask_text(self, tr("New group"), tr("Name of the group:"), tr("Add"))
        if name is not None:
            self._save(api.SaveGroup(id="", name=name))

    def _rename(self) -> None:
        group = self._chosen()
        if group is not None:
            title, question = tr("Rename group"), tr("Name of the group:")
            name = ask_text(self, title, question, tr("Rename"), text=group.name)
            if name is not None:
                self._save(api.SaveGroup(id=group.id, name=name))

    def _add(self) -> None:
        group = self._chosen()
        if group is not None:
            self._save(api.SaveGroup(id=group.id, name=group.name, add=self._people))

    def _remove(self) -> None:
        group = self._chosen()
        if group is not None:
            ids = [member.id for member in self.member_table.selected()]
            self._save(api.SaveGroup(id=group.id, name=group.name, remove=ids))

    def _delete(self) -> None:
        group = self._chosen()
        if group is not None:
            self.problem.hide()
            gone = ById(id=group.id)

            self._client.call(api.delete_group, gone, lambda _: self.reload(), self._failed, self)

    def _save(self, change: api.SaveGroup) -> None:
        self.problem.hide()
        self._changer.make(change, lambda _: self.reload())

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()
