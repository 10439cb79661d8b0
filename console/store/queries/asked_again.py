"""The question about another text of the consent: when the person learns of it, and its end. N8."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete

from console.store.schema import AskedAgain, Outbox
from console.store.unit_of_work import ReadTx, Tx

ASKED_AGAIN = "asked_again"
"""The kind of the emails that ask it."""


def time_to_answer(tx: ReadTx, employee_id: str) -> datetime | None:
    """Until when somebody must answer who is told now, or was before; None if nothing is asked."""
    row = tx.get(AskedAgain, employee_id)
    if row is None:
        return None
    return row.answer_by or tx.now + timedelta(days=row.answer_days)


def note_told(tx: Tx, employee_id: str, answer_by: datetime) -> None:
    """The person has learnt of it: from now on silence counts. Once is enough."""
    row = tx.get(AskedAgain, employee_id)
    if row is not None and row.told_at is None:
        row.told_at, row.answer_by = tx.now, answer_by
        tx.changed("employees", employee_id)


def end_questions(tx: Tx, employee_ids: Collection[str] | None = None) -> None:
    """Nothing is asked any more of these people, or of anybody.

    Emails about it that wait are not sent.
    """
    asked = delete(AskedAgain)
    waiting = delete(Outbox).where(Outbox.kind == ASKED_AGAIN, Outbox.state == "queued")
    if employee_ids is not None:
        asked = asked.where(AskedAgain.employee_id.in_(employee_ids))
        waiting = waiting.where(Outbox.employee_id.in_(employee_ids))
    tx.execute(asked)
    tx.execute(waiting)
