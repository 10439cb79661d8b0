"""What follows from a changed time zone or encoding: times derived anew, lines read again. TE10."""

from collections.abc import Callable

from console.api.tasks import TaskResult
from console.domain.language import msgid, tr
from console.service.tasks import RunningTask, Tasks
from console.service.terminals.login_times import LoginTimes
from console.service.terminals.reading_again import SetAsideReader

TITLE = msgid("Reading the logins of terminals again")


class FollowUp:
    """Starts a task for it. Upkeep does what a crash left over. From any thread."""

    def __init__(self, tasks: Tasks, times: LoginTimes, reader: SetAsideReader) -> None:
        self._tasks, self._times, self._reader = tasks, times, reader

    def of_change(self, terminal_id: str = "") -> Callable[[], object]:
        """What to do after the commit that changed a terminal; without an id, the site."""

        def start() -> None:
            self._reader.want(terminal_id)
            self._tasks.start_blocking(TITLE, self._run)

        return start

    def _run(self, task: RunningTask) -> TaskResult:
        task.say(msgid("Working out the times of logins"))
        moved = self._times.run(task.progress)
        task.say(msgid("Reading set-aside lines"))
        found = self._reader.run_due(task.progress)
        text = tr(
            "Logins that have another time now: {logins:,}. Set-aside lines that could be read: "
            "{lines:,}.",
            logins=moved,
            lines=found.lines,
        )
        return TaskResult(text=text)
