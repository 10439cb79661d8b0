"""The rules of all links: whether people may enrol by link, and when reminders leave. TTA20."""

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QCheckBox, QFormLayout, QGridLayout, QVBoxLayout, QWidget

from console.api import invitations as api
from console.api.operation import ApiError, Nothing
from console.domain.language import tr
from console.domain.work_hours import WorkHours
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.number_box import NumberBox
from console.qt.widgets import button, label, row

DAY_NAMES = (
    tr("Monday"),
    tr("Tuesday"),
    tr("Wednesday"),
    tr("Thursday"),
    tr("Friday"),
    tr("Saturday"),
    tr("Sunday"),
)
SIZE = QSize(500, 430)


class LinkRulesDialog(Dialog):
    """Reads the rules, and saves them."""

    def __init__(self, client: ServiceClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.open_at(SIZE)
        self.setWindowTitle(tr("Rules for enrolment by link"))
        self._client = client
        self.by_link = QCheckBox(tr("People may enrol by link"))
        explained = tr(
            "While this is off, no link works and none is sent. Emails in the queue are held back. "
            "People who are enrolled can still withdraw through their link."
        )
        self.begins = NumberBox(tr("Send reminders from"), 0, 23)
        self.ends = NumberBox(tr("Until"), 1, 24)
        for box in (self.begins, self.ends):
            box.setSuffix(":00")
        self.days = [QCheckBox(name) for name in DAY_NAMES]
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.save = button(tr("Save"), self._save, "primary")
        self.save.setEnabled(False)
        hours = QFormLayout()
        hours.addRow(tr("Send reminders from"), self.begins)
        hours.addRow(tr("Until"), self.ends)
        week = QGridLayout()
        for number, day in enumerate(self.days):
            week.addWidget(day, number // 4, number % 4)
        zone = tr("By the site's clock, on these days:")
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(self.by_link)
        layout.addWidget(label(explained, "soft", wrap=True))
        layout.addLayout(hours)
        layout.addWidget(label(zone, "soft"))
        layout.addLayout(week)
        layout.addWidget(self.problem)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.save))
        client.call(api.get_rules, Nothing(), self._show, self._failed, self)

    def _show(self, rules: api.LinkRules) -> None:
        self.by_link.setChecked(rules.by_link)
        self.begins.setValue(rules.hours.begins)
        self.ends.setValue(rules.hours.ends)
        for number, day in enumerate(self.days):
            day.setChecked(number in rules.hours.days)
        self.save.setEnabled(True)

    def _save(self) -> None:
        chosen = tuple(number for number, day in enumerate(self.days) if day.isChecked())
        hours = WorkHours(begins=self.begins.value(), ends=self.ends.value(), days=chosen)
        rules = api.LinkRules(by_link=self.by_link.isChecked(), hours=hours)
        self._client.call(api.save_rules, rules, lambda _: self.accept(), self._failed, self)

    def _failed(self, error: ApiError) -> None:
        self.problem.setText(error.message)
        self.problem.show()
