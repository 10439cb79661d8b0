"""The bar below every page: service, terminals, email, jobs as they are; who is signed in."""

import re
from datetime import UTC, datetime

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QIcon, QWheelEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QScrollArea, QWidget

from console.api import site as api
from console.desktop.roles import ROLE_WORDS
from console.domain.language import labelled, tr, tr_count
from console.domain.operators import Role
from console.qt.client import ConnectionState
from console.qt.sizes import sized
from console.qt.theme import icon
from console.qt.widgets import row

HEIGHT = 28
MOST_OF_EMAIL, MOST_OF_BACKUPS = 58, 34
"""Characters: what is wrong is said in full where the mouse rests; a laptop's screen is as wide."""
CERTIFICATE_ENDS = tr("TLS certificate expires soon")
KEY_IN_FILE = tr(
    "The site key is not in a keyring but in a file; anyone who copies the data folder gets it."
)
_SERVICE = {
    ConnectionState.SEARCHING: (tr("Looking for the service…"), "warn"),
    ConnectionState.SIGNED_OUT: (tr("Signed out"), "mut"),
    ConnectionState.READY: (tr("Service"), "pass"),
    ConnectionState.GONE: (tr("Service unreachable, reconnecting…"), "bad"),
}
_UNKNOWN = frozenset({ConnectionState.SEARCHING, ConnectionState.GONE})


class StatusBar(QFrame):
    """terminals, email, tasks, backups, audit: their part was clicked.

    password, factor, sessions, appearance, help, keys, about, sign_out: what the operator chose
    under their name.
    """

    terminals = pyqtSignal()
    email = pyqtSignal()
    tasks = pyqtSignal()
    backups = pyqtSignal()
    audit = pyqtSignal()
    password = pyqtSignal()
    factor = pyqtSignal()
    sessions = pyqtSignal()
    appearance = pyqtSignal()
    help = pyqtSignal()
    keys = pyqtSignal()
    about = pyqtSignal()
    sign_out = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("status")
        sized(self, height=HEIGHT)
        self.service_state, self.terminal_state = QPushButton(""), QPushButton("")
        self.email_state, self.jobs_state = QPushButton(""), QPushButton("")
        self.backup_state, self.audit_state = QPushButton(""), QPushButton("")
        self.signed_in_as = QPushButton("")
        self.account = QMenu(self.signed_in_as)
        for text, chosen in (
            (tr("Change password…"), self.password),
            (tr("Second factor…"), self.factor),
            (tr("Sessions…"), self.sessions),
            (tr("Appearance…"), self.appearance),
            (_with_key(tr("Help"), "F1"), self.help),
            (_with_key(tr("Keyboard shortcuts"), "?"), self.keys),
            (tr("About Muster…"), self.about),
            (_with_key(tr("Sign out"), "Ctrl+L"), self.sign_out),
        ):
            action = self.account.addAction(text)
            assert action is not None
            action.triggered.connect(lambda _checked, chosen=chosen: chosen.emit())
        self.signed_in_as.setMenu(self.account)
        sized(self.signed_in_as, height=HEIGHT - 2)  # with room below the line for a g
        self.terminal_state.clicked.connect(lambda _checked: self.terminals.emit())
        self.email_state.clicked.connect(lambda _checked: self.email.emit())
        self.jobs_state.clicked.connect(lambda _checked: self.tasks.emit())
        self.backup_state.clicked.connect(lambda _checked: self.backups.emit())
        self.audit_state.clicked.connect(lambda _checked: self.audit.emit())
        self.audit_state.hide()
        self._unknown_since = ""
        states = row(self.service_state, *self._of_the_site(), None, spacing=16)
        for part in (self.service_state, *self._of_the_site()):
            part.setIconSize(QSize(8, 8))
        across = QHBoxLayout(self)
        across.setContentsMargins(16, 0, 24, 0)
        across.setSpacing(16)
        across.addWidget(_Sliding(states), 1)
        across.addWidget(self.signed_in_as)

    def _of_the_site(self) -> tuple[QPushButton, ...]:
        return (
            self.terminal_state,
            self.email_state,
            self.jobs_state,
            self.backup_state,
            self.audit_state,
        )

    def show_connection(self, state: ConnectionState) -> None:
        """Shows whether there is a service. Without it nothing else is known. CO15."""
        _show(self.service_state, *_SERVICE[state])
        if state not in _UNKNOWN:
            self._unknown_since = ""
        elif not self._unknown_since:
            self._unknown_since = f"{datetime.now(UTC).astimezone():%H:%M}"
            said = tr("unknown since {time}", time=self._unknown_since)
            _show(self.terminal_state, labelled(tr("Terminals"), said), "mut")
            _show(self.email_state, labelled(tr("Email"), said), "mut")
            _show(self.jobs_state, labelled(tr("Jobs, backups"), said), "mut")
            _show(self.backup_state, "", "")

    def show_overview(self, overview: api.Overview) -> None:
        """Shows how things are."""
        self._show_terminals(overview)
        waiting, problem = overview.email_waiting, overview.email_problem
        email = tr("Email: {count:,} waiting", count=waiting) if waiting else tr("Email idle")
        if problem:
            email = f"{email} · {problem}"
        short = email if len(email) <= MOST_OF_EMAIL else f"{email[: MOST_OF_EMAIL - 1]}…"
        _show(self.email_state, short, "warn" if problem else "pass")
        self.email_state.setToolTip(problem)
        work, running, tasks = tr("Jobs idle"), overview.jobs_running, overview.tasks_running
        if running:
            work = tr_count("{count:,} job running", "{count:,} jobs running", running)
        if tasks:
            work = tr_count("{count:,} task running", "{count:,} tasks running", tasks)
        _show(self.jobs_state, work, "pass")
        self._show_backups(overview.backup_problem)
        self._show_audit(overview.audit_problem)
        if overview.key_in_file:
            _show(self.service_state, tr("Service · key stored in a file"), "warn")
            self.service_state.setToolTip(KEY_IN_FILE)

    def _show_backups(self, problem: str) -> None:
        short = re.split("[:：]", problem, maxsplit=1)[0]
        if len(short) > MOST_OF_BACKUPS:
            short = tr("The last backup failed")
        _show(self.backup_state, short or tr("Backed up"), "warn" if problem else "pass")
        self.backup_state.setToolTip(problem)

    def _show_audit(self, problem: str) -> None:
        """Takes no room while all is well, or nobody asks: then the page says so."""
        _show(self.audit_state, tr("Audit checkpoints"), "bad")
        self.audit_state.setToolTip(problem)
        self.audit_state.setVisible(bool(problem))

    def _show_terminals(self, overview: api.Overview) -> None:
        online, approved = overview.terminals_online, overview.terminals_approved
        text = tr("No terminals")
        if approved:
            text = tr_count(
                "{online:,} of {count:,} terminal online",
                "{online:,} of {count:,} terminals online",
                approved,
                online=online,
            )
        tone = ("pass" if online == approved else "warn") if approved else "mut"
        if overview.push_tls is not None and overview.push_tls.ends_soon:
            text, tone = f"{text} · {CERTIFICATE_ENDS}", "warn"
        _show(self.terminal_state, text, tone)

    def show_operator(self, name: str, role: Role) -> None:
        """Shows who is signed in."""
        said = tr("Signed in: {name} · {role}", name=name, role=ROLE_WORDS[role])
        self.signed_in_as.setText(said)

    def clear(self) -> None:
        """Says nothing of the site: nobody is signed in."""
        for part in (*self._of_the_site(), self.signed_in_as):
            part.setText("")
            part.setIcon(QIcon())
            part.setAccessibleName("")
        self.audit_state.hide()


class _Sliding(QScrollArea):
    """What has no room is slid into sight by Tab or the wheel, without a bar for it."""

    def __init__(self, part: QWidget) -> None:
        super().__init__()
        self.setWidget(part)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        sized(self, height=HEIGHT - 2)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Slides along."""
        bar = self.horizontalScrollBar()
        if event is not None and bar is not None:
            bar.setValue(bar.value() - event.angleDelta().y())


def _with_key(text: str, key: str) -> str:
    """An entry of a menu, with its key at the right."""
    return f"{text}\t{key}"


def _show(part: QPushButton, text: str, tone: str) -> None:
    part.setText(f" {text}" if text else "")
    part.setAccessibleName(text)
    part.setIcon(icon("dot", tone) if text else QIcon())
