"""Fingerprints: the enrolment desk. Whom, which finger, on which reader; what there is of each finger."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PyQt6.QtGui import QAction, QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QMessageBox, QVBoxLayout, QWidget

from console.api import employees
from console.api import fingers as api
from console.api.operation import ById, Nothing
from console.desktop.dialogs.finger_dialogs import AtTerminalDialog, DuplicateDialog
from console.desktop.flows.desk_flow import DeskFlow, Doing
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.page import Page
from console.desktop.widgets.finger_panel import FingerPanel
from console.desktop.widgets.reader_choice import ReaderChoice
from console.domain.fingers import FingerPosition
from console.qt.client import ServiceClient
from console.qt.equipment import Equipment
from console.qt.hands_view import HandsView
from console.qt.language import tr
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row

LIST_WIDTH, PANEL_WIDTH, FORMS_HEIGHT = 248, 340, 36
DELETED = tr(
    "Its templates are destroyed. Terminals that hold it lose it at once, or by their next plan."
)
WITHDRAWN = tr(
    "All fingers of this person are deleted. They use their number from now on; there is no disadvantage."
)


class FingersPage(Page):
    subjects = frozenset({"employees", "fingers"})
    title = tr("Fingerprints")
    searches = tr("Find the person")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self.person: api.Hands | None = None
        self.readers = ReaderChoice(client)
        self.reader = self.readers.reader
        self.flow = DeskFlow(client, self.reader, self)
        self.removal = TaskWatch(client, self)
        columns: list[Column[employees.Employee]] = [
            Column(tr("Person"), lambda e: e.full_name, 0),
            Column(tr("Number"), lambda e: e.number, 72),
        ]
        self.model: PagedModel[employees.Employee] = PagedModel(columns, lambda e: e.id, self)
        self.table = Table(self.model, tr("People"))
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.hands = HandsView()
        self.name, self.facts = label("", "big"), label("", "soft")
        self.advice, self.forms = label("", "soft", wrap=True), label("", "small", wrap=True)
        self.forms.setMinimumHeight(FORMS_HEIGHT)
        self._make_buttons()
        self.panel = FingerPanel(self.readers)
        self._lay_out()
        self._connect()
        self._follow()

    def _make_buttons(self) -> None:
        self.enrol = button(tr("Enrol"), self.enrol_now, "primary", "fingerprint")
        self.drop_scan = button(tr("Cancel this scan"), self.flow.drop_scan)
        self.cancel_finger = button(tr("Cancel finger"), self.flow.stop)
        self.stop_all = button(tr("Stop enrolling"), self.stop_enrolling, "danger")
        self.test = button(tr("Test a finger"), self.test_now)
        self.at_terminal = button(
            tr("Enrol at a terminal…"), self._at_terminal, icon_name="device-tablet"
        )
        self.delete = button(tr("Delete…"), self._ask_delete, "danger")
        self.more = button(tr("More"), lambda: None)
        menu = QMenu(self)
        self.export, self.withdraw = (
            QAction(tr("Export the fingers…"), self),
            QAction(tr("Withdraw the consent…"), self),
        )
        self.export.triggered.connect(self._export)
        self.withdraw.triggered.connect(self._ask_withdraw)
        menu.addActions([self.export, self.withdraw])
        self.more.setMenu(menu)
        self.agree = button(
            tr("They have read it and agree"), lambda: self.answer(True), "primary", "check"
        )
        self.decline = button(tr("They say no"), lambda: self.answer(False))

    def _lay_out(self) -> None:
        self.consent_intro, self.consent_text = (
            label("", "", wrap=True),
            label("", "soft", wrap=True),
        )
        consent = self._column(
            label(tr("Consent comes first"), "heading"),
            label(tr("Turn the screen to the person, or read it to them."), "soft"),
            self.consent_intro,
            self.consent_text,
            row(self.agree, self.decline, None),
        )
        levels = row(self.enrol, self.drop_scan, self.cancel_finger, self.stop_all, None, self.test)
        work = QWidget()
        inside = QVBoxLayout(work)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(12)
        inside.addWidget(self.hands, 1)
        inside.addWidget(self.advice)
        inside.addWidget(self.forms)
        inside.addWidget(levels)
        inside.addWidget(row(self.at_terminal, None, self.delete, self.more))
        self._consent_part, self._work = consent, work
        self.centre = Switch(work, consent)
        middle = card(row(self.name, self.facts, None), self.centre, spacing=12)
        layout = middle.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setStretch(1, 1)
        nobody = EmptyState(
            "fingerprint",
            tr("Whose fingers?"),
            tr(
                "Choose a person on the left, or search by name or number. Then tap a finger. The reader is ready when it says so."
            ),
        )
        nobody.shrink()
        self.nobody = nobody
        self.desk = Switch(card(nobody), middle)
        people = card(self.table, margin=1)
        people.setFixedWidth(LIST_WIDTH)
        self.panel.setFixedWidth(PANEL_WIDTH)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        outer.setSpacing(16)
        outer.addWidget(people)
        outer.addWidget(self.desk, 1)
        outer.addWidget(self.panel)

    @staticmethod
    def _column(*parts: QWidget) -> QWidget:
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(12)
        for part in parts:
            layout.addWidget(part)
        layout.addStretch(1)
        return holder

    def _connect(self) -> None:
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._person_chosen())
        self.hands.chosen.connect(self._finger_chosen)
        self.hands.activated.connect(lambda _: self.enrol_now())
        self.readers.leaving.connect(self.flow.stop)
        self.readers.looking.connect(
            lambda name: self.panel.reader.setText(f"{name}: {tr('looking for it…')}")
        )
        self.reader.ready.connect(self.panel.show_ready)
        self.reader.trouble.connect(self.panel.show_trouble)
        self.reader.taken.connect(lambda scan, _last: self.panel.picture.show_scan(scan))
        self.reader.lifted.connect(self._lifted)
        self.flow.told.connect(self.panel.tell)
        self.flow.judged.connect(lambda quality, _needs: self.panel.judge(quality))
        self.flow.progressed.connect(self.panel.show_scans)
        self.flow.finished.connect(self._finished)
        self.flow.tested.connect(self.panel.show_test)
        self.flow.doing_changed.connect(self._follow)
        self.removal.ended.connect(
            lambda work: self.message.emit(
                work.result.text or f"{work.error} {work.remedy}", work.state != "done"
            )
        )
        QShortcut(QKeySequence("Esc"), self, self._escape)
        QShortcut(QKeySequence("T"), self.hands, self.test_now)
        QShortcut(QKeySequence("Del"), self.hands, self._ask_delete)

    # what is plugged in

    def equip(self, equipment: Equipment) -> None:
        self.readers.equip(equipment)

    def showEvent(self, event: QShowEvent | None) -> None:
        """The reader is only held while somebody sees this page."""
        super().showEvent(event)
        self.readers.open()

    def hideEvent(self, event: QHideEvent | None) -> None:
        super().hideEvent(event)
        self.flow.stop()
        self.readers.close_reader()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self.readers.close_reader()
        super().closeEvent(event)

    # people

    def refresh(self) -> None:
        search = self.search_text

        def fetch(
            cursor: str, limit: int, deliver: Callable[[Sequence[Any], str, int], None]
        ) -> None:
            request = employees.ListEmployees(
                search=search, sort="name", descending=False, cursor=cursor, limit=limit
            )
            self.call(
                employees.list_employees,
                request,
                lambda page: deliver(page.rows, page.cursor, page.total),
            )

        self.model.load(fetch)
        self.call(api.get_readers, Nothing(), self.readers.set_readers)
        if self.person is not None:
            self.call(api.hands, ById(id=self.person.employee_id), self._show_if_same)

    def _person_chosen(self) -> None:
        chosen = self.table.selected()
        if chosen and (self.person is None or chosen[0].id != self.person.employee_id):
            self.open_person(chosen[0].id)

    def open_person(self, employee_id: str) -> None:
        """Brings a person to the desk."""
        self.flow.stop()
        self.call(api.hands, ById(id=employee_id), self._show_new)

    def _show_new(self, person: api.Hands) -> None:
        self.hands.mark(0)
        self.panel.rest()
        self._show(person)
        self.panel.tell(tr("Tap a finger") if person.consent_at else "", "", "")

    def _show_if_same(self, person: api.Hands) -> None:
        if self.person is not None and self.person.employee_id == person.employee_id:
            self._show(person)

    def _show(self, person: api.Hands) -> None:
        self.person = person
        self.name.setText(person.employee)
        self.facts.setText(
            f"{person.number} · {person.department}" if person.department else person.number
        )
        self.hands.show_rows(person.fingers)
        count = sum(finger.quality is not None for finger in person.fingers)
        self.state_text.emit(
            f"{count} {tr('fingers enrolled')}" if count != 1 else tr("1 finger enrolled")
        )
        self.advice.setText(person.advice if person.active else tr("Employee is not active"))
        self.consent_intro.setText(person.consent.intro)
        self.consent_text.setText(
            "\n\n".join(f"{heading}. {body}" for heading, body in person.consent.paragraphs)
        )
        self.desk.show_part(self.desk.parts[1])
        self.centre.show_part(self._work if person.consent_at else self._consent_part)
        self._follow()

    @property
    def _chosen(self) -> api.FingerRow | None:
        """What there is of the chosen finger."""
        rows = self.person.fingers if self.person else []
        return next((finger for finger in rows if finger.position == self.hands.position), None)

    def _finger_chosen(self, position: int) -> None:
        if self.flow.doing is Doing.ENROLLING and position != self.flow.position:
            self.flow.stop()
        self._follow()

    def _follow(self) -> None:
        """What can be done now."""
        doing, person, finger = self.flow.doing, self.person, self._chosen
        free = doing is Doing.NOTHING and person is not None and person.consent_at is not None
        may = free and person is not None and person.may_enrol and person.active
        chosen = bool(self.hands.position)
        enrolling = doing is Doing.ENROLLING
        while_enrolling, otherwise = (
            (self.drop_scan, self.cancel_finger, self.stop_all),
            (self.enrol, self.test),
        )
        for act in (
            *(otherwise if enrolling else while_enrolling),
            *(while_enrolling if enrolling else otherwise),
        ):
            act.setVisible(
                act in while_enrolling if enrolling else act in otherwise
            )  # hiding first, or the window grows
        self.enrol.setEnabled(may and chosen)
        self.enrol.setText(
            tr("Enrol again") if finger is not None and finger.quality is not None else tr("Enrol")
        )
        self.test.setText(tr("End the test") if doing is Doing.TESTING else tr("Test a finger"))
        self.test.setEnabled(free or doing is Doing.TESTING)
        self.at_terminal.setEnabled(may and chosen)
        self.delete.setEnabled(
            free and person is not None and person.may_enrol and finger is not None
        )
        self.export.setVisible(self._is_admin)
        self.export.setEnabled(
            free and person is not None and any(one.quality is not None for one in person.fingers)
        )
        self.withdraw.setEnabled(free and person is not None and person.may_enrol)
        for act in (self.agree, self.decline):
            act.setEnabled(person is not None and person.may_enrol)
        missing = (
            ""
            if person is None or person.may_enrol
            else tr("Enrolling needs the right “Can Enroll Others”.")
        )
        self.enrol.setToolTip(missing)
        self.forms.setText(
            "\n".join(form.text for form in finger.representations) if finger else missing
        )

    @property
    def _is_admin(self) -> bool:
        return self.client.session is not None and self.client.session.role == "admin"

    # what the buttons do

    def answer(self, given: bool) -> None:
        """What the person said to the text."""
        if self.person is not None:
            request = api.GiveConsent(
                employee_id=self.person.employee_id, given=given, digest=self.person.consent.digest
            )
            self.call(api.give_consent, request, partial(self._answered, given))

    def _answered(self, given: bool, person: api.Hands) -> None:
        self._show_new(person)
        if not given:
            self.message.emit(
                f"{person.employee}: {tr('no fingerprints are kept. They use their number.')}",
                False,
            )

    def enrol_now(self) -> None:
        """Begins the chosen finger."""
        if self.person is None or not self.hands.position or not self.enrol.isEnabled():
            return
        self.panel.begin(Doing.ENROLLING)
        self.flow.enrol(self.person.employee_id, self.hands.position, self.readers.reader_name)

    def test_now(self) -> None:
        """Begins or ends the test."""
        if self.flow.doing is Doing.TESTING:
            self.flow.stop()
            self.panel.rest()
            self.panel.tell(tr("Tap a finger"), "", "")
        elif self.person is not None and self.test.isEnabled():
            self.panel.begin(Doing.TESTING)
            self.flow.test(self.person.employee_id)

    def stop_enrolling(self) -> None:
        """The whole of it: this finger and this person."""
        self.flow.stop()
        self.person = None
        self.table.clearSelection()
        self.hands.mark(0)
        self.panel.rest()
        self.panel.tell("", "", "")
        self.state_text.emit("")
        self.desk.show_part(self.desk.parts[0])

    def _escape(self) -> None:
        """One level up: the finger, then the person."""
        if self.flow.doing is not Doing.NOTHING:
            self.flow.stop()
            self.panel.rest()
            self.panel.tell(tr("Tap a finger"), "", "")
        elif self.person is not None:
            self.stop_enrolling()

    def _lifted(self) -> None:
        if not self.flow.scanning and self.flow.doing is not Doing.TESTING:
            self.panel.picture.show_scan(None)

    def _finished(self, scanned: api.Scanned) -> None:
        finger = tr(FingerPosition(self.hands.position or self.flow.position).words)
        if scanned.outcome == "saved":
            self.panel.tell(
                tr("Saved"),
                f"{finger[:1].upper()}{finger[1:]}. {tr('Tap the next finger.')}",
                "pass",
            )
            self._reload()
        elif scanned.outcome == "failed":
            self.panel.tell(tr("This finger cannot be enrolled"), scanned.advice, "bad")
        elif scanned.duplicate is not None and self.person is not None:
            self.panel.tell(tr("Not saved"), tr("This finger is enrolled already."), "bad")
            dialog = DuplicateDialog(self.client, self.flow.sitting, scanned.duplicate, self)
            dialog.allowed.connect(self.flow.allowed)
            dialog.rejected.connect(self.flow.stop)
            dialog.open()

    def _reload(self) -> None:
        if self.person is not None:
            self.call(api.hands, ById(id=self.person.employee_id), self._show_if_same)

    def _at_terminal(self) -> None:
        if self.person is not None and self.hands.position:
            dialog = AtTerminalDialog(self.client, self.person, self.hands.position, self)
            dialog.watch.ended.connect(lambda _: self._reload())
            dialog.open()

    def _ask_delete(self) -> None:
        if self.person is None or not self.delete.isEnabled():
            return
        finger = tr(FingerPosition(self.hands.position).words)
        if self._sure(
            tr("Delete"), f"{tr('Delete the')} {finger} {tr('of')} {self.person.employee}?", DELETED
        ):
            self.delete_now()

    def delete_now(self) -> None:
        if self.person is not None:
            self.call(
                api.delete,
                api.OneFinger(employee_id=self.person.employee_id, position=self.hands.position),
                self._deleted,
            )

    def _deleted(self, deleted: api.Deleted) -> None:
        self._show_if_same(deleted.hands)
        if deleted.task_id:
            self.removal.follow(deleted.task_id)
        else:
            self.message.emit(tr("The finger is deleted."), False)

    def _ask_withdraw(self) -> None:
        if self.person is not None and self._sure(
            tr("Withdraw"), f"{self.person.employee}: {tr('withdraw the consent?')}", WITHDRAWN
        ):
            self.answer(False)

    def _sure(self, act: str, question: str, explained: str) -> bool:
        box = QMessageBox(QMessageBox.Icon.Question, act, question, parent=self)
        box.setInformativeText(explained)
        go = box.addButton(act, QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return box.clickedButton() is go

    def _export(self) -> None:
        if self.person is None:
            return
        kinds = {
            f"ISO/IEC 19794-2 ({tr('one record')}) (*.fmr)": "iso",
            f"ANSI 378 ({tr('one record')}) (*.ansi-fmr)": "ansi",
        }
        name, kind = QFileDialog.getSaveFileName(
            self, tr("Export the fingers"), f"{self.person.number}.fmr", ";;".join(kinds)
        )
        if name:
            request = api.Export(
                employee_id=self.person.employee_id, standard=kinds.get(kind, "iso")
            )
            self.call(api.export, request, partial(self._write, Path(name)))

    def _write(self, path: Path, file: api.RecordFile) -> None:
        try:
            path.write_bytes(file.data)
        except OSError as error:
            self.message.emit(f"{tr('The file cannot be written')}: {error.strerror}", True)
            return
        self.message.emit(
            f"{tr('Written to')} {path.name}. {tr('It holds biometric data: guard it.')}", False
        )
