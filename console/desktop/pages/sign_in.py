"""The first screen: set the site up, or sign in."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from console.api import operators
from console.api.operation import ApiError, Health
from console.qt.client import ServiceClient
from console.qt.language import tr
from console.qt.theme import pixmap, theme
from console.qt.widgets import Field, button, card, label

WIDTH = 380


class SignInForm(QWidget):
    """Asks for user name and password; at the first run also for the site's name."""

    signed_in = pyqtSignal(object)

    def __init__(self, client: ServiceClient) -> None:
        super().__init__()
        self.setObjectName("body")
        self._client = client
        self._first_run = False
        self._title, self._help = label("", "big"), label("", "soft", wrap=True)
        self.site = Field(tr("Name of your site"), hint=tr("Hartmann Logistics"))
        self.name = Field(tr("Your name"))
        self.username = Field(tr("User name"))
        self.password = Field(tr("Password"), password=True)
        self.repeat = Field(tr("Password again"), password=True)
        self._fields = {
            "site": self.site,
            "name": self.name,
            "username": self.username,
            "password": self.password,
        }
        self.problem = label("", "error", wrap=True)
        self.go = button("", self._submit, "primary")
        mark = QLabel()
        mark.setPixmap(pixmap("fingerprint", theme().accent, 32))
        box = card(
            [
                mark,
                self._title,
                self._help,
                self.site,
                self.name,
                self.username,
                self.password,
                self.repeat,
                self.problem,
                self.go,
            ],
            margin=24,
        )
        box.setFixedWidth(WIDTH)
        layout = QVBoxLayout(self)
        layout.addWidget(box, 0, Qt.AlignmentFlag.AlignCenter)
        for field in (self.site, self.name, self.username, self.password, self.repeat):
            field.edit.returnPressed.connect(self._submit)
        self.show_for(Health(version="", first_run=False, site=""))

    def show_for(self, health: Health) -> None:
        """Fits the form to what the service says: first run or not."""
        self._first_run = health.first_run
        for field in (self.site, self.name, self.repeat):
            field.setVisible(health.first_run)
        if health.first_run:
            self._title.setText(tr("Set up this site"))
            self._help.setText(
                tr(
                    "You become the first operator. Choose a password of at least 12 "
                    "characters; there is no default one."
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

    def _submit(self) -> None:
        self._clear()
        if self._first_run and self.password.text() != self.repeat.text():
            self.repeat.set_problem(tr("The two passwords differ."))
            return
        self.go.setEnabled(False)
        if self._first_run:
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
                operators.SignIn(username=self.username.text(), password=self.password.text()),
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
        self.password.edit.clear()
        self.repeat.edit.clear()
        self.signed_in.emit(session)

    def _failed(self, error: ApiError) -> None:
        self.go.setEnabled(True)
        field = self._fields.get(error.field)
        if field is not None:
            field.set_problem(error.message)
        else:
            self.problem.setText(error.message)
            self.password.edit.setFocus()
