"""Invitations: who was invited, how far each person is, and the state of the email."""

from collections.abc import Callable, Sequence
from typing import Any

from PyQt6.QtWidgets import QCheckBox, QVBoxLayout

from console.api import invitations as api
from console.api.operation import ById
from console.api.tasks import Task, TaskState
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.page import Page
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.widgets.tones import STATUS_TONES
from console.desktop.words import MOMENT_PX, local_text
from console.qt.client import ServiceClient
from console.qt.language import tr
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, row


def _email_tone(row_: api.InvitationRow) -> str:
    return (
        "pass"
        if row_.email == "Sent"
        else "bad"
        if row_.email.startswith("Not sent")
        else "warn"
        if ":" in row_.email
        else ""
    )


class InvitationsPage(Page):
    """The table of invitations; they can be sent again or revoked."""

    subjects = frozenset({"invitations"})
    title = tr("Invitations")
    searches = tr("Find invitations")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        columns: list[Column[api.InvitationRow]] = [
            Column(tr("Employee"), lambda i: i.employee, 190),
            Column(tr("Number"), lambda i: i.number, 90),
            Column(
                tr("Status"), lambda i: i.status_text, 230, tone=lambda i: STATUS_TONES[i.status]
            ),
            Column(tr("Email"), lambda i: i.email, 0, tone=_email_tone),
            Column(tr("Link works until"), lambda i: local_text(i.expires_at), MOMENT_PX),
        ]
        self.model: PagedModel[api.InvitationRow] = PagedModel(columns, lambda i: i.id, self)
        self.table = Table(self.model, tr("Invitations"))
        self.sending = TaskWatch(client, self)
        self.strip = TaskStrip(self.sending)  # hears of an end first; leaving then hides it
        self.sending.ended.connect(self._sent)
        self.open_only = QCheckBox(tr("Only those not finished"))
        self.again = button(tr("Send again"), self._send_again, icon_name="refresh")
        self.revoke = button(tr("Revoke"), self._revoke, "danger", "x")
        empty = EmptyState(
            "mail",
            tr("No invitations"),
            tr("Select people under Employees and send them invitations."),
        )
        self.offer(api.invite, self.again)
        self.offer(api.revoke, self.revoke)
        self.list = Switch(self.table, empty)
        self._empty = empty
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(row(self.again, self.revoke, None, self.open_only))
        layout.addWidget(self.strip)
        layout.addWidget(card([self.list], margin=1), 1)
        self.open_only.toggled.connect(lambda _: self.refresh())
        self.model.loaded.connect(self._loaded)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._selection_changed())
        self._selection_changed()

    def refresh(self) -> None:
        """Reads again what is shown."""
        search, open_only = self.search_text, self.open_only.isChecked()

        def fetch(
            cursor: str, limit: int, deliver: Callable[[Sequence[Any], str, int], None]
        ) -> None:
            request = api.ListInvitations(
                search=search, open_only=open_only, cursor=cursor, limit=limit
            )
            self.call(
                api.list_invitations,
                request,
                lambda page: deliver(page.rows, page.cursor, page.total),
            )

        self.model.load(fetch)

    def _loaded(self, total: int) -> None:
        self.state_text.emit(f"{total:,} {tr('in all')}")
        self.list.show_part(self.table if total else self._empty)
        self._selection_changed()

    def _selection_changed(self) -> None:
        chosen = bool(self.table.selected())
        self.again.setEnabled(chosen)
        self.revoke.setEnabled(chosen)

    def _send_again(self) -> None:
        ids = [chosen.employee_id for chosen in self.table.selected()]
        self.sending.start(api.invite, api.Invite(employee_ids=ids))

    def _sent(self, task: Task) -> None:
        result = task.result.invited
        if task.state is TaskState.DONE and result is not None:
            self.sending.leave()
            self.message.emit(f"{result.sent} {tr('new links are on their way.')}", False)

    def _revoke(self) -> None:
        for chosen in self.table.selected():
            self.call(
                api.revoke,
                ById(id=chosen.id),
                lambda result: self.message.emit(f"{tr('Revoked')}: {result.employee}", False),
            )
