"""Erasing one person or many: what it does is shown, and confirmed by a number that is typed."""

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from console.api import erasure as api
from console.api.employees import EmployeeRow
from console.api.operation import ApiError
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import tr
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import Field, button, card, label, row

WHAT_IT_DOES = tr(
    "This cannot be undone. Names, photos, templates, consents and links are deleted here. Logins "
    "stay under a pseudonym, because working time has to be provable. Terminals and kiosks remove "
    "the person by themselves; those that are off stay listed until they have."
)
SECOND = tr("Another administrator has to agree before anything happens.")


class EraseDialog(Dialog):
    """Asks before people are erased."""

    done_text = pyqtSignal(str)

    def __init__(
        self, client: ServiceClient, people: list[EmployeeRow], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.open_at(QSize(760, 560))
        self._client, self._people = client, people
        alone = len(people) == 1
        whom = people[0].full_name if alone else f"{len(people):,} {tr('employees')}"
        self.setWindowTitle(f"{tr('Erase')} {whom}")
        data: list[Column[api.DataRow]] = [
            Column(tr("What is kept"), lambda one: one.what),
            Column(tr("Rows"), lambda one: f"{one.count:,}", 80),
            Column(tr("Becomes"), lambda one: one.becomes, 190),
        ]
        self.rows: PagedModel[api.DataRow] = PagedModel(data, lambda one: one.what, self)
        places: list[Column[api.PlaceRow]] = [
            Column(tr("Where else"), lambda one: f"{one.name} ({one.kind})"),
            Column(tr("What it has"), lambda one: one.state, 220),
            Column(tr("Last heard from"), lambda one: local_text(one.last_seen), MOMENT_PX),
        ]
        self.places: PagedModel[api.PlaceRow] = PagedModel(places, lambda one: one.id, self)
        asks = tr("Type the employee number") if alone else tr("Type how many people it is")
        number = people[0].number if alone else f"{len(people)}"
        self.typed = Field(f"{asks}: {number}")
        self.remarks = label("", "warn", wrap=True)
        self.remarks.hide()
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.erase = button(f"{tr('Erase')} {whom}", self._erase, "danger")
        self.erase.setEnabled(False)
        self._place_table = card([Table(self.places, tr("Where else"))], margin=1)
        self._place_table.setVisible(alone)
        layout = QVBoxLayout(self)
        layout.addWidget(label(WHAT_IT_DOES, "soft", wrap=True))
        layout.addWidget(card([Table(self.rows, tr("What is kept"))], margin=1), 1)
        layout.addWidget(self._place_table, 1)
        for part in (self.remarks, self.typed, self.problem):
            layout.addWidget(part)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.erase))
        look = api.WhoToErase(employee_ids=[one.id for one in people])
        client.call(api.look_at_erase, look, self._show, self._failed, self)

    def _show(self, look: api.ErasureLook) -> None:
        self.rows.show_rows(look.rows)
        self.places.show_rows(look.places)
        said = [SECOND] if look.second else []
        if look.held:
            said.append(f"{tr('On legal hold, and not erased:')} {', '.join(look.held[:5])}.")
        if look.operators:
            said.append(f"{tr('Their account as an operator stays:')} {', '.join(look.operators)}.")
        self.remarks.setText(" ".join(said))
        self.remarks.setVisible(bool(said))
        self.erase.setEnabled(not look.held)

    def _erase(self) -> None:
        self.problem.hide()
        self.typed.set_problem("")
        ids = [one.id for one in self._people]
        request = api.Erase(employee_ids=ids, confirm=self.typed.text())
        self.erase.setEnabled(False)
        self._client.call(api.erase, request, self._done, self._failed, self)

    def _done(self, asked: api.Asked) -> None:
        self.done_text.emit(
            tr("Another administrator has to agree, under Erasures and receipts.")
            if asked.second
            else f"{asked.people:,} {tr('erased. Erasures and receipts shows what is left where.')}"
        )
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self.erase.setEnabled(True)
        if error.field == "confirm":
            self.typed.set_problem(error.message)
            return
        self.problem.setText(error.message)
        self.problem.show()
