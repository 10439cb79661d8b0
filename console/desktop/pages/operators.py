"""Operators: who uses the console, their role, and who may enrol others."""

from PyQt6.QtGui import QHideEvent
from PyQt6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout

from console.api import operators as api
from console.api.operation import ApiError, ById, Nothing
from console.desktop.dialogs.sessions_dialog import SessionsDialog
from console.desktop.dialogs.temporary_password_dialog import TemporaryPasswordDialog
from console.desktop.page import Page
from console.desktop.roles import MAY, ROLE_WORDS
from console.domain.language import tr
from console.domain.operators import AT_THE_DESK, Role
from console.qt.client import ServiceClient
from console.qt.questions import is_sure
from console.qt.requests import ViewRequests
from console.qt.shortcuts import INSIDE, shortcut
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import Field, Switch, button, card, label, row

PANEL_WIDTH = 320
CAN_ENROL = tr("Can Enroll Others")
PASSWORDS = {
    api.PasswordState.TEMPORARY: (tr("Temporary"), "warn"),
    api.PasswordState.RUN_OUT: (tr("Expired"), "bad"),
    api.PasswordState.NONE: (tr("None yet"), "mut"),
}
FACTORS = {
    api.FactorState.NONE: (tr("Own password"), ""),
    api.FactorState.MISSING: (tr("Code missing"), "warn"),
    api.FactorState.SET_UP: (tr("With code"), "pass"),
}


def _sign_in(operator: api.OperatorRow) -> tuple[str, str]:
    """With what somebody signs in, and its tone: a password, and with a second factor a code."""
    if operator.password is api.PasswordState.OWN:
        return FACTORS[operator.factor]
    return PASSWORDS[operator.password]


class OperatorPanel(Switch):
    """The form beside the table: one operator, new or known."""

    def __init__(self, page: "OperatorsPage") -> None:
        self._page = page
        self._id = ""
        self.title = label("", "heading")
        self.username, self.name = (
            Field(tr("User name"), hint="t.weber"),
            Field(tr("Name"), hint="T. Weber"),
        )
        self.role = QComboBox()
        self.role.setAccessibleName(tr("Role"))
        for role, text in ROLE_WORDS.items():
            self.role.addItem(text, role)
        self.explained = label("", "small", wrap=True)
        self.can_enrol, self.active = QCheckBox(CAN_ENROL), QCheckBox(tr("Active: may sign in"))
        self.first = label(
            tr("When you save, you get a temporary password to hand over."), "small", wrap=True
        )
        self.second_factor = QCheckBox(tr("Needs a second factor"))
        self.reset = button(tr("Temporary password…"), self._ask_reset)
        self.reset_factor = button(tr("Remove second factor…"), self._ask_reset_factor)
        self.employee = Field(tr("Employee number, if an employee"), hint="1042")
        self.employee.setToolTip(tr("Nobody may approve their own enrolment."))
        self.save = button(tr("Save"), self._save, "primary")
        box = card(
            [
                self.title,
                self.username,
                self.name,
                label(tr("Role"), "soft"),
                self.role,
                self.explained,
                self.can_enrol,
                self.active,
                self.second_factor,
                self.employee,
                self.first,
                self.reset,
                self.reset_factor,
                row(self.save, button(tr("Close"), self.hide), None),
            ],
        )
        layout = box.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addStretch(1)
        super().__init__(box)
        self._requests = ViewRequests(page.client, self, page.failed)
        sized(self, width=PANEL_WIDTH)
        self.role.currentIndexChanged.connect(lambda _: self._follow_role())

    def hideEvent(self, event: QHideEvent | None) -> None:
        """A form that was closed stays closed when the answer to Save comes."""
        super().hideEvent(event)
        self._requests.forget()

    def show_operator(self, operator: api.OperatorRow | None) -> None:
        """Fills the form; None: a new operator."""
        self._requests.forget()
        self._id = operator.id if operator else ""
        values = operator or api.OperatorRow(
            id="", username="", name="", role=Role.TECHNICIAN, can_enrol=True, active=True
        )
        self.title.setText(values.name or tr("New operator"))
        for field, text in (
            (self.username, values.username),
            (self.name, values.name),
            (self.employee, values.employee),
        ):
            field.edit.setText(text)
            field.set_problem("")
        session = self._page.client.session
        own = operator is not None and session is not None and operator.username == session.username
        self.reset.setVisible(operator is not None and not own)
        has_factor = values.factor is api.FactorState.SET_UP
        self.reset_factor.setVisible(operator is not None and not own and has_factor)
        self.first.setVisible(operator is None)
        self.role.setCurrentIndex(self.role.findData(values.role))
        self.can_enrol.setChecked(values.can_enrol)
        self.active.setChecked(values.active)
        self.second_factor.setChecked(values.second_factor)
        self._follow_role()
        self.show()
        self.username.edit.setFocus()

    def _follow_role(self) -> None:
        role = Role(self.role.currentData())
        self.explained.setText(MAY[role])
        self.can_enrol.setEnabled(role in AT_THE_DESK)

    def _save(self) -> None:
        for field in (self.username, self.name, self.employee):
            field.set_problem("")
        request = api.SaveOperator(
            id=self._id,
            username=self.username.text(),
            name=self.name.text(),
            role=Role(self.role.currentData()),
            can_enrol=self.can_enrol.isChecked(),
            active=self.active.isChecked(),
            second_factor=self.second_factor.isChecked(),
            employee=self.employee.text(),
        )
        self._requests.change(
            api.save_operator, request, self._saved, self._failed, late=self._tell_saved
        )

    def _saved(self, operator: api.OperatorRow) -> None:
        self._tell_saved(operator)
        added = not self._id
        self.show_operator(operator)
        if added:
            self._reset()

    def _ask_reset(self) -> None:
        question = tr("Give {name} a temporary password?", name=self.title.text())
        explained = tr("The current password stops working, and all their sessions end.")
        if is_sure(self, tr("Give password"), question, explained):
            self._reset()

    def _reset(self) -> None:
        self._requests.change(api.reset_password, ById(id=self._id), self._show_password)

    def _ask_reset_factor(self) -> None:
        question = tr("Remove the second factor of {name}?", name=self.title.text())
        explained = tr(
            "They sign in with their password alone until they set up another one, and all their "
            "sessions end."
        )
        if is_sure(self, tr("Remove"), question, explained):
            self._requests.change(
                api.reset_second_factor, ById(id=self._id), lambda _done: self._told_reset()
            )

    def _told_reset(self) -> None:
        self.reset_factor.hide()
        self._page.message.emit(tr("The second factor was removed."), False)
        self._page.refresh()

    def _show_password(self, given: api.TemporaryPassword) -> None:
        TemporaryPasswordDialog(given, self).open()

    def _tell_saved(self, operator: api.OperatorRow) -> None:
        self._page.message.emit(tr("{name} saved.", name=operator.name), False)
        self._page.refresh()

    def _failed(self, error: ApiError) -> None:
        fields = {
            "username": self.username,
            "name": self.name,
            "employee": self.employee,
        }
        field = fields.get(error.field)
        if field is not None:
            field.set_problem(error.message)
        else:
            self._page.failed(error)


class OperatorsPage(Page):
    """The table of operators, and a form for one of them beside it."""

    subjects = frozenset({"operators"})
    title = tr("Operators")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        columns: list[Column[api.OperatorRow]] = [
            Column(tr("Name"), lambda o: o.name, 120),
            Column(tr("User name"), lambda o: o.username, 110),
            Column(tr("Role"), lambda o: ROLE_WORDS[o.role], 118),
            Column(tr("Employee"), lambda o: f"{o.employee_name} {o.employee}".strip() or "–", 85),
            Column(
                CAN_ENROL,
                lambda o: tr("Yes") if o.can_enrol and o.role in AT_THE_DESK else tr("No"),
                170,
            ),
            Column(
                tr("Password"),
                lambda o: _sign_in(o)[0],
                115,
                tone=lambda o: _sign_in(o)[1],
            ),
            Column(
                tr("State"),
                lambda o: tr("Active") if o.active else tr("May not sign in"),
                0,
                tone=lambda o: "pass" if o.active else "mut",
            ),
        ]
        self.model: PagedModel[api.OperatorRow] = PagedModel(columns, lambda o: o.id, self)
        self.table = Table(self.model, tr("Operators"))
        self.panel = OperatorPanel(self)
        self.panel.hide()
        self.for_all = QCheckBox(tr("Require a second factor for everyone"))
        self.for_all.clicked.connect(self._require)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addWidget(card([self.table], margin=1), 1)
        body.addWidget(self.panel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(
            row(
                button(tr("Add"), lambda: self.panel.show_operator(None), "primary", "plus"),
                button(tr("Sessions…"), lambda: SessionsDialog(client, self).open()),
                None,
                self.for_all,
            )
        )
        layout.addLayout(body, 1)
        self.table.activated.connect(
            lambda index: self.panel.show_operator(self.model.row(index.row()))
        )
        shortcut("Ctrl+N", self, tr("Add an operator"), lambda: self.panel.show_operator(None))
        shortcut("Esc", self.panel, tr("Close the form"), self.panel.hide, INSIDE)

    def refresh(self) -> None:
        """Reads again what is shown."""
        self.read(api.list_operators, Nothing(), self._show)

    def _require(self, for_all: bool) -> None:
        self.for_all.setChecked(not for_all)  # until the service says so
        self.call(
            api.require_second_factor,
            api.SecondFactorRule(for_all=for_all),
            lambda _done: self.refresh(),
        )

    def _show(self, found: api.Operators) -> None:
        self.for_all.setChecked(found.factor_for_all)
        self.model.show_rows(found.rows)
        active = sum(row.active for row in found.rows)
        self.state_text.emit(tr("{count:,} may sign in", count=active))
