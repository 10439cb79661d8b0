"""The life of a terminal: prepared, let in, emptied, retired, removed; who calls in its name."""

from console.api import terminal_life as api
from console.api.operation import ById, Nothing, Started
from console.api.tasks import TaskResult
from console.api.terminals import TerminalRow, Terminals
from console.domain.errors import Conflict
from console.domain.language import msgid, tr, tr_count
from console.domain.terminals import FORMER, TerminalStatus
from console.service.operations.dispatch import Call, handles
from console.service.operations.terminal_rows import terminal_row, terminal_rows
from console.service.pools import Pool
from console.service.tasks import RunningTask, Tasks
from console.service.terminals import callers, life, roll_out
from console.service.terminals.held_lines import HeldLines
from console.service.terminals.registry import find_terminal
from console.service.terminals.roll_out import RollOut
from console.service.terminals.sessions import TerminalSessions
from console.store.schema import Terminal
from console.store.unit_of_work import Tx


class TerminalLifeOperations:
    """What operators do to a terminal as a whole."""

    def __init__(self, tasks: Tasks, sessions: TerminalSessions, held_lines: HeldLines) -> None:
        self._tasks, self._sessions, self._held_lines = tasks, sessions, held_lines

    def _shown(self, tx: Tx, row: Terminal) -> TerminalRow:
        """The terminal after an act. Its sessions begin anew."""
        self._sessions.begin_anew(tx, row)
        return terminal_row(tx, row.id)

    @handles(api.prepare_terminal, Pool.WRITE)
    def prepare(self, call: Call, request: api.PrepareTerminal) -> TerminalRow:
        """Names a terminal and asks for its approval. Raises NotFound, Invalid, Conflict."""
        with call.write() as tx:
            return terminal_row(tx, life.prepare(tx, request, call.operator.id).id)

    @handles(api.dismiss_terminal, Pool.WRITE)
    def dismiss(self, call: Call, request: ById) -> Nothing:
        """Takes a terminal that waits off the list. Raises NotFound, Conflict."""
        with call.write() as tx:
            self._sessions.begin_anew(tx, life.dismiss(tx, request.id))
        return Nothing()

    @handles(api.block_terminal, Pool.WRITE)
    def block(self, call: Call, request: ById) -> TerminalRow:
        """Ends all exchanges with a terminal. Raises NotFound, Conflict."""
        with call.write() as tx:
            return self._shown(tx, life.block(tx, request.id))

    @handles(api.empty_terminal, Pool.WRITE)
    def empty(self, call: Call, request: api.ConfirmedAct) -> TerminalRow:
        """Removes all that this site put on a terminal. Raises NotFound, Conflict, Invalid."""
        with call.write() as tx:
            return self._shown(tx, life.empty(tx, request))

    @handles(api.retire_terminal, Pool.WRITE)
    def retire(self, call: Call, request: api.ConfirmedAct) -> TerminalRow:
        """The same, and takes it out of the daily list. Raises NotFound, Conflict, Invalid."""
        with call.write() as tx:
            return self._shown(tx, life.retire(tx, request))

    @handles(api.bring_back_terminal, Pool.WRITE)
    def bring_back(self, call: Call, request: ById) -> TerminalRow:
        """It is in use again. Raises NotFound, Conflict, Forbidden."""
        with call.write() as tx:
            return self._shown(tx, life.bring_back(tx, request.id, call.operator.role))

    @handles(api.remove_terminal, Pool.WRITE)
    def remove(self, call: Call, request: api.RemoveTerminal) -> Nothing:
        """Takes a terminal out of every list. Raises NotFound, Conflict, Invalid."""
        with call.write() as tx:
            self._sessions.begin_anew(tx, life.remove(tx, request))
        return Nothing()

    @handles(api.former_terminals, Pool.READ)
    def former(self, call: Call, _request: Nothing) -> Terminals:
        """Terminals that are retired, and those that are gone and may still hold people."""
        with call.read() as tx:
            rows = terminal_rows(tx, statuses=FORMER)
        return Terminals(
            rows=[row for row in rows if row.status is TerminalStatus.RETIRED or row.may_hold]
        )

    # who calls in its name

    @handles(api.accept_caller, Pool.WRITE)
    def accept_caller(self, call: Call, request: api.Caller) -> TerminalRow:
        """The caller is this terminal from now on. Raises NotFound, Conflict, Forbidden."""
        with call.write() as tx:
            row = find_terminal(tx, request.id)
            life.check_may_let_in(row, call.operator.role)
            callers.accept(tx, row, request.address)
            tx.after_commit(self._release)
            return self._shown(tx, row)

    def _release(self) -> None:
        """Their logins count now. Upkeep does what a crash leaves over."""

        def run(task: RunningTask) -> TaskResult:
            task.say(tr("Importing logins"))
            fresh = self._held_lines.release_accepted()
            text = tr_count("{count:,} login imported.", "{count:,} logins imported.", fresh)
            return TaskResult(text=text)

        self._tasks.start_blocking(msgid("Importing logins that were set aside"), run)

    @handles(api.refuse_caller, Pool.WRITE)
    def refuse_caller(self, call: Call, request: api.Caller) -> TerminalRow:
        """The caller is somebody else. Raises NotFound, Conflict."""
        with call.write() as tx:
            row = find_terminal(tx, request.id)
            callers.refuse(tx, row, request.address)
            return self._shown(tx, row)

    # many at a time

    @handles(api.match_serials, Pool.READ)
    def match_serials(self, call: Call, request: api.SerialList) -> api.SerialMatch:
        """What of a list waits. Raises Invalid."""
        with call.read() as tx:
            return roll_out.match(tx, request.text)

    @handles(api.approve_many, Pool.READ)
    def approve_many(self, call: Call, request: api.ApproveMany) -> Started:
        """Starts to approve what of a list waits. Raises Invalid, Conflict if nothing does."""
        with call.read() as tx:
            matched = roll_out.match(tx, request.text).matched
        if not matched:
            raise Conflict(tr("None of these terminals is awaiting approval."))
        operator = call.operator
        rolling = RollOut(call.store, self._sessions)
        body = rolling.body(matched, operator.id, operator.role)
        return Started(
            task_id=self._tasks.start_blocking(
                msgid("Approving terminals"), body, by=call.operator.id
            )
        )
