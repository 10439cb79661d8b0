"""One person as a whole: who they are, how well they are recognised, and what to do next."""

from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.api import person as api
from console.api import review
from console.api.employees import (
    EmployeeRow,
    OptOut,
    SetBadge,
    SetIdPhoto,
    opt_out,
    set_badge,
    set_id_photo,
)
from console.api.logins import LoginRow
from console.api.operation import ApiError, ById
from console.desktop.files import read_file
from console.desktop.login_words import RESULTS
from console.desktop.page import Page
from console.desktop.widgets.photo_view import PhotoView
from console.desktop.widgets.short_list import ShortList
from console.desktop.widgets.tones import STATUS_TONES
from console.desktop.words import MOMENT_PX, local_text
from console.domain.employees import STANDING_WORDS
from console.domain.enrolment_health import Level, Step
from console.domain.language import tr, tr_short_day
from console.domain.operators import AT_THE_DESK, Role
from console.domain.uploads import MAX_PHOTO
from console.domain.validity import Standing
from console.qt.questions import ask_text, is_sure
from console.qt.requests import ViewRequests
from console.qt.shortcuts import INSIDE, shortcut
from console.qt.sizes import sized
from console.qt.tables import Column
from console.qt.widgets import button, card, chip, clear, label, row, scrolled, set_tone

SIDE_WIDTH = 264
NARROW_PX = 960
PHOTO_HEIGHT = 240
PHOTO_FILES = "*.jpg *.jpeg *.png *.webp *.heic"
LEVELS = {
    Level.GOOD: (tr("Good"), "pass"),
    Level.FAIR: (tr("Fair"), "warn"),
    Level.POOR: (tr("Poor"), "bad"),
    Level.NOTHING: (tr("Nothing enrolled"), "mut"),
    Level.AWAY: (tr("Not expected at any terminal"), "mut"),
}
ID_PHOTO_REMOVED = tr(
    "It is deleted here at once. Until another one is added, a first enrolment is compared only "
    "with the faces of other people."
)
STEPS = {
    Step.REVIEW: tr("Review"),
    Step.SEND_LINK: tr("Send a link…"),
    Step.PHOTOS_AT_DESK: tr("Photos at the desk"),
    Step.FINGERS_AT_DESK: tr("Fingerprints"),
}
"""What the button of a step says."""
_DOES = {
    Step.REVIEW: frozenset({Role.ADMIN}),
    Step.SEND_LINK: frozenset({Role.ADMIN}),
    Step.PHOTOS_AT_DESK: AT_THE_DESK,
    Step.FINGERS_AT_DESK: AT_THE_DESK,
}
"""Who may do it; others are told, and have no button."""


def facts_of(person: api.Person) -> list[tuple[str, str]]:
    """What is known of somebody, as (name, value); what is unknown or not permitted is left out."""
    employee = person.employee
    facts = [
        (tr("Number"), employee.number),
        (tr("Earlier numbers"), ", ".join(person.earlier_numbers)),
        (tr("Email address"), employee.email),
        (tr("Department"), employee.department),
        (tr("Groups"), ", ".join(person.groups)),
        (tr("Valid"), _valid_text(employee)),
        (tr("ID photo"), _id_photo_text(person.id_photo)),
        (tr("Badge"), tr("Assigned") if person.has_badge else ""),
        (tr("Answer due by"), local_text(person.answer_by)),
        (tr("Opt-out list"), _opted_out_text(person.opted_out)),
        (tr("Status"), _standing_text(employee.standing)),
    ]
    return [(name, value) for name, value in facts if value]


def _standing_text(standing: Standing) -> str:
    return tr(STANDING_WORDS[standing]) if standing in STANDING_WORDS else tr("Active")


def _valid_text(employee: EmployeeRow) -> str:
    first, last = employee.valid_from, employee.valid_until
    if first and last:
        return f"{tr_short_day(first)} – {tr_short_day(last)}"
    if first:
        return tr("from {day}", day=tr_short_day(first))
    return tr("until {day}", day=tr_short_day(last)) if last else ""


def _id_photo_text(id_photo: api.PersonIdPhoto | None) -> str:
    if id_photo is None:
        return ""
    return " · ".join(filter(None, (local_text(id_photo.added_at), id_photo.problem)))


def _opted_out_text(opted_out: api.OptedOut | None) -> str:
    if opted_out is None:
        return ""
    when = local_text(opted_out.at)
    if not opted_out.by:
        return tr("Since {when}, by the person's own choice", when=when)
    return tr("Since {when}, set by {operator}", when=when, operator=opted_out.by)


def _consent_text(consent: api.ConsentRow) -> str:
    """Where it was given, and to which text; a statement of an operator is to none."""
    if not consent.language:
        return consent.how
    return f"{consent.how} · {consent.language}, v{consent.version}"


class HealthCard(QWidget):
    """How well the person is recognised, why, and the one step that would help most."""

    def __init__(self) -> None:
        super().__init__()
        self.level = chip("", "mut")
        self.findings = QWidget()
        self._grid = QVBoxLayout(self.findings)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self.advice = label("", "", wrap=True)
        self.act = button("", lambda: None, "primary")
        self.act.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(
            card(
                [
                    row(label(tr("Enrolment health"), "heading"), self.level, None),
                    self.findings,
                    row(self.advice, self.act),
                ]
            )
        )

    def show_health(self, person: api.Person, role: Role | None) -> None:
        """role: of the operator; who may not do the next step gets no button for it."""
        words, tone = LEVELS[person.health.level]
        self.level.setText(words)
        set_tone(self.level, tone)
        clear(self._grid)
        for finding in person.health.findings:
            line = QLabel()
            _paint(line, finding.text, finding.tone.value)
            self._grid.addWidget(line)
        self.advice.setText(person.health.advice)
        step = person.health.step
        self.act.setText(STEPS.get(step, ""))
        self.act.setVisible(role in _DOES.get(step, ()))


def _paint(line: QLabel, text: str, tone: str) -> None:
    """Colour never speaks alone: a mark stands before the words."""
    marks = {"pass": "✓", "warn": "!", "bad": "✕"}
    line.setTextFormat(Qt.TextFormat.PlainText)
    line.setText(f"{marks.get(tone, '·')}  {text}")
    set_tone(line, tone if tone in ("warn", "bad") else "")
    line.setWordWrap(True)


class PersonView(QWidget):
    """The page of a person. closed: back to the list; wants: the next step is to be done."""

    closed = pyqtSignal()
    edits = pyqtSignal(object)
    wants = pyqtSignal(str, object)
    whole_log = pyqtSignal(str)

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self.requests = ViewRequests(page.client, self, self._failed)
        self.person: api.Person | None = None
        self.back = button(tr("‹ Back to the list"), self.closed.emit)
        self.name, self.status = label("", "big"), chip("", "mut")
        self.edit = button(tr("Edit…"), self._edit, icon_name="edit")
        self.facts = QWidget()
        self._facts = QGridLayout(self.facts)
        self._facts.setContentsMargins(0, 0, 0, 0)
        self._facts.setColumnStretch(0, 1)
        self.opt_out = button("", self._opt_out)
        self.id_photo = button(tr("ID photo…"), self._ask_id_photo)
        self.remove_id_photo = button(tr("Remove the ID photo…"), self._ask_remove_id_photo)
        self.badge = button(tr("Badge…"), self._ask_badge)
        self.photo = PhotoView(tr("Photo on file"))
        sized(self.photo, height=PHOTO_HEIGHT)
        self.show_photo = button(tr("Show the photo (logged)"), self._ask_photo, icon_name="eye")
        self.health = HealthCard()
        self.health.act.clicked.connect(self._act)
        self._make_lists()
        self._lay_out()
        shortcut("Esc", self, tr("Back to the list"), self.closed.emit, INSIDE)

    def _make_lists(self) -> None:
        self.templates: ShortList[api.TemplateRow] = ShortList(
            tr("Enrolled"),
            [
                Column(tr("What"), lambda x: x.what, 140),
                Column(tr("Details"), lambda x: x.detail, 0),
                Column(tr("When"), lambda x: local_text(x.at), MOMENT_PX),
                Column(tr("By"), lambda x: x.by, 100),
            ],
            tr("Nothing is enrolled yet."),
        )
        self.places: ShortList[api.PlaceRow] = ShortList(
            tr("Where templates are stored"),
            [
                Column(tr("Place"), lambda x: x.name, 130),
                Column(tr("Kind"), lambda x: x.kind, 92),
                Column(tr("Stored"), lambda x: x.holds, 150),
                Column(tr("State"), lambda x: x.state, 0, tone=lambda x: x.tone),
                Column(tr("Last seen"), lambda x: local_text(x.at), MOMENT_PX),
            ],
            tr("No terminal or kiosk stores anything about this person."),
        )
        self.consents: ShortList[api.ConsentRow] = ShortList(
            tr("Consents"),
            [
                Column(tr("Consent to"), lambda x: x.what, 156),
                Column(tr("Given"), lambda x: local_text(x.given_at), MOMENT_PX),
                Column(tr("How"), _consent_text, 0),
                Column(tr("Withdrawn"), lambda x: local_text(x.withdrawn_at), MOMENT_PX),
            ],
            tr("No consent has been given yet."),
        )
        self.invitations: ShortList[api.PersonInvitation] = ShortList(
            tr("Invitations"),
            [
                Column(tr("Created"), lambda x: local_text(x.created_at), MOMENT_PX),
                Column(tr("How"), lambda x: x.channel, 100),
                Column(tr("By"), lambda x: x.by, 120),
                Column(
                    tr("Status"), lambda x: x.status_text, 0, tone=lambda x: STATUS_TONES[x.status]
                ),
                Column(tr("Email"), lambda x: x.email, 130),
            ],
            tr("No invitation yet."),
        )
        log = button(tr("Full log"), self._open_log, icon_name="list")
        self.logins: ShortList[LoginRow] = ShortList(
            tr("Latest logins"),
            [
                Column(tr("Time"), lambda x: local_text(x.at), MOMENT_PX),
                Column(tr("Place"), lambda x: x.terminal, 0),
                Column(tr("Method"), lambda x: x.method, 110),
                Column(tr("Result"), lambda x: RESULTS.get(x.outcome, x.outcome), 96),
                Column(tr("Reason"), lambda x: x.reason, 160),
            ],
            tr("No login yet."),
            log,
        )
        self.changes: ShortList[api.ChangeRow] = ShortList(
            tr("Changes"),
            [
                Column(tr("When"), lambda x: local_text(x.at), MOMENT_PX),
                Column(tr("By"), lambda x: x.by or "Muster", 140),
                Column(tr("What"), lambda x: x.what, 0),
            ],
            tr("No changes yet."),
        )

    def _lay_out(self) -> None:
        self.photo_card = card([self.photo, self.show_photo])
        self._side = QVBoxLayout()
        self._side.setSpacing(12)
        self._side.setContentsMargins(0, 0, 0, 0)
        acts = card([self.facts, self.id_photo, self.remove_id_photo, self.badge, self.opt_out])
        for block in (acts, self.photo_card):
            self._side.addWidget(block, 1, Qt.AlignmentFlag.AlignTop)
        self._left = QWidget()
        self._left.setLayout(self._side)
        main = QVBoxLayout()
        main.setSpacing(12)
        lists = (self.templates, self.places, self.consents, self.invitations, self.logins)
        for part in (self.health, *lists, self.changes):
            main.addWidget(part)
        main.addStretch(1)
        inside = QWidget()
        self._across = QHBoxLayout(inside)
        self._across.setContentsMargins(0, 0, 8, 0)
        self._across.setSpacing(16)
        self._across.addWidget(self._left, 0, Qt.AlignmentFlag.AlignTop)
        self._across.addLayout(main, 1)
        self.area = scrolled(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(12)
        outer.addWidget(row(self.back, self.name, self.status, None, self.edit, spacing=12))
        outer.addWidget(self.area, 1)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """In a narrow window the lists get the whole width, beneath the facts and the photo."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW_PX
        self._left.setMaximumWidth(self.width() if narrow else SIDE_WIDTH)
        self._left.setMinimumWidth(0 if narrow else SIDE_WIDTH)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._across.setDirection(down if narrow else across)
        self._side.setDirection(across if narrow else down)

    def open_person(self, employee: EmployeeRow) -> None:
        """Turns to somebody; what is known at once is shown at once."""
        self.requests.show("")
        self.person = None
        self.name.setText(employee.full_name)
        self.photo.clear(tr("Photo on file"))
        bar = self.area.verticalScrollBar()
        if bar is not None:
            bar.setValue(0)
        self.requests.show(employee.id)
        self.refresh()
        self.back.setFocus()

    def refresh(self) -> None:
        """Reads the person again."""
        if self.requests.key:
            self.requests.read(api.read_person, ById(id=self.requests.key), self._show)

    def forget(self) -> None:
        """Nobody is shown any more."""
        self.requests.show("")
        self.person = None
        self.photo.clear(tr("Photo on file"))

    def _show(self, person: api.Person) -> None:
        self.person = person
        employee = person.employee
        self.name.setText(employee.full_name)
        away = employee.standing is not Standing.IN_FORCE
        tone = "mut" if away or employee.status is None else STATUS_TONES[employee.status]
        short = employee.status_text.partition(" · ")[0]
        self.status.setText(short)
        set_tone(self.status, "warn" if employee.still_on else tone)
        self.status.setToolTip(employee.status_text)
        self.status.setVisible(bool(employee.status_text))
        self._show_facts(person)
        self.photo_card.setVisible(person.photo_id is not None)
        self.show_photo.setVisible(not self.photo.has_photo)
        session = self._page.client.session
        role = session.role if session is not None else None
        self.edit.setVisible(role == Role.ADMIN)
        for act in (self.badge, self.opt_out):
            act.setVisible(role == Role.ADMIN)
        compared = role == Role.ADMIN and person.photo_id is None and person.opted_out is None
        self.id_photo.setVisible(compared)
        self.remove_id_photo.setVisible(role == Role.ADMIN and person.id_photo is not None)
        self.opt_out.setText(
            tr("Allow invitations again") if person.opted_out else tr("Do not invite or remind")
        )
        self.health.show_health(person, role)
        self.templates.show_rows(person.templates)
        self.places.show_rows(person.places)
        self.consents.show_rows(person.consents)
        self.invitations.show_rows(person.invitations)
        for part, rows in ((self.logins, person.logins), (self.changes, person.changes)):
            part.setVisible(rows is not None)
            part.show_rows(rows or [])

    def _show_facts(self, person: api.Person) -> None:
        clear(self._facts)
        for place, (name, value) in enumerate(facts_of(person)):
            self._facts.addWidget(label(name, "small"), 2 * place, 0)
            # an address has no space: it may go on in the next line after its @
            shown = label(value.replace("@", "@\N{ZERO WIDTH SPACE}"), "", wrap=True)
            shown.setAccessibleName(value)
            self._facts.addWidget(shown, 2 * place + 1, 0)

    def _ask_photo(self) -> None:
        if self.person is not None and self.person.photo_id is not None:
            named = ById(id=self.person.photo_id)
            self.requests.read(review.picture, named, self._show_photo)

    def _show_photo(self, picture: review.PhotoJpeg) -> None:
        self.photo.show_photo(picture.jpeg, None, None, [])
        self.show_photo.hide()

    def _edit(self) -> None:
        if self.person is not None:
            self.edits.emit(self.person.employee)

    def _ask_id_photo(self) -> None:
        title = tr("Choose an ID photo to compare the first enrolment with")
        name, _ = QFileDialog.getOpenFileName(self, title, "", PHOTO_FILES)
        if name:
            self.set_id_photo(Path(name))

    def set_id_photo(self, path: Path) -> None:
        """Keeps this file as the person's ID photo."""
        try:
            data = read_file(path, MAX_PHOTO)
        except OSError as error:
            text = tr("The file cannot be read: {problem}", problem=error.strerror)
            self._page.message.emit(text, True)
            return
        if data:
            self._send_id_photo(data)

    def _ask_remove_id_photo(self) -> None:
        question = tr("Remove the ID photo of {name}?", name=self.name.text())
        if is_sure(self, tr("Remove"), question, ID_PHOTO_REMOVED):
            self.take_id_photo_away()

    def take_id_photo_away(self) -> None:
        """Deletes the person's ID photo."""
        self._send_id_photo(b"")

    def _send_id_photo(self, data: bytes) -> None:
        """Empty: none any more."""
        if self.person is not None:
            request = SetIdPhoto(employee_id=self.person.employee.id, data=data)
            self._page.call(set_id_photo, request, lambda _row: self.refresh())

    def _ask_badge(self) -> None:
        question = tr("Scan the badge or type its code. Leave empty to remove the badge.")
        typed = ask_text(self, tr("Badge"), question, tr("Save"))
        if typed is not None:
            self.set_badge(typed)

    def set_badge(self, text: str) -> None:
        """Gives the person the badge that says this; blank takes theirs away."""
        if self.person is not None:
            request = SetBadge(employee_id=self.person.employee.id, badge=text)
            self._page.call(set_badge, request, lambda _row: self.refresh())

    def _opt_out(self) -> None:
        if self.person is not None:
            request = OptOut(
                employee_id=self.person.employee.id, opted_out=self.person.opted_out is None
            )
            self._page.call(opt_out, request, lambda _row: self.refresh())

    def _act(self) -> None:
        if self.person is not None:
            self.wants.emit(self.person.health.step.value, self.person.employee)

    def _open_log(self) -> None:
        if self.person is not None:
            self.whole_log.emit(self.person.employee.number)

    def _failed(self, error: ApiError) -> None:
        self._page.failed(error)
        if error.code == "not_found":
            self.closed.emit()
