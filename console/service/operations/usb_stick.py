"""Reads and writes what terminals exchange by a USB stick."""

from bridge.terminals import usb_files, usb_people
from console.api import usb_stick as api
from console.api.operation import Started
from console.domain.errors import Invalid
from console.domain.language import msgid, tr
from console.service.operations.dispatch import Call, handles
from console.service.pools import Pool
from console.service.tasks import TaskBody, Tasks
from console.service.terminals.registry import served_terminal
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.usb_stick import UsbStick


class UsbStickOperations:
    """What operators do with the files of a USB stick."""

    def __init__(self, tasks: Tasks, sessions: TerminalSessions, stick: UsbStick) -> None:
        self._tasks, self._sessions, self._stick = tasks, sessions, stick

    def _start(self, call: Call, title: str, body: TaskBody, terminal_id: str) -> Started:
        return Started(task_id=self._tasks.start(title, body, terminal_id, by=call.operator.id))

    @handles(api.load_log_file, Pool.READ)
    def load_log_file(self, call: Call, request: api.LoadLogFile) -> Started:
        """Starts to store a log. Raises NotFound, Conflict, Invalid."""
        self._sessions.find(request.terminal_id)
        if not 0 < len(request.content) <= usb_files.MAX_FILE:
            raise Invalid("content", tr("This is not a file of logins. It is empty or too large."))
        body = self._stick.load_log(request, call.operator.id)
        return self._start(call, msgid("Reading a file"), body, request.terminal_id)

    @handles(api.list_people, Pool.READ)
    def list_people(self, call: Call, request: api.PeopleFile) -> Started:
        """Starts to read who is on a terminal, also on one that is emptied.

        Raises NotFound, Conflict, Invalid.
        """
        with call.read() as tx:
            served_terminal(tx, request.terminal_id)
        _check_size(request)
        body = self._stick.list_people(request, call.operator.id)
        return self._start(call, msgid("Reading a file"), body, request.terminal_id)

    @handles(api.adopt_from_file, Pool.READ)
    def adopt(self, call: Call, request: api.AdoptFromFile) -> Started:
        """Starts to take people over. Raises NotFound, Conflict, Invalid."""
        if not request.pairs:
            raise Invalid("pairs", tr("Choose at least one person to import."))
        self._check(request.file)
        body = self._stick.adopt(request, call.operator.id)
        return self._start(
            call, msgid("Importing people from the terminal"), body, request.file.terminal_id
        )

    @handles(api.write_people, Pool.READ)
    def write_people(self, call: Call, request: api.PeopleFile) -> Started:
        """Starts to write a file for a terminal. Raises NotFound, Conflict, Invalid."""
        self._check(request)
        body = self._stick.write_people(request, call.operator.id)
        return self._start(call, msgid("Writing a file"), body, request.terminal_id)

    def _check(self, request: api.PeopleFile) -> None:
        self._sessions.find(request.terminal_id)
        _check_size(request)


def _check_size(request: api.PeopleFile) -> None:
    """An empty file shows nothing: it may be one that the terminal did not write to the end."""
    if not request.content:
        raise Invalid(
            "content",
            tr(
                "This file of people is empty, so it proves nothing. If nobody is "
                "stored on the terminal any more, add somebody there who does not "
                "work here, and let it write the file again."
            ),
        )
    if len(request.content) > usb_people.MAX_FILE:
        raise Invalid("content", tr("This is not a file of people. It is too large."))
