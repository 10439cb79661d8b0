"""The first screen: set the site up, sign in, or choose a password in place of a temporary one."""

import platform

import msgspec
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import operators
from console.api.operation import ApiError, Health, Nothing
from console.desktop.dialogs.password_dialog import ADVICE, DIFFER
from console.desktop.dialogs.recover_dialog import RecoverDialog
from console.desktop.dialogs.second_factor_dialog import SecondFactorDialog
from console.domain.language import paragraph, tr
from console.qt.client import ServiceClient
from console.qt.sizes import sized
from console.qt.widgets import Field, IconLabel, button, card, label, row

WIDTH = 380


class SignInForm(QWidget):
    """Asks for user name and password; at the first run also for the site's name.

    Whoever comes with a temporary password chooses another one before anything else. appearance,
    help, about: somebody wants to see these.
    """

    signed_in = pyqtSignal(object)
    appearance = pyqtSignal()
    help = pyqtSignal()
    about = pyqtSignal()

    def __init__(self, client: ServiceClient) -> None:
        super().__init__()
        self.setObjectName("body")
        self._client = client
        self._health = Health(version="", first_run=False, site="")
        self._temporary: operators.SignedIn | None = None
        self._title, self._help = label("", "big"), label("", "soft", wrap=True)
        self.site = Field(tr("Name of your site"), hint=tr("Hartmann Logistics"))
        self.name = Field(tr("Your name"))
        self.username = Field(tr("User name"))
        self.password = Field(tr("Password"), password=True)
        self.code = Field(tr("Code from your app, or a recovery code"), hint="123 456")
        self.new = Field(tr("New password"), password=True)
        self.repeat = Field(tr("Password again"), password=True)
        self._fields = {
            "site": self.site,
            "name": self.name,
            "username": self.username,
            "password": self.password,
            "code": self.code,
            "new": self.new,
        }
        self.problem = label("", "error", wrap=True)
        self.go = button("", self._submit, "primary")
        self.forgotten = button(tr("Forgot your password?"), self._recover)
        self.back = button(tr("Back"), self._leave)
        mark = IconLabel("fingerprint", "accent", 32)
        box = card(
            [
                mark,
                self._title,
                self._help,
                self.site,
                self.name,
                self.username,
                self.password,
                self.code,
                self.new,
                self.repeat,
                self.problem,
                self.go,
                self.forgotten,
                self.back,
            ],
            margin=24,
        )
        sized(box, width=WIDTH)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(box, 0, Qt.AlignmentFlag.AlignHCenter)
        aids = row(
            button(tr("Appearance…"), self.appearance.emit),
            button(tr("Help"), self.help.emit),
            button(tr("About Muster…"), self.about.emit),
        )
        layout.addWidget(aids, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        for field in (*self._fields.values(), self.repeat):
            field.edit.returnPressed.connect(self._submit)
        self.show_for(self._health)

    def show_for(self, health: Health) -> None:
        """Fits the form to what the service says: first run or not."""
        self._health, self._temporary = health, None
        for field in (self.site, self.name, self.repeat):
            field.setVisible(health.first_run)
        self.username.show()
        self.password.show()
        self.forgotten.setVisible(not health.first_run)
        self.code.edit.clear()
        for part in (self.code, self.new, self.back):
            part.hide()
        if health.first_run:
            self._title.setText(tr("Set up this site"))
            self._help.setText(
                tr(
                    "You will be the first operator. Choose a password of at least 12 characters. "
                    "There is no default password."
                )
            )
            self.go.setText(tr("Set up"))
            self.site.edit.setFocus()
        else:
            self._title.setText(health.site or tr("Sign in"))
            self._help.setText(tr("Sign in to the console."))
            self.go.setText(tr("Sign in"))
            (self.password if self.username.text() else self.username).edit.setFocus()
        self.go.setAccessibleName(self.go.text())

    def _ask_new_password(self, session: operators.SignedIn) -> None:
        self._temporary = session
        self._client.session = session  # signs the change, and nothing else is asked
        for hidden in (self.username, self.password, self.forgotten):
            hidden.hide()
        for shown in (self.new, self.repeat, self.back):
            shown.show()
        self._title.setText(tr("Choose a new password"))
        self.code.hide()
        self._help.setText(paragraph(tr("You signed in with a temporary password."), ADVICE))
        self.go.setText(tr("Use this password"))
        self.go.setAccessibleName(self.go.text())
        self.new.edit.setFocus()

    def _ask_code(self) -> None:
        """The password is right; the second factor comes next."""
        for hidden in (self.username, self.password, self.forgotten):
            hidden.hide()
        for shown in (self.code, self.back):
            shown.show()
        self._title.setText(tr("Second factor"))
        self._help.setText(tr("Enter the code that the app on your phone shows now."))
        self.code.edit.setFocus()

    def _set_up_factor(self, session: operators.SignedIn, password: str) -> None:
        """Whoever needs a second factor sets one up before anything else is answered."""
        self._client.session = session
        dialog = SecondFactorDialog(self._client, self, password)

        def ended(is_set_up: bool) -> None:
            if not is_set_up:
                self._leave()
                return
            self._empty()
            self.show_for(self._health)
            self.signed_in.emit(msgspec.structs.replace(session, must_set_up=False))

        dialog.ended.connect(ended)
        dialog.open()

    def _leave(self) -> None:
        """Ends a session that was not used yet; a temporary password stays as it is."""
        if self._client.session is not None:
            self._client.call(operators.sign_out, Nothing(), lambda _: None, lambda _: None, self)
        self._empty()
        self._client.sign_out_here()
        self.show_for(self._health)

    def _recover(self) -> None:
        dialog = RecoverDialog(self._client, self.username.text(), self)
        dialog.recovered.connect(self._recovered)
        dialog.open()

    def _recovered(self, given: operators.TemporaryPassword) -> None:
        self.username.edit.setText(given.username)
        self.password.edit.setText(given.password)
        self._submit()

    def _submit(self) -> None:
        self._clear()
        chosen = self.new if self._temporary is not None else self.password
        if not self.repeat.isHidden() and chosen.text() != self.repeat.text():
            self.repeat.set_problem(DIFFER)
            return
        self.go.setEnabled(False)
        if self._temporary is not None:
            change = operators.ChangePassword(current=self.password.text(), new=self.new.text())
            self._client.call(operators.change_password, change, self._changed, self._failed, self)
        elif self._health.first_run:
            request = operators.SetUp(
                username=self.username.text(),
                name=self.name.text(),
                password=self.password.text(),
                site=self.site.text(),
            )
            self._client.call(operators.set_up, request, self._done, self._failed, self)
        else:
            self._client.call(
                operators.sign_in,
                operators.SignIn(
                    username=self.username.text(),
                    password=self.password.text(),
                    computer=platform.node(),
                    code=self.code.text(),
                ),
                self._done,
                self._failed,
                self,
            )

    def _clear(self) -> None:
        self.problem.setText("")
        for field in (*self._fields.values(), self.repeat):
            field.set_problem("")

    def _done(self, session: operators.SignedIn) -> None:
        self.go.setEnabled(True)
        if session.must_change:
            self._ask_new_password(session)
            return
        self._enter(session, self.password.text())

    def _enter(self, session: operators.SignedIn, password: str) -> None:
        if session.must_set_up:
            self._set_up_factor(session, password)
            return
        self._empty()
        self.show_for(self._health)
        self.signed_in.emit(session)

    def _changed(self, _nothing: Nothing) -> None:
        session = self._temporary
        assert session is not None
        self.go.setEnabled(True)
        self._enter(msgspec.structs.replace(session, must_change=False), self.new.text())

    def _empty(self) -> None:
        for field in (self.password, self.code, self.new, self.repeat):
            field.edit.clear()

    def _failed(self, error: ApiError) -> None:
        self.go.setEnabled(True)
        if error.code == "second_factor_needed":
            self._ask_code()
            return
        field = self._fields.get(error.field)
        if field is not None:
            field.set_problem(error.message)
        else:
            self.problem.setText(error.message)
            (self.password if self.code.isHidden() else self.code).edit.setFocus()
