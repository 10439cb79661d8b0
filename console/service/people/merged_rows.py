"""What a person owns, moved to another row: sealed anew, and without what both have."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from console.domain.access_rules import RuleKind
from console.domain.consent import TEXT_VERSIONS
from console.store.columns import new_id
from console.store.queries.asked_again import end_questions
from console.store.queries.enrolments import outdated_consent
from console.store.queries.fingers import EXTRACTOR, templates_of
from console.store.queries.id_photos import remove_id_photo
from console.store.schema import (
    AccessRuleRow,
    Consent,
    Employee,
    Enrolment,
    EnrolmentPicture,
    Finger,
    FingerBlob,
    GroupMember,
    IdPhoto,
    Invitation,
    KnownLookalike,
    LegalHold,
    Login,
    Operator,
    Outbox,
    PersonKey,
    PersonLink,
    Photo,
    PhotoPicture,
)
from console.store.unit_of_work import Tx
from console.store.vault import version_of

MOVED: tuple[Any, ...] = (
    Invitation,
    Photo,
    Enrolment,
    Outbox,
    PersonLink,
    IdPhoto,
    Consent,
    Finger,
    FingerBlob,
    Login,
    Operator,
)
"""Tables whose rows simply change their owner."""
STAY = frozenset({"placement", "pin_map"})
"""What terminals hold of the old number stays with it, so that they are told to lose it."""
Sealed = tuple[Any, Callable[[str], ColumnElement[bool]], str, str, str, str]


def _owned(column: Any) -> Callable[[str], ColumnElement[bool]]:
    return lambda employee_id: column == employee_id


def _of_photos(employee_id: str) -> ColumnElement[bool]:
    return PhotoPicture.photo_id.in_(select(Photo.id).where(Photo.employee_id == employee_id))


def _of_enrolments(employee_id: str) -> ColumnElement[bool]:
    mine = select(Enrolment.id).where(Enrolment.employee_id == employee_id)
    return EnrolmentPicture.enrolment_id.in_(mine)


_SEALED: tuple[Sealed, ...] = (
    (Photo, _owned(Photo.employee_id), "id", "photo", "vector", "vector"),
    (Photo, _owned(Photo.employee_id), "id", "photo", "looks", "perceptual_hash"),
    (PhotoPicture, _of_photos, "photo_id", "photo", "image", "image"),
    (Enrolment, _owned(Enrolment.employee_id), "id", "enrolment", "template", "template"),
    (EnrolmentPicture, _of_enrolments, "enrolment_id", "enrolment", "image", "image"),
    (Finger, _owned(Finger.employee_id), "id", "finger", "templates", "templates"),
    (FingerBlob, _owned(FingerBlob.employee_id), "id", "finger_blob", "template", "template"),
    (Outbox, _owned(Outbox.employee_id), "id", "outbox", "values", "sealed"),
    (Invitation, _owned(Invitation.employee_id), "id", "invitation", "link", "link"),
    (IdPhoto, _owned(IdPhoto.employee_id), "id", "id_photo", "upload", "upload"),
    (IdPhoto, _owned(IdPhoto.employee_id), "id", "id_photo", "image", "image"),
    (IdPhoto, _owned(IdPhoto.employee_id), "id", "id_photo", "vector", "vector"),
    (PersonLink, _owned(PersonLink.employee_id), "token_hash", "person_link", "token", "sealed"),
)
"""(table, whose rows, key, and the table, kind and column of what is sealed)."""


def move_rows(tx: Tx, gone_id: str, keep_id: str) -> list[tuple[int, list[bytes]]]:
    """Gives everything of one row to another. Returns the fingers that came: (position, templates).

    Where both have the same finger, that of the row that stays is kept.
    """
    end_questions(tx, [gone_id])
    _drop_doubles(tx, gone_id, keep_id)
    _seal_anew(tx, gone_id, keep_id)
    for kind in MOVED:
        tx.execute(
            update(kind).where(kind.employee_id == gone_id).values(employee_id=keep_id),
        )
    earlier = update(Employee).where(Employee.merged_into == gone_id)
    tx.execute(earlier.values(merged_into=keep_id))
    _move_groups(tx, gone_id, keep_id)
    _move_lookalikes(tx, gone_id, keep_id)
    _move_rules(tx, gone_id, keep_id)
    _move_hold(tx, gone_id, keep_id)
    for modality in TEXT_VERSIONS:
        if outdated_consent(tx, keep_id, modality) is None:
            end_questions(tx, [keep_id], modality)  # answered under the other number
    tx.execute(delete(PersonKey).where(PersonKey.employee_id == gone_id))
    tx.session.expire_all()
    rows = select(Finger).where(Finger.employee_id == keep_id, Finger.extractor == EXTRACTOR)
    return [(row.position, templates_of(tx, row)) for row in tx.scalars(rows)]


def _drop_doubles(tx: Tx, gone_id: str, keep_id: str) -> None:
    own = select(Finger.position).where(Finger.employee_id == keep_id)
    theirs = Finger.employee_id == gone_id, Finger.position.in_(list(tx.scalars(own)))
    tx.execute(delete(Finger).where(*theirs))
    if tx.scalar(select(IdPhoto.id).where(IdPhoto.employee_id == keep_id)) is not None:
        remove_id_photo(tx, gone_id)
    blobs = select(FingerBlob.finger, FingerBlob.algorithm)
    for finger, algorithm in tx.execute(blobs.where(FingerBlob.employee_id == keep_id)).all():
        double = FingerBlob.finger == finger, FingerBlob.algorithm == algorithm
        tx.execute(delete(FingerBlob).where(FingerBlob.employee_id == gone_id, *double))


def _seal_anew(tx: Tx, gone_id: str, keep_id: str) -> None:
    """Opens every value with the one key and seals it with the other. Raises Unsealable."""
    for model, whose, key, table, kind, name in _SEALED:
        column, row_key = getattr(model, name), getattr(model, key)
        for row_id, sealed in tx.execute(select(row_key, column).where(whose(gone_id))).all():
            if not sealed:
                continue
            plain = tx.open(gone_id, table, row_id, kind, sealed)
            fresh = tx.seal(keep_id, table, row_id, kind, plain)
            values: dict[str, Any] = {name: fresh}
            if model in (Enrolment, Finger):
                values["version"] = version_of(fresh)
            tx.execute(update(model).where(row_key == row_id).values(values))


def _move_groups(tx: Tx, gone_id: str, keep_id: str) -> None:
    groups = select(GroupMember.group_id)
    there = set(tx.scalars(groups.where(GroupMember.employee_id == keep_id)))
    theirs = set(tx.scalars(groups.where(GroupMember.employee_id == gone_id)))
    tx.execute(delete(GroupMember).where(GroupMember.employee_id == gone_id))
    rows = [{"group_id": one, "employee_id": keep_id} for one in sorted(theirs - there)]
    tx.add_many(GroupMember, rows)


def _move_lookalikes(tx: Tx, gone_id: str, keep_id: str) -> None:
    """Nobody looks like themselves, and a pair is noted once."""
    query = select(KnownLookalike).where(
        (KnownLookalike.first_id == gone_id) | (KnownLookalike.second_id == gone_id)
    )
    for row in list(tx.scalars(query)):
        other = row.second_id if row.first_id == gone_id else row.first_id
        first, second = min(other, keep_id), max(other, keep_id)
        pair = KnownLookalike.first_id == first, KnownLookalike.second_id == second
        known = tx.scalar(select(KnownLookalike.id).where(*pair)) is not None
        if other != keep_id and not known:
            tx.add_many(
                KnownLookalike,
                [
                    {
                        "id": new_id(),
                        "first_id": first,
                        "second_id": second,
                        "reason": row.reason,
                        "noted_by": row.noted_by,
                        "noted_at": row.noted_at,
                    }
                ],
            )
        tx.delete(row)
        tx.flush()


def _move_rules(tx: Tx, gone_id: str, keep_id: str) -> None:
    """Rules that name the person, and exceptions, hold for the row that stays."""
    kinds = AccessRuleRow.kind.in_((RuleKind.PERSON, RuleKind.NEVER))
    rules = select(AccessRuleRow.scope_id, AccessRuleRow.kind)
    theirs = tx.execute(rules.where(kinds, AccessRuleRow.names == gone_id)).all()
    there = tx.execute(rules.where(kinds, AccessRuleRow.names == keep_id)).all()
    tx.execute(delete(AccessRuleRow).where(kinds, AccessRuleRow.names == gone_id))
    rows = [
        {"scope_id": scope_id, "kind": kind, "names": keep_id}
        for scope_id, kind in {tuple(one) for one in theirs} - {tuple(one) for one in there}
    ]
    tx.add_many(AccessRuleRow, rows)


def _move_hold(tx: Tx, gone_id: str, keep_id: str) -> None:
    """Whoever is on legal hold under one number is so under the other."""
    hold, there = tx.get(LegalHold, gone_id), tx.get(LegalHold, keep_id)
    if hold is None:
        return
    values = {"reason": hold.reason, "placed_by": hold.placed_by, "placed_at": hold.placed_at}
    tx.delete(hold)
    tx.flush()
    if there is None:
        tx.add_many(LegalHold, [{"employee_id": keep_id, **values}])
