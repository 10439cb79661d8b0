"""Erasing one person or many: what it does is shown, and confirmed by a number that is typed."""

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import erasure as api
from console.api.employees import EmployeeRow
from console.api.operation import ApiError
from console.desktop.dialogs.receipt_file import place_text
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import paragraph, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import Field, button, card, label, row

WHAT_IT_DOES = tr(
    "This cannot be undone. Names, photos, templates, consents and links are deleted here. Logins "
    "are kept under a pseudonym, because working time must remain provable. Terminals and kiosks "
    "remove the person automatically; those that are offline stay listed until they have."
)
SECOND = tr("Another administrator must agree before anything happens.")

HELD_SHOWN = 5
"""People on legal hold who are named."""


class EraseDialog(Dialog):
    """Asks before people are erased."""

    done_text = pyqtSignal(str)

    def __init__(
        self,
        client: ServiceClient,
        people: list[str],
        only: EmployeeRow | None,
        parent: QWidget | None = None,
    ) -> None:
        """people: their ids; only: who it is, if it is one person."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.open_at(QSize(760, 560))
        self._client, self._people = client, people
        title = (
            tr("Erase {name}", name=only.full_name)
            if only is not None
            else tr_count("Erase {count:,} employee", "Erase {count:,} employees", len(people))
        )
        self.setWindowTitle(title)
        data: list[Column[api.DataRow]] = [
            Column(tr("What is kept"), lambda one: one.what),
            Column(tr("Rows"), lambda one: f"{one.count:,}", 80),
            Column(tr("After erasing"), lambda one: one.becomes, 190),
        ]
        self.rows: PagedModel[api.DataRow] = PagedModel(data, lambda one: one.what, self)
        places: list[Column[api.PlaceRow]] = [
            Column(tr("Where else"), place_text),
            Column(tr("What it has"), lambda one: one.state, 220),
            Column(tr("Last seen"), lambda one: local_text(one.last_seen), MOMENT_PX),
        ]
        self.places: PagedModel[api.PlaceRow] = PagedModel(places, lambda one: one.id, self)
        self.typed = Field(
            tr("Type the employee number: {number}", number=only.number)
            if only is not None
            else tr("Type the number of people: {number}", number=len(people))
        )
        self.remarks = label("", "warn", wrap=True)
        self.remarks.hide()
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.erase = button(title, self._erase, "danger")
        self.erase.setEnabled(False)
        self._place_table = card([Table(self.places, tr("Where else"))], margin=1)
        self._place_table.setVisible(only is not None)
        layout = QVBoxLayout(self)
        layout.addWidget(label(WHAT_IT_DOES, "soft", wrap=True))
        layout.addWidget(card([Table(self.rows, tr("What is kept"))], margin=1), 1)
        layout.addWidget(self._place_table, 1)
        for part in (self.remarks, self.typed, self.problem):
            layout.addWidget(part)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.erase))
        look = api.WhoToErase(employee_ids=people)
        client.call(api.look_at_erase, look, self._show, self._failed, self)

    def _show(self, look: api.ErasureLook) -> None:
        self.rows.show_rows(look.rows)
        self.places.show_rows(look.places)
        said = [SECOND] if look.second else []
        if look.held:
            names = ", ".join(look.held[:HELD_SHOWN])
            said.append(tr("On legal hold, and cannot be erased: {names}.", names=names))
        if look.operators:
            names = ", ".join(look.operators)
            said.append(tr("Their operator account is kept: {names}.", names=names))
        self.remarks.setText(paragraph(*said))
        self.remarks.setVisible(bool(said))
        self.erase.setEnabled(not look.held)

    def _erase(self) -> None:
        self.problem.hide()
        self.typed.set_problem("")
        request = api.Erase(employee_ids=self._people, confirm=self.typed.text())
        self.erase.setEnabled(False)
        self._client.call(api.erase, request, self._done, self._failed, self)

    def _done(self, asked: api.Asked) -> None:
        self.done_text.emit(
            tr("Another administrator must agree, under Erasures and receipts.")
            if asked.second
            else tr_count(
                "{count:,} person erased. Erasures and receipts shows where data is still held.",
                "{count:,} people erased. Erasures and receipts shows where data is still held.",
                asked.people,
            )
        )
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.erase.setEnabled(True)
        if error.field == "confirm":
            self.typed.set_problem(error.message)
            return
        self.problem.setText(error.message)
        self.problem.show()
