"""The two halves of a new campaign: whom it invites, and by which terms."""

from collections.abc import Sequence

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QVBoxLayout, QWidget

from console.api import campaigns as api
from console.domain.campaigns import OLDEST_MONTHS, Delivery, Need
from console.domain.invitations import Status
from console.domain.language import tr
from console.domain.link_terms import (
    DAYS,
    PER_MINUTE,
    PHOTOS,
    REMIND_AFTER,
    REMIND_MOST,
    TRIES,
    USUAL,
    LinkTerms,
)
from console.qt.number_box import NumberBox
from console.qt.widgets import button, label, row

STATES: tuple[tuple[str, list[Status | None]], ...] = (
    (tr("Any"), []),
    (tr("Never invited"), [None]),
    (tr("Link expired"), [Status.EXPIRED]),
    (tr("Link revoked"), [Status.REVOKED]),
    (
        tr("Not finished"),
        [Status.INVITED, Status.OPENED, Status.CONSENTED, Status.REJECTED_AUTO, Status.REJECTED],
    ),
    (tr("Enrolled"), [Status.APPROVED, Status.PUSHED, Status.IN_USE]),
)
"""What the newest invitation of somebody may be, and how it is called."""
USUAL_MONTHS = 36
DELIVERIES = (
    (tr("By email"), Delivery.EMAIL),
    (tr("By email, or on paper"), Delivery.PAPER_TOO),
    (tr("On paper"), Delivery.PAPER),
)


class WhomForm(QWidget):
    """Conditions; whoever fits all of them is meant. list_wanted: a file is to be chosen."""

    changed = pyqtSignal()
    list_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._listed: str | None = None
        self.department, self.group, self.state = QComboBox(), QComboBox(), QComboBox()
        for text, statuses in STATES:
            self.state.addItem(text, statuses)
        self.never = QCheckBox(tr("Never enrolled"))
        self.old = QCheckBox(tr("Photo older than"))
        self.months = NumberBox(tr("Months"), 1, OLDEST_MONTHS)
        self.months.count_months()
        self.months.setValue(USUAL_MONTHS)
        self.fails = QCheckBox(tr("Face often not recognised at kiosks"))
        self.file = label("", "soft", wrap=True)
        self.pick = button(tr("Choose a list…"), self.list_wanted.emit, icon_name="upload")
        self.drop = button(tr("Remove the list"), self._drop_list)
        self.enrolled = QCheckBox(tr("Also people who are already enrolled"))
        self.with_link = QCheckBox(tr("Also people who have a link (it stops working)"))
        self._lay_out()
        self.offer([], [])
        self._connect()
        self._drop_list()

    def _lay_out(self) -> None:
        boxes = QFormLayout()
        boxes.setContentsMargins(0, 0, 0, 0)
        for text, box in (
            (tr("Department"), self.department),
            (tr("Group"), self.group),
            (tr("Invitation"), self.state),
        ):
            box.setAccessibleName(text)
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            boxes.addRow(text, box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(boxes)
        layout.addWidget(label(tr("Only if at least one of these applies"), "soft", wrap=True))
        layout.addWidget(self.never)
        layout.addWidget(row(self.old, self.months, None))
        layout.addWidget(self.fails)
        layout.addWidget(
            label(tr("Only people on a list, by number or email address"), "soft", wrap=True)
        )
        layout.addWidget(row(self.pick, self.drop, None))
        layout.addWidget(self.file)
        layout.addWidget(self.enrolled)
        layout.addWidget(self.with_link)

    def _connect(self) -> None:
        for box in (self.department, self.group, self.state):
            box.activated.connect(lambda _: self.changed.emit())
        for check in (self.never, self.old, self.fails, self.enrolled, self.with_link):
            check.toggled.connect(lambda _: self._toggled())
        self.months.valueChanged.connect(lambda _: self.changed.emit())

    def _toggled(self) -> None:
        again = self.old.isChecked() or self.fails.isChecked()
        self.enrolled.setVisible(not again)  # whoever is to enrol again is enrolled
        self.changed.emit()

    def offer(self, departments: Sequence[str], groups: Sequence[tuple[str, str]]) -> None:
        """Offers these departments, and groups by (name, id)."""
        for box, rows in (
            (self.department, [(path, path) for path in departments]),
            (self.group, groups),
        ):
            box.clear()
            box.addItem(tr("All"), "")
            for text, value in rows:
                box.addItem(text, value)

    def show_list(self, name: str, text: str) -> None:
        """Only whoever this text names is meant."""
        self._listed = text
        self.file.setText(name)
        self.file.show()
        self.drop.show()
        self.changed.emit()

    def _drop_list(self) -> None:
        self._listed = None
        self.file.hide()
        self.drop.hide()
        self.changed.emit()

    def choice(self) -> api.Choice:
        """What is filled in."""
        needs = {
            Need.NEVER_ENROLLED: self.never,
            Need.OLD_TEMPLATE: self.old,
            Need.OFTEN_FAILS: self.fails,
        }
        whom = api.Whom(
            department=self.department.currentData(),
            group_id=self.group.currentData(),
            newest=self.state.currentData(),
            needs=[need for need, check in needs.items() if check.isChecked()],
            months=self.months.value(),
            listed=self._listed,
        )
        return api.Choice(
            whom=whom,
            enrolled=self.enrolled.isChecked(),
            with_link=self.with_link.isChecked(),
        )


class TermsForm(QWidget):
    """What every link of the campaign is like. delivery_changed: so may be who gets one."""

    changed = pyqtSignal()
    delivery_changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.delivery = QComboBox()
        self.delivery.setAccessibleName(tr("Send links"))
        for text, value in DELIVERIES:
            self.delivery.addItem(text, value)
        self.days = _number(tr("Link works for"), DAYS, USUAL.days)
        self.days.count_days()
        self.photos = _number(tr("Photos asked for"), PHOTOS, USUAL.photos)
        self.tries = _number(tr("Attempts"), TRIES, USUAL.tries)
        self.rate = _number(tr("Emails per minute"), PER_MINUTE, USUAL.per_minute)
        self.rate.setSpecialValueText(tr("As fast as possible"))
        self.remind = _number(tr("Remind after"), REMIND_AFTER, USUAL.remind_after_days)
        self.remind.count_days()
        self.remind.setSpecialValueText(tr("Never"))
        self.most = _number(tr("Reminders at most"), REMIND_MOST, USUAL.remind_most)
        boxes = QFormLayout(self)
        boxes.setContentsMargins(0, 0, 0, 0)
        boxes.addRow(self.delivery.accessibleName(), self.delivery)
        self.delivery.activated.connect(lambda _: self._other_delivery())
        for box in (self.days, self.photos, self.tries, self.rate, self.remind, self.most):
            boxes.addRow(box.accessibleName(), box)
            box.valueChanged.connect(lambda _: self._changed())
        self._changed()

    def _changed(self) -> None:
        emails = self.delivery.currentData() is not Delivery.PAPER
        self.rate.setEnabled(emails)
        self.remind.setEnabled(emails)
        self.most.setEnabled(emails and self.remind.value() > 0)
        self.changed.emit()

    def _other_delivery(self) -> None:
        self._changed()
        self.delivery_changed.emit()

    def terms(self) -> LinkTerms:
        """What is filled in."""
        return LinkTerms(
            days=self.days.value(),
            photos=self.photos.value(),
            tries=self.tries.value(),
            per_minute=self.rate.value(),
            remind_after_days=self.remind.value(),
            remind_most=self.most.value(),
        )


def _number(words: str, bounds: range, value: int) -> NumberBox:
    box = NumberBox(words, bounds[0], bounds[-1])
    box.setValue(value)
    return box
