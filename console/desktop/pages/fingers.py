"""Fingerprints at the enrolment desk: the person, the finger, the reader, and what is stored."""

from collections.abc import Callable
from functools import partial

from PyQt6.QtGui import QAction, QCloseEvent, QHideEvent, QShowEvent
from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from console.api import fingers as api
from console.api.operation import ById, Nothing
from console.desktop.dialogs.finger_dialogs import AtTerminalDialog, DuplicateDialog
from console.desktop.dialogs.finger_records_menu import FingerRecords
from console.desktop.flows.desk_flow import DeskFlow
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.page import Page
from console.desktop.pages.reader_choice import ReaderChoice
from console.desktop.widgets.consent_text import ConsentText
from console.desktop.widgets.finger_panel import FingerPanel
from console.desktop.widgets.people_list import load_people, make_people_list
from console.domain.desk_events import DeskActivity
from console.domain.fingers import FingerPosition
from console.domain.language import paragraph, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.equipment import Equipment
from console.qt.hands_view import HandsView
from console.qt.questions import is_sure
from console.qt.shortcuts import Key, shortcut
from console.qt.sizes import sized
from console.qt.widgets import EmptyState, Switch, button, card, label, row

LIST_WIDTH, PANEL_WIDTH, FORMS_HEIGHT = 248, 340, 36
HANDS = "hands"
"""All requests of this kind are answered by what there is of the person's fingers."""
DELETED = tr("Its templates are deleted, from terminals at once or at their next update.")
WITHDRAWN = tr(
    "All fingers of this person are deleted. From now on they use their employee number, without "
    "any disadvantage."
)


class FingersPage(Page):
    """The people, the hands of one person, and the reader."""

    subjects = frozenset({"employees", "fingers"})
    title = tr("Fingerprints")
    keys = (
        Key("Left", tr("Finger to the left")),
        Key("Right", tr("Finger to the right")),
        Key("Enter", tr("Enrol the finger")),
    )
    searches = tr("Find the person")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self.person: api.Hands | None = None
        self.readers = ReaderChoice(client)
        self.reader = self.readers.reader
        self.flow = DeskFlow(client, self.reader, self)
        self.removal = TaskWatch(client, self)
        self.model, self.table = make_people_list(self)
        self.hands = HandsView()
        self.name, self.facts = label("", "big"), label("", "soft")
        self.advice, self.forms = label("", "soft", wrap=True), label("", "small", wrap=True)
        sized(self.forms, least_height=FORMS_HEIGHT)
        self.opens = label("", "small", wrap=True)
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
        self.both = QCheckBox(tr("Then also enrol at a terminal"))
        self.both.setToolTip(
            tr("After a finger is saved here, the same finger is enrolled at a terminal.")
        )
        self.delete = button(tr("Delete…"), self._ask_delete, "danger")
        self.more = button(tr("More"), lambda: None)
        menu = QMenu(self)
        self.records = FingerRecords(self.client, self)
        self.records.message.connect(self.message)
        self.records.taken.connect(self.refresh)
        self.withdraw = QAction(tr("Withdraw the consent…"), self)
        self.withdraw.triggered.connect(self._ask_withdraw)
        menu.addActions([*self.records.actions, self.withdraw])
        self.more.setMenu(menu)
        self.agree = button(
            tr("Has read and agrees"), lambda: self.answer(True), "primary", "check"
        )
        self.decline = button(tr("Declines"), lambda: self.answer(False))

    def _lay_out(self) -> None:
        self.consent = ConsentText(self.agree, self.decline)
        levels = row(self.enrol, self.drop_scan, self.cancel_finger, self.stop_all, None, self.test)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(12)
        inside.addWidget(self.hands, 1)
        inside.addWidget(self.advice)
        inside.addWidget(self.forms)
        inside.addWidget(self.opens)
        inside.addWidget(self.both)
        inside.addWidget(levels)
        inside.addWidget(row(self.at_terminal, None, self.delete, self.more))
        self._body = body
        self.centre = Switch(body, self.consent)
        middle = card([row(self.name, self.facts, None), self.centre], spacing=12)
        layout = middle.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setStretch(1, 1)
        nobody = EmptyState(
            "fingerprint",
            tr("Choose a person"),
            tr(
                "Choose a person on the left, or search by name or number. Then tap a finger, and "
                "wait until the reader shows “ready”."
            ),
        )
        nobody.shrink()
        self.nobody = nobody
        self.desk = Switch(card([nobody]), middle)
        people = card([self.table], margin=1)
        sized(people, width=LIST_WIDTH)
        sized(self.panel, width=PANEL_WIDTH)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        outer.setSpacing(16)
        outer.addWidget(people)
        outer.addWidget(self.desk, 1)
        outer.addWidget(self.panel)

    def _connect(self) -> None:
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._person_chosen())
        self.hands.chosen.connect(self._finger_chosen)
        self.hands.activated.connect(lambda _: self.enrol_now())
        self.readers.leaving.connect(self.flow.stop)
        self.readers.searching.connect(
            lambda name: self.panel.reader.setText(tr("{reader}: searching…", reader=name))
        )
        self.reader.ready.connect(self.panel.show_ready)
        self.reader.trouble.connect(self.panel.show_trouble)
        self.reader.taken.connect(lambda scan, _last: self.panel.picture.show_scan(scan))
        self.reader.lifted.connect(self._lifted)
        self.flow.instructed.connect(self.panel.tell)
        self.flow.assessed.connect(self.panel.show_quality)
        self.flow.progressed.connect(self.panel.show_scans)
        self.flow.finished.connect(self._finished)
        self.flow.tested.connect(self.panel.show_test)
        self.flow.changed.connect(self._follow)
        self.removal.ended.connect(
            lambda task: self.message.emit(
                task.result.text or paragraph(task.error, task.remedy), task.state != "done"
            )
        )
        shortcut("Esc", self, tr("Stop the current step"), self._escape)
        shortcut("T", self.hands, tr("Test a finger"), self.test_now)
        shortcut("Del", self.hands, tr("Delete the chosen finger"), self._ask_delete)

    # what is plugged in

    def equip(self, equipment: Equipment) -> None:
        """Uses what is plugged into this computer."""
        self.readers.equip(equipment)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Opens the reader; it is held only while this page is shown."""
        super().showEvent(event)
        self.readers.open()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Releases what is only held while the page is shown."""
        super().hideEvent(event)
        self.flow.stop()
        self.readers.close_reader()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Ends what is under way."""
        self.readers.close_reader()
        super().closeEvent(event)

    # people

    def refresh(self) -> None:
        """Reads again what is shown."""
        load_people(self, self.model)
        self.read(api.get_readers, Nothing(), self.readers.set_readers)
        if self.person is not None:
            self._read_hands(self.person.employee_id, self._show)

    def _person_chosen(self) -> None:
        chosen = self.table.selected()
        if chosen and (self.person is None or chosen[0].id != self.person.employee_id):
            self.open_person(chosen[0].id)

    def open_person(self, employee_id: str) -> None:
        """Brings a person to the desk; nothing can be done for the former one any more."""
        self.flow.stop()
        if self.requests.show(employee_id):
            self.person = None
            self.name.setText("")
            self.facts.setText("")
            self._follow()
        self._read_hands(employee_id, self._show_new)

    def _read_hands(self, employee_id: str, show: Callable[[api.Hands], None]) -> None:
        self.requests.read(api.hands, ById(id=employee_id), show, kind=HANDS)

    def _show_new(self, person: api.Hands) -> None:
        self.hands.mark(0)
        self.panel.rest()
        self._show(person)
        self.panel.tell(tr("Tap a finger") if person.consent_at else "", "", "")

    def _show(self, person: api.Hands) -> None:
        self.person = person
        self.name.setText(person.employee)
        self.facts.setText(
            f"{person.number} · {person.department}" if person.department else person.number
        )
        self.hands.show_rows(person.fingers)
        count = sum(finger.quality is not None for finger in person.fingers)
        self.state_text.emit(tr_count("{count} finger enrolled", "{count} fingers enrolled", count))
        self.advice.setText(person.advice if person.active else tr("This employee is not active."))
        self.consent.show_texts(person.texts, person.employee_id)
        self.desk.show_part(self.desk.parts[1])
        self.centre.show_part(self._body if person.consent_at else self.consent)
        self._follow()

    @property
    def _chosen(self) -> api.FingerRow | None:
        """What is stored of the chosen finger."""
        rows = self.person.fingers if self.person else []
        return next((finger for finger in rows if finger.position == self.hands.position), None)

    def _finger_chosen(self, position: int) -> None:
        if self.flow.busy and position != self.flow.position:
            self.flow.stop()
        self._follow()

    def _follow(self) -> None:
        """Enables what can be done now."""
        activity, person, finger = self.flow.activity, self.person, self._chosen
        free = (
            activity is DeskActivity.NOTHING
            and person is not None
            and person.consent_at is not None
        )
        may = free and person is not None and person.may_enrol and person.active
        chosen = bool(self.hands.position)
        enrolling = activity is DeskActivity.ENROLLING
        while_enrolling, otherwise = (
            (self.drop_scan, self.cancel_finger, self.stop_all),
            (self.enrol, self.test),
        )
        for control in (
            *(otherwise if enrolling else while_enrolling),
            *(while_enrolling if enrolling else otherwise),
        ):
            # hidden first: the window would grow for all buttons at once
            control.setVisible(control in while_enrolling if enrolling else control in otherwise)
        self.enrol.setEnabled(may and chosen)
        self.enrol.setText(
            tr("Enrol again") if finger is not None and finger.quality is not None else tr("Enrol")
        )
        self.test.setText(
            tr("End the test") if activity is DeskActivity.TESTING else tr("Test a finger")
        )
        self.test.setEnabled(free or activity is DeskActivity.TESTING)
        self.at_terminal.setEnabled(may and chosen)
        self.delete.setEnabled(
            free and person is not None and person.may_enrol and finger is not None
        )
        self.records.show_person(person, int(self.hands.position or 0), free=free)
        self.withdraw.setEnabled(free and person is not None and person.may_enrol)
        for control in (self.agree, self.decline):
            control.setEnabled(person is not None and person.may_enrol)
        missing = (
            ""
            if person is None or person.may_enrol
            else tr("To enrol fingers, you need the right “Can Enroll Others”.")
        )
        self.enrol.setToolTip(missing)
        self.forms.setText(
            "\n".join(form.text for form in finger.representations) if finger else missing
        )
        self.opens.setText("\n".join(person.opens) if person else "")

    # what the buttons do

    def answer(self, given: bool) -> None:
        """Records the person's answer to the consent text."""
        if self.person is not None:
            request = api.GiveConsent(
                employee_id=self.person.employee_id, given=given, digest=self.consent.digest
            )
            self.requests.change(
                api.give_consent,
                request,
                partial(self._answered, given),
                late=partial(self._tell_answer, given),
                kind=HANDS,
            )

    def _answered(self, given: bool, person: api.Hands) -> None:
        self._show_new(person)
        self._tell_answer(given, person)

    def _tell_answer(self, given: bool, person: api.Hands) -> None:
        if not given:
            self.message.emit(
                tr(
                    "No fingerprints of {employee} are kept. They use their employee number.",
                    employee=person.employee,
                ),
                False,
            )

    def enrol_now(self) -> None:
        """Begins the chosen finger."""
        if self.person is None or not self.hands.position or not self.enrol.isEnabled():
            return
        self.panel.begin(DeskActivity.ENROLLING)
        self.flow.enrol(self.person.employee_id, self.hands.position, self.readers.reader_name)

    def test_now(self) -> None:
        """Begins or ends the test."""
        if self.flow.activity is DeskActivity.TESTING:
            self.flow.stop()
            self.panel.rest()
            self.panel.tell(tr("Tap a finger"), "", "")
        elif self.person is not None and self.test.isEnabled():
            self.panel.begin(DeskActivity.TESTING)
            self.flow.test(self.person.employee_id)

    def stop_enrolling(self) -> None:
        """Ends the enrolment of this finger and of this person."""
        self.flow.stop()
        self.requests.show("")
        self.person = None
        self.table.clearSelection()
        self.hands.mark(0)
        self.panel.rest()
        self.panel.tell("", "", "")
        self.state_text.emit("")
        self.desk.show_part(self.desk.parts[0])

    def _escape(self) -> None:
        """One level up: the finger, then the person."""
        if self.flow.activity is not DeskActivity.NOTHING:
            self.flow.stop()
            self.panel.rest()
            self.panel.tell(tr("Tap a finger"), "", "")
        elif self.person is not None:
            self.stop_enrolling()

    def _lifted(self) -> None:
        if not self.flow.scanning and self.flow.activity is not DeskActivity.TESTING:
            self.panel.picture.show_scan(None)

    def _finished(self, scanned: api.Scanned) -> None:
        finger = tr(FingerPosition(self.flow.position).words)
        if scanned.outcome == "saved":
            self.panel.tell(
                tr("Saved"),
                paragraph(f"{finger[:1].upper()}{finger[1:]}.", tr("Tap the next finger.")),
                "pass",
            )
            self._reload()
            if self.both.isChecked():
                self._at_terminal(at_once=True)
        elif scanned.outcome == "failed":
            self.panel.tell(tr("This finger cannot be enrolled"), scanned.advice, "bad")
        elif scanned.duplicate is not None and self.person is not None:
            self.panel.tell(tr("Not saved"), tr("This finger is already enrolled."), "bad")
            dialog = DuplicateDialog(self.client, self.flow.enrolment_id, scanned.duplicate, self)
            dialog.allowed.connect(self.flow.accept_duplicate)
            dialog.rejected.connect(self.flow.stop)
            dialog.open()

    def _reload(self) -> None:
        if self.person is not None:
            self._read_hands(self.person.employee_id, self._show)

    def _at_terminal(self, at_once: bool = False) -> None:
        if self.person is not None and self.hands.position:
            dialog = AtTerminalDialog(self.client, self.person, self.hands.position, self)
            dialog.at_once = at_once
            dialog.watch.ended.connect(lambda _: self._reload())
            dialog.open()

    def _ask_delete(self) -> None:
        if self.person is None or not self.delete.isEnabled():
            return
        finger = tr(FingerPosition(self.hands.position).words)
        question = tr(
            "Delete the {finger} of {employee}?", finger=finger, employee=self.person.employee
        )
        if is_sure(self, tr("Delete"), question, DELETED):
            self.delete_now()

    def delete_now(self) -> None:
        """Deletes the chosen finger."""
        if self.person is not None:
            self.requests.change(
                api.delete,
                api.OneFinger(employee_id=self.person.employee_id, position=self.hands.position),
                self._deleted,
                late=self._tell_deleted,
                kind=HANDS,
            )

    def _deleted(self, deleted: api.Deleted) -> None:
        self._show(deleted.hands)
        self._tell_deleted(deleted)

    def _tell_deleted(self, deleted: api.Deleted) -> None:
        if deleted.task_id:
            self.removal.follow(deleted.task_id)
        else:
            self.message.emit(tr("Finger deleted."), False)

    def _ask_withdraw(self) -> None:
        if self.person is None:
            return
        question = tr("Withdraw the consent of {employee}?", employee=self.person.employee)
        if is_sure(self, tr("Withdraw"), question, WITHDRAWN):
            self.answer(False)
