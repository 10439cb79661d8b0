"""The acts on a terminal as a whole: asked about where people go from it, then sent. TE14, TE16."""

from collections.abc import Callable

from PyQt6.QtWidgets import QWidget

from console.api import terminal_life as api
from console.api.operation import ApiError, ById, Operation, Req, Res
from console.api.terminals import TerminalRow
from console.domain.language import paragraph, tr
from console.domain.operators import Role
from console.domain.terminal_life import Act, possible
from console.domain.terminals import TerminalStatus
from console.qt.client import ServiceClient
from console.qt.questions import ask_name, is_sure

Say = Callable[[str, bool], None]
"""Shows a text, and whether it is bad news."""
TYPE_ITS_NAME = tr("Type the name of the terminal to confirm:")
_EMPTY = tr(
    "Everyone whom Muster has put on this terminal is removed from it, with their faces and "
    "fingers. People who are not in Muster stay on it."
)
_RETIRE = tr(
    "Once the terminal has confirmed that it is empty, it is no longer listed. Its logins are kept."
)
_GONE = tr(
    "The terminal has not confirmed that it is empty. Remove it only if the device is gone: Muster "
    "keeps the list of people who may still be on it, but can no longer delete them from it."
)
_REMOVE = tr("Remove this terminal from the list?")
_ACCEPT = tr("Accept this caller as the terminal?")
_ACTS = (
    (Act.APPROVE, tr("Approve again…")),
    (Act.BLOCK, tr("Block")),
    (Act.EMPTY, tr("Remove all people…")),
    (Act.RETIRE, tr("Retire…")),
    (Act.BRING_BACK, tr("Put back in use")),
    (Act.REMOVE, tr("Remove from the list…")),
)
_WITHOUT_NAME = frozenset({TerminalStatus.EMPTY, TerminalStatus.RETIRED})


class TerminalLife:
    """Asks, sends and tells. on_approve: lets a terminal in again, by its form."""

    def __init__(
        self,
        client: ServiceClient,
        owner: QWidget,
        say: Say,
        on_approve: Callable[[TerminalRow], None],
    ) -> None:
        self._client, self._owner, self._say = client, owner, say
        self._on_approve = on_approve

    @property
    def is_admin(self) -> bool:
        """Whether the operator is an administrator."""
        session = self._client.session
        return session is not None and session.role == Role.ADMIN

    def offered(self, terminal: TerminalRow) -> list[tuple[Act, str]]:
        """The acts that are possible now for whoever is signed in, with their texts."""
        acts = possible(terminal.status)
        if terminal.status is TerminalStatus.APPROVED:
            acts -= {Act.APPROVE}
        if Act.DECLARE_GONE in acts:
            acts |= {Act.REMOVE}
        if not self.is_admin:
            acts -= {Act.REMOVE}
            if terminal.biometric:
                acts -= {Act.APPROVE, Act.BRING_BACK}
        return [(act, text) for act, text in _ACTS if act in acts]

    def do(self, act: Act, terminal: TerminalRow) -> None:
        """Begins an act; it may ask first."""
        by_id = ById(id=terminal.id)
        if act is Act.APPROVE:
            self._on_approve(terminal)
        elif act is Act.BLOCK:
            self._call(
                api.block_terminal,
                by_id,
                tr("Terminal blocked. Data on the terminal is not deleted."),
            )
        elif act is Act.BRING_BACK:
            self._call(api.bring_back_terminal, by_id, tr("Terminal in use again."))
        elif act is Act.EMPTY:
            self._confirmed(api.empty_terminal, terminal, tr("Remove all people"), _EMPTY)
        elif act is Act.RETIRE:
            text = paragraph(_EMPTY, _RETIRE)
            self._confirmed(api.retire_terminal, terminal, tr("Retire"), text)
        elif act is Act.REMOVE:
            self._remove(terminal)

    def _confirmed(
        self,
        operation: Operation[api.ConfirmedAct, TerminalRow],
        terminal: TerminalRow,
        title: str,
        text: str,
    ) -> None:
        typed = self._typed(title, text, terminal)
        if typed is not None:
            request = api.ConfirmedAct(id=terminal.id, confirm=typed)
            self._call(operation, request, _done(operation, terminal))

    def _remove(self, terminal: TerminalRow) -> None:
        gone: str | None = ""
        if terminal.status not in _WITHOUT_NAME:
            gone = self._typed(tr("Remove from the list"), _GONE, terminal)
        elif not self._agrees(tr("Remove from the list"), _REMOVE, tr("Its logins are kept.")):
            gone = None
        if gone is not None:
            request = api.RemoveTerminal(id=terminal.id, gone=gone)
            self._call(api.remove_terminal, request, tr("Terminal removed from the list."))

    def dismiss(self, terminal: TerminalRow) -> None:
        """Takes a terminal that waits off the list."""
        done = tr("Dismissed. If the terminal connects again, it is listed again.")
        self._call(api.dismiss_terminal, ById(id=terminal.id), done)

    def accept(self, terminal: TerminalRow, address: str) -> None:
        """The caller at this address is this terminal."""
        text = tr(
            "Accept it only if you know why it differs. It will then receive faces and "
            "fingerprints."
        )
        if self._agrees(tr("Accept as this terminal"), _ACCEPT, text):
            caller = api.Caller(id=terminal.id, address=address)
            self._call(
                api.accept_caller, caller, tr("The caller is now accepted as this terminal.")
            )

    def refuse(self, terminal: TerminalRow, address: str) -> None:
        """The caller at this address is not this terminal."""
        caller = api.Caller(id=terminal.id, address=address)
        self._call(
            api.refuse_caller, caller, tr("Caller refused. You will not be asked about it again.")
        )

    def _typed(self, title: str, text: str, terminal: TerminalRow) -> str | None:
        return ask_name(self._owner, title, f"{text}\n\n{TYPE_ITS_NAME}", terminal.name, title)

    def _agrees(self, title: str, question: str, text: str) -> bool:
        return is_sure(self._owner, title, question, text)

    def _call(self, operation: Operation[Req, Res], request: Req, done: str) -> None:
        self._client.call(
            operation, request, lambda _: self._say(done, False), self._failed, self._owner
        )

    def _failed(self, error: ApiError) -> None:
        self._say(error.message, True)


def _done(operation: Operation[api.ConfirmedAct, TerminalRow], terminal: TerminalRow) -> str:
    if terminal.status is TerminalStatus.EMPTY:
        return tr("Terminal retired.")
    if operation is api.retire_terminal:
        return tr("People are removed once the terminal is online. It is then no longer listed.")
    return tr("People are removed once the terminal is online.")
