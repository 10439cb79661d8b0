"""A new campaign: whom it invites, by which terms, who is left out, and what the email says."""

from pathlib import Path

import msgspec
from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from console.api import access_rules
from console.api import campaigns as api
from console.api.operation import ApiError, Nothing
from console.desktop.files import read_file
from console.desktop.widgets.campaign_form import TermsForm, WhomForm
from console.domain.language import labelled, tr, tr_count
from console.qt.client import ServiceClient
from console.qt.dialog import Dialog
from console.qt.offline_browser import OfflineBrowser
from console.qt.requests import ViewRequests
from console.qt.sizes import sized
from console.qt.tables import Column, PagedModel, Table
from console.qt.timers import timer
from console.qt.widgets import EmptyState, Field, Switch, button, card, label, row, scrolled

LOOK_PAUSE_MS = 250
"""A choice pauses this long before the service is asked who it means."""
SIZE = QSize(1120, 680)
FORM_PX = 432
ON_PAPER = "QTextBrowser { background: #FFFFFF; border: 1px solid #E2E6EB; border-radius: 6px; }"
"""Emails have colours of their own, whatever those of the console are."""
FRAME = "background:#F6F7F9", "background:#FFFFFF"
"""Qt draws the card of the email line by line, so that its ground must be that of the page."""


class CampaignDialog(Dialog):
    """confirmed: the `api.StartCampaign` that the operator wants."""

    confirmed = pyqtSignal(object)

    def __init__(self, client: ServiceClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("New campaign"))
        self.open_at(SIZE)
        self._requests = ViewRequests(client, self, self._failed)
        self._look: api.ChoiceLook | None = None
        self.name = Field(tr("Campaign name"), hint=tr("for example: Autumn, night shift"))
        self.whom, self.terms = WhomForm(), TermsForm()
        columns: list[Column[api.LeftOutPerson]] = [
            Column(tr("Employee"), lambda one: one.name, 170),
            Column(tr("Number"), lambda one: one.number, 80),
            Column(tr("Why"), lambda one: tr(one.reason)),
        ]
        self.model: PagedModel[api.LeftOutPerson] = PagedModel(
            columns, lambda one: one.employee_id, self
        )
        self.table = Table(self.model, tr("Left out"))
        nobody = EmptyState("circle-check", tr("Nobody is left out"), "")
        self.left_out = Switch(self.table, nobody)
        self._nobody = nobody
        self.unknown = QPlainTextEdit()
        self.unknown.setReadOnly(True)
        self.unknown.setAccessibleName(tr("Lines that match nobody"))
        self.email = OfflineBrowser()
        self.email.setStyleSheet(ON_PAPER)
        self.email.setAccessibleName(tr("The email that the first person gets"))
        self.tabs = QTabWidget()
        self.tabs.addTab(self.left_out, tr("Left out"))
        self.heads = label("", "soft", wrap=True)
        self.heads.setContentsMargins(0, 8, 0, 4)
        self.preview = QWidget()
        beneath = QVBoxLayout(self.preview)
        beneath.setContentsMargins(0, 0, 0, 0)
        beneath.addWidget(self.heads)
        beneath.addWidget(self.email, 1)
        self.tabs.addTab(self.preview, tr("Email"))
        self.tabs.addTab(self.unknown, tr("Not found"))
        self.summary = label("", "big", wrap=True)
        self.reasons = label("", "soft", wrap=True)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.send = button(tr("Send"), self._send, "primary", "send")
        self._pause = timer(self, LOOK_PAUSE_MS, self._ask, once=True)
        self._lay_out()
        self._connect()
        self._requests.read(access_rules.overview, Nothing(), self._offer)
        self._ask()

    def _lay_out(self) -> None:
        left = QWidget()
        form = QVBoxLayout(left)
        form.setContentsMargins(0, 0, 8, 0)
        form.setSpacing(12)
        form.addWidget(self.name)
        form.addWidget(card([label(tr("Who"), "heading"), self.whom]))
        form.addWidget(card([label(tr("How"), "heading"), self.terms]))
        form.addStretch(1)
        area = scrolled(left)
        sized(area, width=FORM_PX)
        right = QVBoxLayout()
        right.setSpacing(8)
        for part in (self.summary, self.reasons, self.tabs):
            right.addWidget(part, 1 if part is self.tabs else 0)
        across = QHBoxLayout()
        across.setSpacing(16)
        across.addWidget(area)
        across.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(across, 1)
        layout.addWidget(self.problem)
        layout.addWidget(row(None, button(tr("Cancel"), self.reject), self.send))

    def _connect(self) -> None:
        self.name.edit.textChanged.connect(lambda _: self._show_send())
        self.whom.changed.connect(self._changed)
        self.whom.list_wanted.connect(self._ask_for_list)
        self.terms.changed.connect(self._preview)
        self.terms.delivery_changed.connect(self._changed)
        self.tabs.currentChanged.connect(lambda _: self._preview())

    def _offer(self, found: access_rules.AccessOverview) -> None:
        groups = [(group.name, group.id) for group in found.groups]
        self.whom.offer(found.departments, groups)

    def _ask_for_list(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, tr("Numbers or email addresses"), "", tr("Lists (*.csv *.txt);;All files (*)")
        )
        if path:
            self.read_list(Path(path))

    def read_list(self, path: Path) -> None:
        """Only whoever this file names is invited."""
        try:
            text = read_file(path).decode("utf-8-sig", "replace")
        except OSError as error:
            self._say(tr("The file cannot be read: {reason}", reason=error.strerror))
            return
        self.whom.show_list(path.name, text)

    @property
    def choice(self) -> api.Choice:
        """Who is chosen."""
        delivery = self.terms.delivery.currentData()
        return msgspec.structs.replace(self.whom.choice(), delivery=delivery)

    def _changed(self) -> None:
        self._look = None
        self._show_send()
        self._pause.start()

    def _ask(self) -> None:
        asked = self.choice
        self._requests.read(api.look_at_choice, asked, lambda look: self._show(asked, look))

    def _show(self, asked: api.Choice, look: api.ChoiceLook) -> None:
        if asked != self.choice:
            return  # the answer for what is chosen now is on its way
        self._look = look
        self.problem.hide()
        self.summary.setText(_who_gets_links(look))
        lines = [f"{number:,} · {tr(reason)}" for reason, number in look.left_out.items()]
        total = sum(look.left_out.values())
        self.reasons.setText("\n".join([_how_many_left_out(look), *lines] if total else []))
        self.reasons.setVisible(bool(total))
        self.model.show_rows(look.people)
        self.left_out.show_part(self.table if look.people else self._nobody)
        self.tabs.setTabText(
            0, tr("Left out ({count:,})", count=total) if total else tr("Left out")
        )
        self.tabs.setTabVisible(2, bool(look.unknown))
        self.tabs.setTabText(2, tr("Not found ({count:,})", count=look.unknown))
        self.unknown.setPlainText("\n".join(look.lines))
        self._show_send()
        self._preview()

    def _show_send(self) -> None:
        count = self._look.invited if self._look is not None else 0
        self.send.setEnabled(bool(count and self.name.text().strip()))
        self.send.setText(tr("Send ({count:,})", count=count) if count else tr("Send"))
        missing = count and not self.name.text().strip()
        self.send.setToolTip(tr("Enter a campaign name first.") if missing else "")

    def _preview(self) -> None:
        if self.tabs.currentWidget() is not self.preview or self._look is None:
            return
        if not self._look.first_id:
            self._say_instead(tr("Nobody would get an email."))
            return
        request = api.PreviewEmail(employee_id=self._look.first_id, terms=self.terms.terms())
        self._requests.read(api.preview_email, request, self._show_email, self._no_email)

    def _show_email(self, email: api.EmailPreview) -> None:
        heads = ((tr("From"), email.sender), (tr("To"), email.to), (tr("Subject"), email.subject))
        self.heads.setText("\n".join(labelled(name, value) for name, value in heads))
        self.email.setHtml(email.html.replace(*FRAME))

    def _no_email(self, error: ApiError) -> None:
        self._say_instead(error.message)

    def _say_instead(self, text: str) -> None:
        self.heads.setText(text)
        self.email.clear()

    def _send(self) -> None:
        if not self.send.isEnabled():
            return
        request = api.StartCampaign(
            name=self.name.text(), choice=self.choice, terms=self.terms.terms()
        )
        self.confirmed.emit(request)
        self.accept()

    def _failed(self, error: ApiError) -> None:
        self._say(error.message)

    def _say(self, text: str) -> None:
        self.summary.clear()
        self.problem.setText(text)
        self.problem.show()


def _who_gets_links(look: api.ChoiceLook) -> str:
    if look.on_paper:
        return tr_count(
            "{count:,} person gets a link, {paper:,} of them on paper",
            "{count:,} people get a link, {paper:,} of them on paper",
            look.invited,
            paper=look.on_paper,
        )
    return tr_count("{count:,} person gets a link", "{count:,} people get a link", look.invited)


def _how_many_left_out(look: api.ChoiceLook) -> str:
    total, shown = sum(look.left_out.values()), len(look.people)
    if total > shown:
        return tr("{count:,} people left out (first {shown:,} shown)", count=total, shown=shown)
    return tr_count("{count:,} person left out", "{count:,} people left out", total)
