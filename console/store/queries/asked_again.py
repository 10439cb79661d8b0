"""The question about another text of the consent: when the person learns of it, and its end. N8."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from console.domain.consent import FACE, FINGER
from console.store.schema import AskedAgain, Outbox
from console.store.unit_of_work import ReadTx, Tx

QUESTIONS = {FACE: "asked_again", FINGER: "asked_again_finger"}
"""Modality -> the kind of the emails that ask about its text."""
MODALITY_OF = {kind: modality for modality, kind in QUESTIONS.items()}


def time_to_answer(tx: ReadTx, employee_id: str, modality: str) -> datetime | None:
    """Until when somebody must answer who is told now, or was before; None if nothing is asked."""
    row = tx.get(AskedAgain, (employee_id, modality))
    if row is None:
        return None
    return row.answer_by or tx.now + timedelta(days=row.answer_days)


def answer_by(tx: ReadTx, employee_id: str, modality: str | None = None) -> datetime | None:
    """Until when somebody has to answer; None for whoever was not asked, or not told yet.

    Without a modality: the earlier of both times.
    """
    mine = select(func.min(AskedAgain.answer_by)).where(AskedAgain.employee_id == employee_id)
    return tx.scalar(mine if modality is None else mine.where(AskedAgain.modality == modality))


def note_told(tx: Tx, employee_id: str, modality: str, answer_by: datetime) -> None:
    """The person has learnt of it: from now on silence counts. Once is enough."""
    row = tx.get(AskedAgain, (employee_id, modality))
    if row is not None and row.told_at is None:
        row.told_at, row.answer_by = tx.now, answer_by
        tx.changed("employees", employee_id)


def end_questions(
    tx: Tx, employee_ids: Collection[str] | None = None, modality: str | None = None
) -> None:
    """Nothing is asked any more of these people, or of anybody; about one modality, or about both.

    Emails about it that wait are not sent.
    """
    kinds = QUESTIONS.values() if modality is None else [QUESTIONS[modality]]
    asked = delete(AskedAgain)
    waiting = delete(Outbox).where(Outbox.kind.in_(kinds), Outbox.state == "queued")
    if modality is not None:
        asked = asked.where(AskedAgain.modality == modality)
    if employee_ids is not None:
        asked = asked.where(AskedAgain.employee_id.in_(employee_ids))
        waiting = waiting.where(Outbox.employee_id.in_(employee_ids))
    tx.execute(asked)
    tx.execute(waiting)
