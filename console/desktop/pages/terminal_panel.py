"""One terminal: what is known of it, and what can be done to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMenu, QVBoxLayout, QWidget

from console.api import access_rules
from console.api import tasks as tasks_api
from console.api import terminal_life as life_api
from console.api import terminals as api
from console.api import usb_stick as usb_api
from console.api.operation import ById, Nothing
from console.desktop.dialogs.access_dialogs import TerminalAccessDialog
from console.desktop.dialogs.adopt_dialog import AdoptDialog
from console.desktop.dialogs.approval_form import ApprovalForm
from console.desktop.dialogs.doctor_dialog import DoctorDialog
from console.desktop.dialogs.plan_dialog import PlanDialog
from console.desktop.dialogs.set_aside_dialog import SetAsideDialog
from console.desktop.dialogs.terminal_forms import TerminalForm
from console.desktop.dialogs.unit_dialogs import OperationsDialog, SettingsDialog
from console.desktop.files import not_read
from console.desktop.flows import usb_stick
from console.desktop.flows.task_watch import TaskWatch
from console.desktop.flows.terminal_life import TYPE_ITS_NAME, Say, TerminalLife
from console.desktop.terminal_needs import Need, need_of, need_text
from console.desktop.terminal_words import clock_text, way_text
from console.desktop.widgets.access_panel import AccessPanel
from console.desktop.widgets.callers_bar import CallersBar
from console.desktop.widgets.next_step_bar import NextStepBar
from console.desktop.widgets.task_strip import TaskStrip
from console.desktop.widgets.terminal_tabs import TerminalTabs
from console.domain.language import tr, tr_count
from console.domain.operators import Role
from console.domain.terminals import TerminalStatus
from console.qt.client import ServiceClient
from console.qt.number_box import NumberBox
from console.qt.questions import ask_choice, ask_name, ask_number
from console.qt.requests import ViewRequests
from console.qt.sizes import sized
from console.qt.widgets import button, card, label, row

WIDTH = 460
LOCK_MIN, LONGEST_LOCK_MIN = 5, 60
ONLY_DIALLED = frozenset({"doctor", "test_voice", "operation_log", "settings", "lock"})
"""What no public document of the dialects of terminals that dial in offers."""
BY_STICK = frozenset({"log_file", "people_file"})
"""What can be done with a terminal that has no network."""
CLEAR_TEXT = tr(
    "The log is downloaded once more, saved to a backup file, and then cleared on the terminal."
)


def _ignore(_error: object) -> None:
    """The list beside the detail says what is wrong with the service."""


class TerminalPanel(QWidget):
    """Shows one terminal at a time; offers only commands that it is not known to lack."""

    def __init__(self, client: ServiceClient, say: Say) -> None:
        super().__init__()
        self._client, self._say = client, say
        self.life = TerminalLife(client, self, self._tell, self._approve_again)
        self.callers = CallersBar(
            lambda address: self.life.accept(self._terminal, address),
            lambda address: self.life.refuse(self._terminal, address),
        )
        self._requests = ViewRequests(client, self, _ignore)
        self.shown: api.TerminalDetail | None = None
        self.watch = TaskWatch(client, self)
        self.name, self.line = label("", "big", wrap=True), label("", "soft", wrap=True)
        self.next_step = NextStepBar()
        self.problem = label("", "error", wrap=True)
        self.access = AccessPanel(
            lambda: self._open(TerminalAccessDialog(self._client, self._terminal, self))
        )
        self.tabs = TerminalTabs(self.access)
        self._make_actions()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        body = card(
            [
                self.name,
                self.line,
                self.next_step,
                self.problem,
                self.callers,
                row(self.set_aside, None),
                row(self.plan, self.adopt, None, self.more),
                TaskStrip(self.watch),
                self.tabs,
            ],
        )
        body_layout = body.layout()
        assert isinstance(body_layout, QVBoxLayout)
        body_layout.setStretchFactor(self.tabs, 1)
        layout.addWidget(body)
        sized(self, width=WIDTH)
        self.watch.ended.connect(lambda _: self.reload())

    def _make_actions(self) -> None:
        self.plan = button(
            tr("Preview changes…"),
            lambda: self._open(PlanDialog(self._client, self._terminal, parent=self)),
        )
        self.adopt = button(
            tr("Import people…"),
            lambda: self._open(AdoptDialog(self._client, self._terminal, self)),
        )
        self.set_aside = button("", self._show_set_aside, icon_name="alert-triangle")
        self.menu = QMenu(self)
        self._menu_actions: dict[str, Any] = {}
        entries: list[tuple[str, str, Callable[[], None]]] = [
            ("refresh", tr("Refresh from terminal"), lambda: self._do("refresh")),
            ("doctor", tr("Diagnose connection…"), self._examine),
            ("set_clock", tr("Set clock"), lambda: self._do("set_clock")),
            ("read_log", tr("Download log"), lambda: self._do("read_log")),
            ("log_file", tr("Import log from USB stick…"), self._ask_log_file),
            ("people_file", tr("Import people from USB stick…"), self._ask_people_file),
            ("audit", tr("Check log for gaps"), lambda: self._do("audit")),
            ("replace", tr("Replace with another terminal…"), self._replace),
            ("operation_log", tr("Operation log…"), self._show_operations),
            ("settings", tr("Settings…"), self._show_settings),
            ("unlock", tr("Open door"), lambda: self._do("unlock")),
            ("test_voice", tr("Test voice"), lambda: self._do("test_voice")),
            ("lock", tr("Lock…"), self._lock),
            ("restart", tr("Restart"), lambda: self._do("restart")),
            ("change", tr("Change…"), self._change),
            ("clear_log", tr("Clear log…"), self._clear),
        ]
        for name, text, slot in entries:
            action = self.menu.addAction(text)
            assert action is not None
            action.triggered.connect(lambda _checked, slot=slot: slot())
            self._menu_actions[name] = action
        self.menu.addSeparator()
        self._life_actions: list[QAction] = []
        self.more = button(tr("More"), lambda: None, icon_name="chevron-down")
        self.more.setMenu(self.menu)
        if not self._client.may(tasks_api.on_unit):
            for act in (self.plan, self.adopt, self.more):
                act.hide()

    @property
    def _terminal(self) -> api.TerminalRow:
        assert self.shown is not None
        return self.shown.terminal

    def reload(self) -> None:
        """Reads again what is shown."""
        if self._requests.key:
            self.show_terminal(self._requests.key)

    def show_terminal(self, terminal_id: str) -> None:
        """Reads the terminal and shows it; nothing can be done to the former one any more."""
        if self._requests.show(terminal_id):
            self.setEnabled(False)
            self.watch.leave()
        named = ById(id=terminal_id)
        self._requests.read(api.get_terminal, named, self._show)
        self._requests.read(access_rules.of_terminal, named, self.access.show_access)

    def _show(self, detail: api.TerminalDetail) -> None:
        self.shown = detail
        self.setEnabled(True)
        terminal = detail.terminal
        self.name.setText(terminal.name)
        clock = tr("clock {state}", state=clock_text(terminal.clock_offset_s))
        parts = (terminal.access_zone, way_text(detail), clock)
        self.line.setText(" · ".join(part for part in parts if part))
        self.problem.setText(terminal.problem)
        self.problem.setVisible(bool(terminal.problem))
        self.set_aside.setText(
            tr_count(
                "{count:,} unreadable line…", "{count:,} unreadable lines…", terminal.set_aside
            )
        )
        shows = self._client.may(api.list_set_aside)
        self.set_aside.setVisible(shows and bool(terminal.set_aside or detail.lines_dropped))
        may_refuse = self._client.may(life_api.refuse_caller)
        may_accept = may_refuse and (self.life.is_admin or not terminal.biometric)
        self.callers.show_callers(detail, may_accept=may_accept, may_refuse=may_refuse)
        self.tabs.show_detail(detail)
        self._offer({row_.name: row_ for row_ in detail.capabilities})
        self._offer_next_step()

    def _offer(self, can: dict[str, api.CapabilityRow]) -> None:
        """The console never offers what a terminal is known not to do."""
        approved = self._terminal.status is TerminalStatus.APPROVED
        dialled = not self._terminal.dialect.dials_in
        reachable = not dialled or bool(self._terminal.address)
        for name, action in self._menu_actions.items():
            known = can.get(name)
            usable = approved and (known is None or known.can is not False)
            usable = usable and (dialled or name not in ONLY_DIALLED)
            usable = usable and (reachable or name in BY_STICK)
            action.setEnabled(usable)
            action.setToolTip(known.evidence if known and known.can is False else "")
        self._menu_actions["change"].setEnabled(True)
        self._offer_life()
        self.plan.setEnabled(approved and reachable)
        self.adopt.setEnabled(approved and reachable)
        session = self._client.session
        self.access.change.setVisible(session is not None and session.role == Role.ADMIN)

    def _offer_next_step(self) -> None:
        """In large, so that it is found at once; only where this operator can take it now."""
        doctor, clock = self._menu_actions["doctor"], self._menu_actions["set_clock"]
        acts = {
            Need.CONNECTION: (doctor, doctor.trigger),
            Need.PEOPLE: (self.plan, self.plan.click),
            Need.CLOCK: (clock, clock.trigger),
        }
        act, begin = acts.get(need_of(self._terminal), (None, None))
        can = act is not None and act.isEnabled() and self._client.may(tasks_api.on_unit)
        text = need_text(self._terminal)
        if act is None or not can:
            self.next_step.show_step(text)
        else:
            self.next_step.show_step(text, act.text(), begin)

    def _offer_life(self) -> None:
        """Only what is possible now, and for whoever is signed in."""
        for action in self._life_actions:
            self.menu.removeAction(action)
        self._life_actions = []
        for act, text in self.life.offered(self._terminal):
            added = self.menu.addAction(text)
            assert added is not None
            added.triggered.connect(lambda _checked, act=act: self.life.do(act, self._terminal))
            self._life_actions.append(added)

    def _tell(self, text: str, bad: bool) -> None:
        self._say(text, bad)
        self.reload()

    def _approve_again(self, terminal: api.TerminalRow) -> None:
        form = ApprovalForm(self._client, terminal, may_approve=True, parent=self)
        form.done_text.connect(lambda text: self._tell(text, False))
        form.open()

    def _do(self, action: str) -> None:
        self.watch.start(
            tasks_api.on_unit, tasks_api.OnUnit(terminal_id=self._terminal.id, action=action)
        )

    def _open(self, dialog: Any) -> None:
        dialog.finished.connect(lambda _: self.reload())
        dialog.open()

    def _examine(self) -> None:
        request = tasks_api.OnUnit(terminal_id=self._terminal.id, action="doctor")
        self._open(DoctorDialog(self._client, self._terminal.name, request, self))

    def _show_operations(self) -> None:
        self._open(OperationsDialog(self._client, self._terminal, self))

    def _show_settings(self) -> None:
        self._open(SettingsDialog(self._client, self._terminal, self))

    def _ask_log_file(self) -> None:
        path = usb_stick.ask_log_file(self)
        if path is not None:
            self.load_log_file(path)

    def load_log_file(self, path: Path) -> None:
        """Hands the file's logins to the terminal that is shown."""
        try:
            request = usb_stick.log_file(path, self._terminal.id)
        except OSError as error:
            self._say(not_read(error), True)
            return
        self.watch.start(usb_api.load_log_file, request)

    def _ask_people_file(self) -> None:
        path = usb_stick.ask_people_file(self)
        if path is not None:
            self.open_people_file(path)

    def open_people_file(self, path: Path) -> None:
        """Asks when a file of the terminal that is shown was written, and shows who is in it."""
        try:
            written = usb_stick.WrittenQuestion(usb_stick.date_of(path), self).answer()
            if written is None:
                return
            file = usb_stick.people_file(path, self._terminal.id, written.at)
        except OSError as error:
            self._say(not_read(error), True)
            return
        self._open(AdoptDialog(self._client, self._terminal, self, file))

    def _lock(self) -> None:
        text = tr(
            "Nobody can log in at the terminal during this time. To unlock it earlier, cancel the "
            "task."
        )
        box = NumberBox(tr("Minutes"), 1, LONGEST_LOCK_MIN)
        box.setValue(LOCK_MIN)
        minutes = ask_number(self, tr("Lock the terminal"), text, box, tr("Lock"))
        if minutes is not None:
            request = tasks_api.LockUnit(terminal_id=self._terminal.id, minutes=minutes)
            self.watch.start(tasks_api.lock_unit, request)

    def _show_set_aside(self) -> None:
        if self.shown is not None:
            self._open(SetAsideDialog(self._client, self.shown, self))

    def _change(self) -> None:
        if self.shown is not None:
            self._open(TerminalForm(self._client, self.shown, parent=self))

    def _clear(self) -> None:
        terminal = self._terminal
        question = f"{CLEAR_TEXT}\n\n{TYPE_ITS_NAME}"
        text = ask_name(self, tr("Clear the terminal’s log"), question, terminal.name, tr("Clear"))
        if text is not None:
            self.watch.start(
                tasks_api.clear_log, tasks_api.ClearLog(terminal_id=terminal.id, confirm=text)
            )

    def _replace(self) -> None:
        self._requests.read(api.list_terminals, Nothing(), self._choose_new)

    def _choose_new(self, found: api.Terminals) -> None:
        old = self._terminal
        others = {
            t.name: t for t in found.rows if t.id != old.id and t.status is TerminalStatus.APPROVED
        }
        if not others:
            self.line.setText(tr("Add the new terminal first."))
            return
        title, question = tr("Replace terminal"), tr("Move people, fingers and settings to:")
        name = ask_choice(self, title, question, sorted(others), tr("Continue"))
        if name is not None:
            request = tasks_api.ReplaceUnit(old_id=old.id, new_id=others[name].id)
            self._open(
                PlanDialog(self._client, others[name], (tasks_api.replace_unit, request), self)
            )
