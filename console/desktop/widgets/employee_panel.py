"""The form of one employee, new or known."""

from PyQt6.QtGui import QHideEvent
from PyQt6.QtWidgets import QCheckBox, QVBoxLayout

from console.api import access_rules, departments
from console.api import employees as api
from console.api.operation import ApiError, ById, Nothing
from console.desktop.flows.access_change import named
from console.desktop.page import Page
from console.desktop.widgets.day_field import DayField
from console.desktop.widgets.department_field import DepartmentField
from console.desktop.widgets.questions import FACE_IS_WITHDRAWN, withdraws_face
from console.domain.language import labelled, tr
from console.domain.operators import Role
from console.qt.requests import ViewRequests
from console.qt.sizes import sized
from console.qt.widgets import Field, Switch, button, card, label, row

PANEL_WIDTH = 320
DESTINATIONS_SHOWN = 3
"""Terminals that the form names in one line; its tip names all."""


def destinations_text(found: access_rules.EmployeeAccess, most: int) -> str:
    """Which terminals somebody goes to, and why; and to which not. most: named in each line."""
    if not found.destinations:
        return ""
    there = [row for row in found.destinations if row.allowed]
    not_there = [row for row in found.destinations if not row.allowed]
    goes = tr("Goes to: {terminals}", terminals=_named(there, most))
    lines = [goes if there else tr("Goes to no terminal.")]
    if not_there:
        lines.append(tr("Not to: {terminals}", terminals=_named(not_there, most)))
    return "\n".join(lines)


def _named(rows: list[access_rules.Destination], most: int) -> str:
    return named([f"{one.terminal} ({one.why})" for one in rows[:most]], len(rows))


class EmployeePanel(Switch):
    """The form beside the table: one employee, new or known."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._id = ""
        self.title = label("", "heading")
        self.number = Field(tr("Number"), hint="1042")
        self.first_name, self.last_name = Field(tr("First name")), Field(tr("Last name"))
        self.email = Field(tr("Email address"), hint="nur@example.com")
        self.department = DepartmentField()
        self.valid_from, self.valid_until = (
            DayField(tr("Valid from")),
            DayField(tr("Valid until")),
        )
        self.active = QCheckBox(tr("Active"))
        self.may_log_in = QCheckBox(tr("May log in at terminals and kiosks"))
        self.goes_to = label("", "soft", wrap=True)
        self.status = label("", "soft", wrap=True)
        self.withdraw = button(tr("Withdraw face consent…"), self._ask_withdraw)
        self.save = button(tr("Save"), self._save, "primary")
        self._fields = {
            "number": self.number,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "department": self.department,
        }
        box = card(
            [
                self.title,
                *self._fields.values(),
                row(self.valid_from, self.valid_until),
                self.active,
                self.may_log_in,
                self.status,
                row(self.withdraw, None),
                self.goes_to,
                row(self.save, button(tr("Close"), self.hide), None),
            ],
        )
        layout = box.layout()
        if isinstance(layout, QVBoxLayout):
            layout.addStretch(1)
        super().__init__(box)
        self._requests = ViewRequests(page.client, self, page.failed)
        sized(self, width=PANEL_WIDTH)
        for field in self._all_fields().values():
            field.edit.returnPressed.connect(self._save)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """A form that was closed stays closed when the answer to Save comes."""
        super().hideEvent(event)
        self._requests.forget()

    def show_employee(self, employee: api.EmployeeRow | None) -> None:
        """Fills the form; None: a new employee."""
        self._requests.forget()
        self._id = employee.id if employee else ""
        self.title.setText(employee.full_name if employee else tr("New employee"))
        values = employee or api.EmployeeRow(
            id="", number="", first_name="", last_name="", email="", department="", active=True
        )
        for name, field in self._fields.items():
            field.edit.setText(getattr(values, name))
        self.valid_from.show_day(values.valid_from)
        self.valid_until.show_day(values.valid_until)
        self._clear_problems()
        self.active.setChecked(values.active)
        self.may_log_in.setChecked(values.may_log_in)
        self.status.setText(
            labelled(tr("Enrolment"), values.status_text) if values.status_text else ""
        )
        self.status.setVisible(bool(values.status_text))
        session = self._page.client.session
        admin = session is not None and session.role == Role.ADMIN
        self.withdraw.setVisible(admin and values.face_agreed)
        self.goes_to.clear()
        self._requests.read(departments.list_departments, Nothing(), self.department.offer)
        if employee is not None:
            named = ById(id=employee.id)
            self._requests.read(access_rules.of_employee, named, self._show_destinations)
        self.show()
        self.number.edit.setFocus()

    def _show_destinations(self, found: access_rules.EmployeeAccess) -> None:
        self.goes_to.setText(destinations_text(found, DESTINATIONS_SHOWN))
        self.goes_to.setToolTip(destinations_text(found, len(found.destinations)))

    def _all_fields(self) -> dict[str, Field]:
        return {**self._fields, "valid_from": self.valid_from, "valid_until": self.valid_until}

    def _clear_problems(self) -> None:
        for field in self._all_fields().values():
            field.set_problem("")

    def _save(self) -> None:
        self._clear_problems()
        try:
            valid_from, valid_until = self.valid_from.day(), self.valid_until.day()
        except ValueError:
            return  # the field says what is wrong
        request = api.SaveEmployee(
            id=self._id,
            active=self.active.isChecked(),
            may_log_in=self.may_log_in.isChecked(),
            number=self.number.text(),
            first_name=self.first_name.text(),
            last_name=self.last_name.text(),
            email=self.email.text(),
            department=self.department.text(),
            valid_from=valid_from,
            valid_until=valid_until,
        )
        self._requests.change(
            api.save_employee, request, self._saved, self._failed, late=self._tell_saved
        )

    def _saved(self, employee: api.EmployeeRow) -> None:
        self._tell_saved(employee)
        self.show_employee(employee)

    def _tell_saved(self, employee: api.EmployeeRow) -> None:
        self._page.message.emit(tr("{name} was saved.", name=employee.full_name), False)

    def _ask_withdraw(self) -> None:
        if withdraws_face(self, self.title.text()):
            self.withdraw_now()

    def withdraw_now(self) -> None:
        """Withdraws the consent to the face."""
        request = ById(id=self._id)
        self._requests.change(
            api.withdraw_face, request, self._withdrawn, late=self._tell_withdrawn
        )

    def _withdrawn(self, employee: api.EmployeeRow) -> None:
        self._tell_withdrawn(employee)
        self.show_employee(employee)

    def _tell_withdrawn(self, employee: api.EmployeeRow) -> None:
        self._page.message.emit(labelled(employee.full_name, FACE_IS_WITHDRAWN), False)

    def _failed(self, error: ApiError) -> None:
        field = self._all_fields().get(error.field)
        if field is not None:
            field.set_problem(error.message)
        else:
            self._page.failed(error)
