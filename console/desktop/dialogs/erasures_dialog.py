"""All erasures: which places still hold data, their receipts, and what waits for an agreement."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from console.api import erasure as api
from console.api.operation import ApiError, ById, Nothing, Operation
from console.desktop.dialogs.receipt_file import STATES, place_text, write_receipt
from console.desktop.narrow_bar import NarrowBar
from console.desktop.words import MOMENT_PX, local_text
from console.domain.erasure import ErasureState
from console.domain.language import tr, tr_count
from console.domain.operators import Role
from console.domain.today import Concern
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.questions import ask_name, is_sure
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row

STATE_TEXTS = {
    ErasureState.PROPOSED: tr("Awaiting a second administrator"),
    ErasureState.ASKED: tr("Being erased"),
    ErasureState.EMPTYING: tr("Erased here"),
    ErasureState.CLEANING: tr("Erased everywhere; the journal is being emptied"),
    ErasureState.DONE: tr("Erased everywhere"),
}


def state_text(one: api.ErasureRow) -> str:
    """How far an erasure is, and how many places may still hold data."""
    text = STATE_TEXTS[one.state]
    if one.holding:
        return tr_count(
            "{state}; {count:,} place still holds data",
            "{state}; {count:,} places still hold data",
            one.holding,
            state=text,
        )
    return text


class ErasuresDialog(Dialog):
    """The erasures, and the places of the chosen one."""

    def __init__(
        self,
        client: ServiceClient,
        parent: QWidget | None = None,
        concern: Concern | None = None,
    ) -> None:
        """concern: shows only what this line of the first page counts."""
        super().__init__(parent)
        self.concern = concern
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Erasures and receipts"))
        self.open_at(QSize(980, 600))
        self._client = client
        columns: list[Column[api.ErasureRow]] = [
            Column(tr("Reference"), lambda one: one.id, 250),
            Column(tr("Requested"), lambda one: local_text(one.asked_at), MOMENT_PX),
            Column(tr("By"), lambda one: one.asked_by, 120),
            Column(tr("State"), state_text, tone=lambda one: "warn" if one.holding else ""),
        ]
        self.model: PagedModel[api.ErasureRow] = PagedModel(columns, lambda one: one.id, self)
        self.table = Table(self.model, tr("Erasures"))
        where: list[Column[api.PlaceRow]] = [
            Column(tr("Place"), place_text, 200),
            Column(tr("State"), lambda one: STATES.get(one.state, one.state), 230),
            Column(tr("Since"), lambda one: local_text(one.shown_at or one.since), MOMENT_PX),
            Column(tr("Last seen"), lambda one: local_text(one.last_seen), MOMENT_PX),
            Column(tr("Problem"), lambda one: one.problem),
        ]
        self.places: PagedModel[api.PlaceRow] = PagedModel(where, lambda one: one.id, self)
        self.place_table = Table(self.places, tr("Places"))
        self.nothing = EmptyState(
            "users", tr("No erasures yet"), tr("Select employees, then choose “Privacy › Erase”.")
        )
        self.list = Switch(self.table, self.nothing)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.save = button(tr("Save receipt…"), self._ask_file, icon_name="download")
        self.agree = button(tr("Agree…"), self._agree, "danger")
        self.drop = button(tr("Do not erase…"), self._drop)
        self.gone = button(tr("The kiosk's computer is gone…"), self._declare_gone)
        layout = QVBoxLayout(self)
        self.narrowed = NarrowBar(self._widen)
        layout.addWidget(self.narrowed)
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(card([self.place_table], margin=1), 1)
        layout.addWidget(self.problem)
        layout.addWidget(
            row(self.save, self.gone, None, self.drop, self.agree, button(tr("Close"), self.reject))
        )
        self._hear(self.table, self._show_chosen)
        self._hear(self.place_table, self._place_chosen)
        self._show_chosen()
        self.reload()

    def _hear(self, table: Table, then: Callable[[], None]) -> None:
        selection = table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: then())

    @property
    def chosen(self) -> api.ErasureRow | None:
        """The erasure that is selected."""
        chosen = self.table.selected()
        return chosen[0] if len(chosen) == 1 else None

    def reload(self) -> None:
        """Reads the erasures again."""
        request = api.ListErasures(concern=self.concern)
        self._client.call(api.list_erasures, request, self._show, self._failed, self)

    def _widen(self) -> None:
        self.concern = None
        self.reload()

    def _show(self, found: api.Erasures) -> None:
        self.narrowed.show_concern(self.concern, found.total)
        self.model.show_rows(found.rows)
        self.list.show_part(self.table if found.rows else self.nothing)
        if found.rows:
            self.table.selectRow(0)
        self._show_chosen()

    def _show_chosen(self) -> None:
        one, session = self.chosen, self._client.session
        admin = session is not None and session.role == Role.ADMIN
        proposed = one is not None and one.state is ErasureState.PROPOSED
        begun = one is not None and one.state not in (ErasureState.PROPOSED, ErasureState.ASKED)
        self.save.setEnabled(begun)
        for part in (self.agree, self.drop):
            part.setVisible(admin and proposed)
        self.places.show_rows([])
        self._place_chosen()
        if one is not None:
            named = ById(id=one.id)
            self._client.call(
                api.list_places, named, lambda found: self._places(one, found), self._failed, self
            )

    def _places(self, of: api.ErasureRow, found: api.Places) -> None:
        if self.chosen is not None and self.chosen.id == of.id:
            self.places.show_rows(found.rows)
            self._place_chosen()

    def _place_chosen(self) -> None:
        chosen = self.place_table.selected()
        one = chosen[0] if len(chosen) == 1 else None
        self.gone.setVisible(one is not None and (one.kind, one.state) == ("kiosk", "holds"))

    def _agree(self) -> None:
        one = self.chosen
        assert one is not None
        title, question = tr("Agree to erase"), tr("Type how many people will be erased:")
        typed = ask_name(self, title, question, str(one.proposed), title)
        if typed is not None:
            self.change(api.agree, api.Agree(batch=one.batch, confirm=typed))

    def _drop(self) -> None:
        batch = self.chosen.batch if self.chosen else ""
        question = tr("Keep these people?")
        if is_sure(
            self, tr("Do not erase"), question, tr("Nothing of theirs has been erased yet.")
        ):
            self.change(api.drop, ById(id=batch))

    def _declare_gone(self) -> None:
        place = self.place_table.selected()[0]
        title = tr("The computer is gone")
        question = tr("Nothing proves that its data was deleted. Type its name:")
        typed = ask_name(self, title, question, place.name, title)
        if typed is not None:
            request = api.PlaceIsGone(kiosk_id=place.id, confirm=typed)
            self.change(api.kiosk_is_gone, request)

    def change(self, operation: Operation[Any, Nothing], request: Any) -> None:
        """Makes a change, and reads again what there is."""
        self.problem.hide()
        self._client.call(operation, request, lambda _done: self.reload(), self._failed, self)

    def _ask_file(self) -> None:
        one = self.chosen
        assert one is not None
        kinds = tr("PDF (*.pdf);;Signed JSON (*.json)")
        name = f"erasure-{one.id[-8:]}.pdf"
        path, _ = QFileDialog.getSaveFileName(self, tr("Save receipt"), name, kinds)
        if path:
            self.save_receipt(one.id, Path(path))

    def save_receipt(self, erasure_id: str, path: Path) -> None:
        """Writes the receipt as it is now, as PDF or JSON."""

        def write(receipt: api.SignedReceipt) -> None:
            try:
                write_receipt(path, receipt)
            except OSError as error:
                self._say(tr("The file cannot be written: {problem}", problem=error.strerror))

        self._client.call(api.receipt, ById(id=erasure_id), write, self._failed, self)

    def _failed(self, error: ApiError) -> None:
        self._say(error.message)

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()
