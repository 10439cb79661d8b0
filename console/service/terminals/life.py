"""What operators do to a terminal as a whole: from its approval to its removal. TE14, TE17.

Which act is possible when is decided by `domain/terminal_life.py`. Each leaves an audit entry;
emptying ends with a receipt of what the terminal has shown.
"""

from console.api import terminal_life as api
from console.api import terminals as terminals_api
from console.domain.errors import Conflict, Forbidden, Invalid
from console.domain.language import tr
from console.domain.operators import Role
from console.domain.terminal_life import Act, after
from console.domain.terminals import TerminalStatus
from console.service.terminals.pending import delete_pending
from console.service.terminals.push_dialects import unserved
from console.service.terminals.registry import (
    checked_name,
    find_terminal,
    receives_biometrics,
    saved,
)
from console.store.queries.placements import retry_now, unsettle_terminal
from console.store.schema import Terminal
from console.store.unit_of_work import Tx

NOTE_CHARS = 300


def check_may_let_in(row: Terminal, role: Role) -> None:
    """Raises Forbidden: whoever may not see photos must not have them sent to a box of theirs."""
    if role is not Role.ADMIN and receives_biometrics(row):
        raise Forbidden(
            tr(
                "Faces or fingers would go to this terminal, so an administrator lets it in. "
                "Prepare it, and ask for its approval."
            )
        )


def approve(tx: Tx, request: terminals_api.ApproveTerminal, role: Role) -> Terminal:
    """Approves a terminal, also one that is blocked. What belongs on it is then brought there.

    Raises NotFound, Invalid, Forbidden, and Conflict for one that nobody can serve as it is set
    now.
    """
    name = checked_name(request.name, request.zone)
    row = find_terminal(tx, request.id)
    check_may_let_in(row, role)
    problem = unserved(row)
    if problem:
        raise Conflict(problem)
    row.log_wanted = row.log_wanted or row.status is TerminalStatus.PENDING
    row.status = after(row.status, Act.APPROVE)
    row.approved_at = row.approved_at or tx.now
    row.name, row.zone, row.asked_by, row.asked_note = name, request.zone, "", ""
    return _settled(tx, row, "terminal.approved")


def prepare(tx: Tx, request: api.PrepareTerminal, operator_id: str) -> Terminal:
    """Names a terminal that waits, and asks for its approval.

    Raises NotFound, Invalid, Conflict.
    """
    name = checked_name(request.name, request.zone)
    row = find_terminal(tx, request.id)
    if row.status is not TerminalStatus.PENDING:
        raise Conflict(tr("This terminal does not wait for approval any more."))
    row.name, row.zone = name, request.zone
    row.asked_by, row.asked_note = operator_id, request.note.strip()[:NOTE_CHARS]
    return saved(tx, row, "terminal.prepared")


def block(tx: Tx, terminal_id: str) -> Terminal:
    """Ends all exchanges with a terminal. What it holds stays on it. Raises NotFound, Conflict."""
    row = find_terminal(tx, terminal_id)
    row.status = after(row.status, Act.BLOCK)
    row.callers, row.contact_problem = {}, ""
    return saved(tx, row, "terminal.blocked")


def empty(tx: Tx, request: api.ConfirmedAct) -> Terminal:
    """Removes all that this site put on a terminal. Raises NotFound, Conflict, Invalid."""
    row = _confirmed(tx, request)
    row.status = after(row.status, Act.EMPTY)
    return _settled(tx, row, "terminal.empty_asked")


def retire(tx: Tx, request: api.ConfirmedAct) -> Terminal:
    """The same, and takes it out of the daily list then. Raises NotFound, Conflict, Invalid."""
    row = _confirmed(tx, request)
    row.status = after(row.status, Act.RETIRE)
    return _settled(tx, row, "terminal.retire_asked")


def bring_back(tx: Tx, terminal_id: str, role: Role) -> Terminal:
    """It is in use again. Raises NotFound, Conflict, Forbidden."""
    row = find_terminal(tx, terminal_id)
    check_may_let_in(row, role)
    row.status = after(row.status, Act.BRING_BACK)
    return _settled(tx, row, "terminal.brought_back")


def remove(tx: Tx, request: api.RemoveTerminal) -> Terminal:
    """Takes a terminal out of every list; its logins stay, and what it may hold stays known.

    gone: the terminal's name, typed: the device is gone, and cannot show that it is empty.
    Raises NotFound, Conflict without evidence, Invalid for another name.
    """
    row = find_terminal(tx, request.id)
    if request.gone:
        _check_name(row, request.gone, "gone")
    row.status = after(row.status, Act.DECLARE_GONE if request.gone else Act.REMOVE)
    row.callers = {}
    return saved(tx, row, "terminal.declared_gone" if request.gone else "terminal.removed")


def dismiss(tx: Tx, terminal_id: str) -> Terminal:
    """Takes a terminal that waits off the list. If it dials in again, it waits again.

    Raises NotFound, and Conflict for a terminal that does not wait.
    """
    row = find_terminal(tx, terminal_id)
    if row.status is not TerminalStatus.PENDING:
        raise Conflict(tr("This terminal does not wait for approval any more."))
    tx.audit("terminal.dismissed", row.id)
    if row.approved_at is None:
        delete_pending(tx, row)
    else:
        row.status = TerminalStatus.REMOVED
        tx.changed("terminals", row.id)
    return row


def _confirmed(tx: Tx, request: api.ConfirmedAct) -> Terminal:
    row = find_terminal(tx, request.id)
    _check_name(row, request.confirm, "confirm")
    return row


def _check_name(row: Terminal, typed: str, field: str) -> None:
    if typed.strip() != row.name:
        raise Invalid(field, tr("Type the terminal’s name, “{name}”, to confirm.", name=row.name))


def _settled(tx: Tx, row: Terminal, action: str) -> Terminal:
    """What belongs on it is decided again."""
    unsettle_terminal(tx, row)
    retry_now(tx, row.id)
    return saved(tx, row, action)
