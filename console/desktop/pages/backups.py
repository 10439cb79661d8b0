"""Backups: whether the site could be brought back, what there is, and making another."""

from datetime import datetime

from PyQt6.QtWidgets import QVBoxLayout

from console.api import backups as api
from console.api.operation import Nothing
from console.api.tasks import Task, TaskState
from console.desktop.dialogs.backup_places_dialog import BackupPlacesDialog
from console.desktop.dialogs.recovery_key_dialog import RecoveryKeyDialog
from console.desktop.dialogs.site_key_dialog import SiteKeyDialog
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.page import Page
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.words import MOMENT_PX, local_text
from console.domain.language import paragraph, tr, tr_count, tr_short_day
from console.domain.operators import Role
from console.qt.client import ServiceClient
from console.qt.questions import is_sure
from console.qt.tables import Column, PagedModel, Table
from console.qt.widgets import EmptyState, Switch, button, card, label, row

MEGABYTE = 1_000_000
NO_KEY = tr(
    "Make the recovery key first: backups are encrypted for it, and only somebody who has it on "
    "paper can restore the site."
)
NO_BACKUP = tr("The service makes a backup every day. Back up now to get the first one.")
REPLACE = tr(
    "Existing backups still need the key that is on paper now. Keep that paper as long as you keep "
    "those backups."
)


class BackupsPage(Page):
    """All backups, newest first. Administrators make and verify them; auditors look."""

    subjects = frozenset({"backups"})
    title = tr("Backups")

    def __init__(self, client: ServiceClient) -> None:
        super().__init__(client)
        self.known: api.BackupsState | None = None
        columns: list[Column[api.BackupRow]] = [
            Column(tr("Made"), lambda one: local_text(one.made_at), MOMENT_PX),
            Column(tr("By"), lambda one: one.made_by, 110),
            Column(tr("Size"), lambda one: _size(one.bytes), 90),
            Column(tr("People's keys"), lambda one: _keys(one.keys_until), 164),
            Column(tr("State"), _state, 110, tone=lambda one: "bad" if one.problem else "pass"),
            Column(tr("Last verified"), _verified, 260),
            Column(tr("Place"), lambda one: one.place, 0),
        ]
        self.model: PagedModel[api.BackupRow] = PagedModel(
            columns, lambda one: (one.place, one.name), self
        )
        self.table = Table(self.model, tr("Backups"))
        self.working = TaskWatch(client, self)
        self.strip = TaskStrip(self.working)
        self.working.ended.connect(self._ended)
        self.working.refused.connect(lambda _error: self._show_buttons())
        self.back_up = button(tr("Back up now"), self.back_up_now, "primary")
        self.verify = button(tr("Verify"), self._verify, icon_name="shield")
        self.places = button(tr("Places…"), self._show_places)
        self.key = button(tr("Recovery key…"), self.ask_key)
        self.site_key = button(tr("Site key…"), self._show_site_key)
        self.state, self.alarm = label("", wrap=True), label("", "error", wrap=True)
        self.details = label("", "soft", wrap=True)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self.nothing = EmptyState("download", tr("No backup yet"), NO_KEY)
        self.list = Switch(self.table, self.nothing)
        for act in (self.back_up, self.verify, self.key, self.site_key):
            act.setVisible(self._is_admin)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(row(self.back_up, self.verify, None, self.places, self.key, self.site_key))
        for told in (self.state, self.alarm, self.details, self.strip):
            layout.addWidget(told)
        layout.addWidget(card([self.list], margin=1), 1)
        layout.addWidget(self.problem)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._show_buttons())
        self._show_buttons()

    @property
    def _is_admin(self) -> bool:
        session = self.client.session
        return session is not None and session.role == Role.ADMIN

    @property
    def chosen(self) -> api.BackupRow | None:
        """The backup that is selected."""
        chosen = self.table.selected()
        return chosen[0] if len(chosen) == 1 else None

    def refresh(self) -> None:
        """Reads again what is shown."""
        self.read(api.list_backups, Nothing(), self._show)

    def _show(self, found: api.BackupsState) -> None:
        self.known = found
        shown = self.alarm if found.problem else self.state
        for told, text in ((self.state, ""), (self.alarm, ""), (shown, _in_words(found))):
            told.setText(text)
            told.setVisible(bool(text))
        self.details.setText(details_in_words(found))
        self.details.setVisible(bool(details_in_words(found)))
        self.model.show_rows(found.rows)
        self.nothing.set_text(tr("No backup yet"), NO_BACKUP if found.key else NO_KEY)
        self.list.show_part(self.table if found.rows else self.nothing)
        count = len(found.rows)
        self.state_text.emit(tr_count("{count:,} backup", "{count:,} backups", count))
        self._show_buttons()

    def _show_buttons(self) -> None:
        free = not self.working.running
        self.back_up.setEnabled(free and self.known is not None and bool(self.known.key))
        self.verify.setEnabled(free and self.chosen is not None)
        problem = self.chosen.problem if self.chosen is not None else ""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def back_up_now(self) -> None:
        """Starts a backup."""
        self._disable()
        self.working.start(api.back_up, Nothing())

    def _verify(self) -> None:
        if self.chosen is not None:
            which = api.WhichBackup(place=self.chosen.place, name=self.chosen.name)
            self._disable()
            self.working.start(api.verify_backup, which)

    def _disable(self) -> None:
        for part in (self.back_up, self.verify):
            part.setEnabled(False)

    def _ended(self, task: Task) -> None:
        if task.state is TaskState.CANCELLED:
            self.working.leave()
            self.message.emit(tr("Cancelled. Earlier backups are unchanged."), False)
        self.refresh()

    def _show_places(self) -> None:
        BackupPlacesDialog(self.client, change=self._is_admin, parent=self).open()

    def make_first_key(self) -> None:
        """Makes the recovery key, unless there is one."""

        def make(found: api.BackupsState) -> None:
            if not found.key:
                self.call(api.new_key, Nothing(), self._show_key)

        self.call(api.list_backups, Nothing(), make)

    def ask_key(self) -> None:
        """Makes a recovery key, after a question where one is in force."""
        self.call(api.list_backups, Nothing(), self._make_key)

    def _make_key(self, found: api.BackupsState) -> None:
        if found.key:
            made = tr("There is one already, made on {time}.", time=local_text(found.key_made_at))
            question = tr("Replace the recovery key?")
            if not is_sure(self, tr("Replace"), question, paragraph(made, REPLACE)):
                return
        self.call(api.new_key, Nothing(), self._show_key)

    def _show_key(self, made: api.NewKey) -> None:
        dialog = RecoveryKeyDialog(self.client, made, self)
        dialog.confirmed.connect(self._key_counts)
        dialog.open()

    def _show_site_key(self) -> None:
        dialog = SiteKeyDialog(self.client, self)
        dialog.started.connect(self.working.follow)
        dialog.said.connect(lambda text: self.message.emit(text, False))
        dialog.open()

    def _key_counts(self, fingerprint: str) -> None:
        said = tr(
            "The recovery key is now in force. Its fingerprint is {fingerprint}.",
            fingerprint=fingerprint,
        )
        self.message.emit(said, False)
        self.refresh()


def _in_words(found: api.BackupsState) -> str:
    if found.problem:
        return found.problem
    return tr("Up to date: the newest backup was made on {time}.", time=local_text(found.newest))


def details_in_words(found: api.BackupsState) -> str:
    """The recovery key, and the last restore that was tried out."""
    parts = []
    if found.key:
        made = local_text(found.key_made_at)
        parts.append(tr("Recovery key {key}, made on {time}.", key=found.key, time=made))
    if found.tried_out_at is not None:
        time = local_text(found.tried_out_at)
        what = tr("A restore was last tested on {time}.", time=time)
        if not found.tried_out_restored:
            what = tr("The newest backup was read back, but not restored, on {time}.", time=time)
        how = tr("It succeeded.") if found.tried_out_well else tr("It failed.")
        parts += [what, how]
    return paragraph(*parts)


def _size(count: int) -> str:
    return f"{count / MEGABYTE:,.1f} MB"


def _keys(until: datetime | None) -> str:
    if until is None:
        return tr("deleted")
    return tr("until {day}", day=tr_short_day(until.astimezone()))


def _state(one: api.BackupRow) -> str:
    return tr("Unusable") if one.problem else tr("Intact")


def _verified(one: api.BackupRow) -> str:
    return f"{local_text(one.verified_at)}, {one.verified_by}"
