"""The tasks of the site's benchmark: invitations, an import and a plan, each from call to end.

The call answers at once with `Started`; then the task is watched.
"""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from console.api import employee_lists, employees, invitations, tasks
from console.api.client import Client
from console.api.operation import ById, Operation, Req, Started
from console.store.database import Store, connect, sqlite_url
from console.store.schema import Outbox

ASK_EVERY_S = 0.1
LOOK_EVERY_S = 1.0
"""How often somebody looks at a list of people."""


class TaskFailed(Exception):
    """A task did not end well; the message says how it went."""


@dataclass(frozen=True)
class TimedTask:
    """One task, in seconds of time.monotonic(). answered: when the call came back."""

    began: float
    answered: float
    ended: float

    @property
    def answer_s(self) -> float:
        """How long the caller waited for the answer to the call itself."""
        return self.answered - self.began

    @property
    def whole_s(self) -> float:
        """How long it took until all was done."""
        return self.ended - self.began


def perform(
    client: Client, operation: Operation[Req, Started], request: Req, limit_s: float
) -> TimedTask:
    """Starts a task and waits for its end, for limit_s at most; the client's limit must fit.

    Raises TaskFailed, ServiceError, httpx.HTTPError.
    """
    began = time.monotonic()
    answer = client.call(operation, request)
    answered = time.monotonic()
    _wait_for(client, answer.task_id, began + limit_s)
    return TimedTask(began, answered, time.monotonic())


def _wait_for(client: Client, task_id: str, deadline: float) -> None:
    while True:
        task = client.call(tasks.get_task, ById(id=task_id))
        if task.state == "done":
            return
        if task.state != "running":
            raise TaskFailed(f"{task.title}: {task.state}. {task.error}")
        if time.monotonic() > deadline:
            raise TaskFailed(f"{task.title}: not done in time, at “{task.step}”.")
        time.sleep(ASK_EVERY_S)


def invite(client: Client, employee_ids: list[str], limit_s: float) -> TimedTask:
    """Invites all of them in one call."""
    request = invitations.Invite(employee_ids=employee_ids, again=True)
    return perform(client, invitations.invite, request, limit_s)


def import_people(client: Client, rows: int, limit_s: float) -> TimedTask:
    """Imports that many new employees from one CSV file."""
    request = employee_lists.ImportEmployees(data=csv_of(rows).encode(), apply=True)
    return perform(client, employee_lists.import_employees, request, limit_s)


def plan(client: Client, terminal_id: str, limit_s: float) -> TimedTask:
    """Compares a terminal with what it should hold."""
    return perform(client, tasks.make_plan, tasks.MakePlan(terminal_id=terminal_id), limit_s)


def leave(client: Client, employee_id: str, limit_s: float) -> TimedTask:
    """Somebody leaves: until every terminal has shown that it does not hold them any more."""
    person = client.call(employees.get_employee, ById(id=employee_id))
    request = employees.SaveEmployee(
        id=person.id,
        number=person.number,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        department=person.department,
        active=False,
    )
    began = time.monotonic()
    client.call(employees.save_employee, request)
    answered = time.monotonic()
    while (now := client.call(employees.get_employee, ById(id=employee_id))).status_text != "Left":
        if time.monotonic() > began + limit_s:
            raise TaskFailed(f"A leaver after {limit_s:.0f} s: {now.status_text}.")
        time.sleep(LOOK_EVERY_S)
    return TimedTask(began, answered, time.monotonic())


def csv_of(rows: int) -> str:
    """A file of new employees, numbered beyond everybody else."""
    head = "Number,First name,Last name,E-mail,Department\n"
    return head + "".join(
        f"{1_000_000 + n},New,Person {n},n{n}@example.com,Imported\n" for n in range(rows)
    )


class OutboxWatch:
    """Notes when the outbox holds so many invitations; reads the database beside the service."""

    def __init__(self, folder: Path, wanted: int) -> None:
        self.reached: float | None = None
        self._folder, self._wanted = folder, wanted
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        store = Store(connect(sqlite_url(self._folder / "muster.db")))
        query = select(func.count()).select_from(Outbox).where(Outbox.kind == "invitation")
        try:
            while not self._stop.wait(ASK_EVERY_S):
                with store.read() as session:
                    if (session.scalar(query) or 0) >= self._wanted:
                        self.reached = time.monotonic()
                        return
        finally:
            store.close()

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def end(self, patience_s: float) -> None:
        """Looks on for as long as this, and stops."""
        self._thread.join(patience_s)
        self._stop.set()
        self._thread.join()
