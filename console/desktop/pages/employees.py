"""Employees: find, open, add, edit, import, export, invite."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from console.api import departments, invitations
from console.api import employee_lists as lists
from console.api import employees as api
from console.api.operation import Nothing
from console.api.tasks import Task, TaskState
from console.desktop.dialogs.departments_dialog import DepartmentsDialog
from console.desktop.dialogs.groups_dialog import GroupsDialog
from console.desktop.dialogs.import_dialog import ImportDialog
from console.desktop.dialogs.imports_dialog import ImportsDialog
from console.desktop.dialogs.invite_question import InviteQuestion
from console.desktop.dialogs.merge_dialog import MergeDialog
from console.desktop.dialogs.photo_files_dialog import PhotoFilesDialog
from console.desktop.dialogs.privacy_menu import PrivacyMenu
from console.desktop.files import read_file
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.page import Page
from console.desktop.pages.person import PersonView
from console.desktop.widgets.employee_panel import EmployeePanel
from console.desktop.widgets.people_filter import PeopleFilter
from console.desktop.widgets.people_list import load_people
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.widgets.tones import STATUS_TONES
from console.domain.enrolment_health import Step
from console.domain.language import paragraph, tr, tr_count
from console.domain.operators import SEE_EMAIL, Role
from console.domain.photo_names import PhotoUse
from console.domain.today import Concern
from console.domain.validity import Standing
from console.qt.client import ServiceClient
from console.qt.shortcuts import INSIDE, shortcut
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, row

EMAIL = 3
"""A column."""
SKIPPED_SHOWN = 3
"""Of those who got no invitation, so many are named."""
NO_MATCH = (
    tr("No matches"),
    tr("Search by name, number, department or email address, or clear the filters."),
)
NONE_LEFT = (tr("None left"), tr("“Show all” opens the whole list."))
PHOTO_FOLDERS = {
    tr("Photos by file name…"): PhotoUse.ENROLMENT,
    tr("ID photos by file name…"): PhotoUse.ID_PHOTO,
}
"""What a folder of photos may be taken for, by the entry of the menu."""


def _tone(employee: api.EmployeeRow) -> str:
    if employee.still_on:
        return "warn"
    if employee.standing is not Standing.IN_FORCE:
        return "mut"
    return STATUS_TONES[employee.status] if employee.status else ""


class EmployeesPage(Page):
    """The table of employees or the page of one of them, and a form beside it.

    enrol_again: the employee, and what is to be enrolled; whole_log: whose logins are to be shown.
    """

    subjects = frozenset({"employees", "enrolments", "fingers"})
    title = tr("Employees")
    searches = tr("Find employees")
    enrol_again = pyqtSignal(str, str)
    review = pyqtSignal()
    whole_log = pyqtSignal(str)

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self._total = 0
        self._sort = ("name", False)
        columns: list[Column[api.EmployeeRow]] = [
            Column(tr("Full name"), lambda e: e.full_name, 190, "name"),
            Column(tr("Number"), lambda e: e.number, 90, "number"),
            Column(tr("Department"), lambda e: e.department, 120, "department"),
            Column(tr("Email address"), lambda e: e.email, 0, "email"),
            Column(
                tr("Enrolment"),
                lambda e: e.status_text,
                210,
                tone=_tone,
            ),
        ]
        self.model: PagedModel[api.EmployeeRow] = PagedModel(columns, lambda e: e.id, self)
        self.table = Table(self.model, tr("Employees"))
        self.table.show_sorted("name", False)
        self.panel = EmployeePanel(self)
        self.panel.hide()
        self.sending = TaskWatch(client, self)
        self.strip = TaskStrip(self.sending)  # hears of an end first; leaving then hides it
        self.sending.ended.connect(self._invited)
        self.invite = button(tr("Send invitations"), self._invite, "primary", "send")
        self.add = button(tr("Add"), lambda: self.panel.show_employee(None), icon_name="plus")
        self.export = button(tr("Export…"), self.ask_export, icon_name="download")
        self.filter = PeopleFilter()
        self.re_enrol = self.filter.re_enrol
        self.groups = button(tr("Organise"), lambda: None)
        groups_menu = QMenu(self.groups)
        groups_menu.addAction(tr("Groups…"), self.open_groups)
        groups_menu.addAction(tr("Departments…"), self.open_departments)
        self.merge_two = groups_menu.addAction(tr("Merge the two selected…"), self.open_merge)
        self.groups.setMenu(groups_menu)
        self.imports = button(tr("Import"), lambda: None, icon_name="upload")
        lists_menu = QMenu(self.imports)
        lists_menu.addAction(tr("Import a list…"), self.ask_for_list)
        lists_menu.addAction(tr("Undo an import…"), self.open_imports)
        for title, use in PHOTO_FOLDERS.items():
            lists_menu.addAction(title, partial(self.ask_for_photos, use))
        self.imports.setMenu(lists_menu)
        self.privacy = PrivacyMenu(self, self.table.selected, self.with_chosen)
        self.first_import = button(tr("Import…"), self.ask_for_list, "primary", "upload")
        self.offer(lists.import_employees, self.first_import)
        self.offer(lists.export_employees, self.export)
        self.empty = EmptyState(
            "users",
            tr("No employees yet"),
            tr("Add people one by one, or import a list (CSV or Excel) with numbers and names."),
            self.first_import,
        )
        self.nothing_found = EmptyState("search", *NO_MATCH)
        self.list = Switch(self.table, self.empty, self.nothing_found)
        self.person = PersonView(self)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        tools = row(
            self.invite,
            self.add,
            self.groups,
            self.privacy.button,
            None,
            self.imports,
            self.export,
        )
        self.overview = QWidget()
        column = QVBoxLayout(self.overview)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(tools)
        column.addWidget(self.filter)
        column.addWidget(self.narrowed)
        column.addWidget(card([self.list], margin=1), 1)
        self.shown = Switch(self.overview, self.person)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addWidget(self.shown, 1)
        body.addWidget(self.panel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(self.strip)
        layout.addLayout(body, 1)

    def _connect(self) -> None:
        self.model.loaded.connect(self._loaded)
        self.table.sort_requested.connect(self._sorted)
        self.filter.changed.connect(self.refresh)
        self.table.activated.connect(lambda index: self.open_person(self.model.row(index.row())))
        self.person.closed.connect(self.close_person)
        self.person.edits.connect(self.panel.show_employee)
        self.person.wants.connect(self._do_step)
        self.person.whole_log.connect(self.whole_log.emit)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._selection_changed())
        if self.offer(api.save_employee, self.add):
            shortcut("Ctrl+N", self, tr("Add an employee"), lambda: self.panel.show_employee(None))
        if self.offer(invitations.invite, self.invite):
            shortcut("Ctrl+I", self, tr("Invite the selected people"), self._invite)
        shortcut("Esc", self.panel, tr("Close the form"), self.panel.hide, INSIDE)
        self._selection_changed()

    def open_person(self, employee: api.EmployeeRow) -> None:
        """Shows the page of one employee."""
        self.panel.hide()
        self.person.open_person(employee)
        self.shown.show_part(self.person)

    def close_person(self) -> None:
        """Back to the list, at the same place."""
        self.panel.hide()
        self.person.forget()
        self.shown.show_part(self.overview)
        self.table.setFocus()

    def search(self, text: str) -> None:
        """Finds employees; somebody who is shown makes room for the list."""
        if self.shown.shown is self.person:
            self.close_person()
        super().search(text)

    def show_concern(self, concern: Concern | None) -> None:
        """Shows only what this line of the first page counts, and nothing less."""
        if concern is not None or self.concern is not None:
            self.filter.clear()
        super().show_concern(concern)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Offers the departments that there are now."""
        super().showEvent(event)
        self._read_departments()

    def _read_departments(self) -> None:
        self.read(departments.list_departments, Nothing(), self.filter.offer)

    def _do_step(self, step: str, employee: api.EmployeeRow) -> None:
        if step == Step.SEND_LINK:
            self._look_at(invitations.Invite(employee_ids=[employee.id], again=True))
        elif step == Step.REVIEW:
            self.review.emit()
        else:
            self.enrol_again.emit(employee.id, step)

    def refresh(self) -> None:
        """Reads again what is shown."""
        self.person.refresh()
        session = self.client.session
        for admins in (self.groups, self.imports):
            admins.setVisible(session is not None and session.role == Role.ADMIN)
        self.privacy.show_for(session.role if session is not None else None)
        sort, descending = self._sort
        hides = session is not None and session.role not in SEE_EMAIL
        self.table.setColumnHidden(EMAIL, hides)
        header = self.table.horizontalHeader()
        assert header is not None
        header.setStretchLastSection(hides)  # in place of the addresses, which take what is left
        load_people(
            self,
            self.model,
            which=self.which,
            sort=sort,
            descending=descending,
        )

    def _loaded(self, total: int) -> None:
        self._total = total
        self.state_text.emit(
            tr_count("{count:,} found", "{count:,} found", total)
            if self.search_text
            else tr_count("{count:,} person", "{count:,} people", total)
        )
        self.narrowed.show_concern(self.concern, total)
        self.nothing_found.set_text(*(NO_MATCH if self.concern is None else NONE_LEFT))
        narrowed = self.search_text or self.filter.narrows or self.concern is not None
        part = self.table if total else self.nothing_found if narrowed else self.empty
        self.list.show_part(part)
        self._selection_changed()

    def _sorted(self, name: str, descending: bool) -> None:
        self._sort = (name, descending)
        self.refresh()

    @property
    def chosen(self) -> invitations.Invite:
        """Who is selected. All rows of a longer list mean all whom the list counts.

        Of those who are to enrol again, nobody selected means all of them.
        """
        people = self.table.selected()
        re_enrol = self.re_enrol.isChecked()
        if (re_enrol and not people) or self._means_all:
            return invitations.Invite(those=self.which, again=re_enrol)
        return invitations.Invite(employee_ids=[person.id for person in people], again=re_enrol)

    @property
    def _means_all(self) -> bool:
        """Whether all rows of a list are selected that is not loaded as a whole."""
        return 0 < len(self.table.selected()) == self.model.rowCount() < self._total

    def with_chosen(self, then: Callable[[list[str]], object]) -> None:
        """Goes on with the ids of those who are selected; as with `chosen`, all may mean more."""
        if self._means_all:
            self.call(api.list_ids, self.which, lambda found: then(found.ids))
        else:
            then([person.id for person in self.table.selected()])

    @property
    def which(self) -> api.WhichEmployees:
        """Whom the list shows."""
        return api.WhichEmployees(
            search=self.search_text,
            department=self.filter.path,
            state=self.filter.people,
            re_enrol=self.re_enrol.isChecked(),
            concern=self.concern,
        )

    def _selection_changed(self) -> None:
        if self.merge_two is not None:
            self.merge_two.setEnabled(len(self.table.selected()) == 2)
        chosen = self.chosen
        count = self._total if chosen.those is not None else len(chosen.employee_ids)
        self.invite.setEnabled(count > 0)
        self.invite.setText(
            tr("Send invitations ({count:,})", count=count) if count else tr("Send invitations")
        )

    def open_groups(self) -> None:
        """Opens the groups, for those who are selected."""
        self.with_chosen(lambda ids: GroupsDialog(self.client, ids, self).open())

    def open_departments(self) -> DepartmentsDialog:
        """Opens the tree of departments."""
        dialog = DepartmentsDialog(self.client, self)
        dialog.finished.connect(lambda _result: self._read_departments())
        dialog.open()
        return dialog

    def open_merge(self) -> MergeDialog | None:
        """Opens the two rows that are selected, side by side."""
        chosen = self.table.selected()
        if len(chosen) != 2:
            return None
        dialog = MergeDialog(self.client, chosen[0].id, chosen[1].id, self)
        dialog.merged.connect(self._merged)
        dialog.open()
        return dialog

    def _merged(self, employee: api.EmployeeRow) -> None:
        text = tr(
            "{name}: the two rows are now one, with number {number}.",
            name=employee.full_name,
            number=employee.number,
        )
        self.message.emit(text, False)

    def _invite(self) -> None:
        chosen = self.chosen
        if chosen.those is not None or chosen.employee_ids:
            self._look_at(chosen)

    def _look_at(self, chosen: invitations.Invite) -> None:
        self.call(invitations.look_at_invite, chosen, lambda look: self._ask(chosen, look))

    def _ask(self, chosen: invitations.Invite, look: invitations.InviteLook) -> None:
        question = InviteQuestion(look, self)
        question.exec()
        if question.sends:
            again = chosen.again or question.again
            self.send_invitations(msgspec.structs.replace(chosen, again=again))

    def send_invitations(self, chosen: invitations.Invite) -> None:
        """Sends an invitation to each of these employees."""
        self.sending.start(invitations.invite, chosen)

    def _invited(self, task: Task) -> None:
        result = task.result.invited
        if task.state is not TaskState.DONE or result is None:
            return
        self.sending.leave()
        text = tr_count(
            "{count:,} invitation is on its way.",
            "{count:,} invitations are on their way.",
            result.sent,
        )
        self.message.emit(paragraph(text, _skipped_text(result.skipped)), bool(result.skipped))

    def ask_for_list(self) -> None:
        """Asks for a file and shows what its import would do."""
        path, _ = QFileDialog.getOpenFileName(
            self, tr("Import employees"), "", tr("Lists (*.csv *.txt *.xlsx *.xlsm);;All files (*)")
        )
        if path:
            self.import_file(Path(path))

    def import_file(self, path: Path) -> None:
        """Shows what an import of the file would do."""
        try:
            data = read_file(path)
        except OSError as error:
            self.message.emit(
                tr("The file cannot be read: {problem}", problem=error.strerror), True
            )
            return
        dialog = ImportDialog(self.client, data, self)
        dialog.done_text.connect(lambda message: self.message.emit(message, False))
        dialog.open()

    def ask_for_photos(self, use: PhotoUse) -> None:
        """Asks for a folder and shows whom its photos are of."""
        folder = QFileDialog.getExistingDirectory(self, tr("Choose a folder of photos"))
        if folder:
            self.open_photos(Path(folder), use)

    def open_photos(self, folder: Path, use: PhotoUse = PhotoUse.ENROLMENT) -> PhotoFilesDialog:
        """Opens a folder of photos."""
        dialog = PhotoFilesDialog(self.client, folder, use, self)
        dialog.open()
        return dialog

    def open_imports(self) -> ImportsDialog:
        """Opens the imports that can be undone."""
        dialog = ImportsDialog(self.client, self)
        dialog.done_text.connect(lambda message: self.message.emit(message, False))
        dialog.open()
        return dialog

    def ask_export(self) -> None:
        """Asks where the employees who are shown are written to."""
        kinds = tr("Excel workbook (*.xlsx);;CSV files (*.csv)")
        path, _ = QFileDialog.getSaveFileName(self, tr("Export employees"), "employees.xlsx", kinds)
        if path:
            kind = "xlsx" if path.lower().endswith(".xlsx") else "csv"
            request = lists.ExportEmployees(**msgspec.structs.asdict(self.which), kind=kind)
            self.call(lists.export_employees, request, lambda file: self._write(Path(path), file))

    def _write(self, path: Path, file: lists.EmployeesFile) -> None:
        try:
            path.write_bytes(file.data)
        except OSError as error:
            self.message.emit(
                tr("The file cannot be written: {problem}", problem=error.strerror), True
            )
            return
        text = tr_count(
            "{count:,} employee written to {file}.",
            "{count:,} employees written to {file}.",
            file.rows,
            file=path.name,
        )
        self.message.emit(text, False)


def _skipped_text(skipped: Sequence[invitations.NotInvited]) -> str:
    """How many got no invitation, and why the first of them did not."""
    if not skipped:
        return ""
    named = "; ".join(f"{one.name}: {one.reason}" for one in skipped[:SKIPPED_SHOWN])
    return tr_count(
        "{count:,} was left out: {names}",
        "{count:,} were left out: {names}",
        len(skipped),
        names=named,
    )
