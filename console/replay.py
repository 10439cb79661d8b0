"""Does again, in a database that was restored, what was erased and withdrawn after its backup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from console.domain.consent import FACE, FINGER
from console.domain.erasure import ErasureState
from console.service.enrolment.consent import withdraw_consent
from console.service.fingers.consent import release_copies
from console.service.portions import in_batches
from console.store.backup.erasures import ErasureList, Withdrawn
from console.store.columns import new_id
from console.store.queries.asked_again import QUESTIONS, end_questions
from console.store.queries.erasure import ask_erasure
from console.store.schema import (
    AskedAgain,
    Consent,
    Employee,
    Enrolment,
    EnrolmentPicture,
    Erasure,
    Finger,
    FingerBlob,
    IdPhoto,
    Outbox,
    PersonKey,
    PersonLink,
    Photo,
)
from console.store.unit_of_work import Tx

AFTER_RESTORE = "restore"
"""The channel of a withdrawal that is done again."""


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """How much was done again. as_of: how far the list reached; None without one."""

    erased: int = 0
    withdrawn: int = 0
    as_of: datetime | None = None


class _NoGallery:
    """No service runs, so no faces are in memory."""

    def learn(self, employee_id: str) -> None:
        """Nothing has to be read anew."""


def replay(tx: Tx, later: ErasureList | None, made_at: datetime) -> Replayed:
    """Marks who was erased, so that the service erases them at its start; ends consents.

    Whoever is marked has no key any more, and is let in nowhere.
    """
    if later is None:
        return Replayed()
    erased = [one.employee_id for one in later.erased]
    again = sum(_erase(tx, some) for some in in_batches(erased))
    gone = set(erased)
    withdrawn = sum(_withdraw(tx, one) for one in later.withdrawn if one.employee_id not in gone)
    return Replayed(erased=again, withdrawn=withdrawn, as_of=max(later.as_of, made_at))


def _erase(tx: Tx, employee_ids: Sequence[str]) -> int:
    known = select(Erasure.employee_id).where(
        Erasure.employee_id.in_(employee_ids), Erasure.state != ErasureState.PROPOSED
    )
    people = select(Employee).where(
        Employee.id.in_(employee_ids), Employee.id.not_in(known), ~Employee.erased
    )
    batch, found = new_id(), list(tx.scalars(people))
    ids = [person.id for person in found]
    tx.execute(delete(Erasure).where(Erasure.employee_id.in_(ids)))  # those only proposed
    for person in found:
        person.active = person.in_force = person.settled = False
        ask_erasure(tx, person, batch, ErasureState.ASKED)
    tx.flush()
    tx.execute(delete(PersonKey).where(PersonKey.employee_id.in_(ids)))
    return len(ids)


def ask_once_more(tx: Tx) -> int:
    """Whoever was asked about another text is asked anew: an answer may have come after the backup.

    Silence counts again from when they are told again. Returns of how many it is. N8.
    """
    waiting = Outbox.kind.in_(QUESTIONS.values()), Outbox.state == "queued"
    tx.execute(delete(Outbox).where(*waiting))  # else they get it twice
    anew = {"asked_at": tx.now, "told_at": None, "answer_by": None, "reminded": 0}
    asked = len(list(tx.scalars(select(AskedAgain.employee_id))))
    tx.execute(update(AskedAgain).values(anew))
    return asked


def _withdraw(tx: Tx, one: Withdrawn) -> bool:
    """Whether a consent that the backup shows in force was withdrawn after it."""
    in_force = (
        Consent.employee_id == one.employee_id,
        Consent.modality == one.modality,
        Consent.withdrawn_at.is_(None),
        Consent.given_at <= one.at,
    )
    if tx.scalar(select(Consent.id).where(*in_force).limit(1)) is None:
        return False
    if one.modality == FACE:
        withdraw_consent(tx, one.employee_id, _NoGallery(), channel=AFTER_RESTORE)
    else:
        tx.execute(update(Consent).where(*in_force).values(withdrawn_at=one.at))
        tx.execute(delete(Finger).where(Finger.employee_id == one.employee_id))
        release_copies(tx, one.employee_id, None)
        end_questions(tx, [one.employee_id], FINGER)
        tx.audit("consent.withdrawn", one.employee_id, modality=one.modality, channel=AFTER_RESTORE)
    return True


def drop_sealed_without_keys(tx: Tx) -> int:
    """Removes what no key opens any more: templates, photos, emails that wait.

    Returns how many people have to be enrolled again: had faces or fingers, and are not erased.
    """
    keys = select(PersonKey.employee_id)
    tables = (Enrolment, Finger, FingerBlob, Photo, IdPhoto)
    bare: set[str] = set()
    for table in tables:
        owners = select(table.employee_id).distinct().where(table.employee_id.not_in(keys))
        if table is Enrolment:
            owners = owners.where(Enrolment.model != "")
        elif table is FingerBlob:
            owners = owners.where(FingerBlob.removed_at.is_(None))
        bare |= set(tx.scalars(owners))
    for some in in_batches(sorted(bare)):
        _drop(tx, some)
    unreadable = Outbox.sealed.is_not(None), Outbox.employee_id.not_in(keys)
    tx.execute(delete(Outbox).where(*unreadable))
    # a link that they have from an earlier email works on; the next email brings another one
    forgotten = update(PersonLink).where(PersonLink.employee_id.not_in(keys))
    tx.execute(forgotten.values(sealed=b""))
    erased = select(Erasure.employee_id).where(Erasure.state != ErasureState.PROPOSED)
    return len(bare - set(tx.scalars(erased)))


def _drop(tx: Tx, employee_ids: Sequence[str]) -> None:
    for table in (Photo, IdPhoto, Finger):
        tx.execute(delete(table).where(table.employee_id.in_(employee_ids)))
    mine = select(Enrolment.id).where(Enrolment.employee_id.in_(employee_ids))
    tx.execute(delete(EnrolmentPicture).where(EnrolmentPicture.enrolment_id.in_(mine)))
    empty = {"live": False, "template": b"", "version": "", "model": ""}
    tx.execute(update(Enrolment).where(Enrolment.id.in_(mine)).values(empty))
    gone = {"template": b"", "identity": "", "removed_at": tx.now}
    tx.execute(update(FingerBlob).where(FingerBlob.employee_id.in_(employee_ids)).values(gone))
