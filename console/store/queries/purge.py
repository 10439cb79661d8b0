"""Takes everything that the database has of some people out of it, in one transaction. N7.

What a terminal or a kiosk may still hold is not known to be gone by that: a bare row stays for each
of them until it is. `queries/erasure.py` says what is left where.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, delete, func, null, or_, select, update

from console.domain.access_rules import RuleKind
from console.domain.erasure import ErasureState
from console.store.columns import Base
from console.store.queries.erasure import login_mark, mark_numbers, stub_values
from console.store.queries.login_seal import seal_again, unseal
from console.store.queries.placements import must_go_everywhere
from console.store.schema import (
    AccessRuleRow,
    AskedAgain,
    Consent,
    Employee,
    Enrolment,
    Erasure,
    Finger,
    FingerBlob,
    GroupMember,
    IdPhoto,
    ImportedEmployee,
    InventoryEntry,
    Invitation,
    KnownLookalike,
    LegalHold,
    Login,
    Operator,
    Outbox,
    PersonKey,
    PersonLink,
    Photo,
    PinMap,
    Placement,
    PortalSession,
)
from console.store.unit_of_work import ReadTx, Tx

LOGINS = "logins"
"""Kept under a pseudonym; every other kind is deleted."""


def purge(tx: Tx, erasures: Sequence[Erasure]) -> None:
    """Everything of these people goes; each erasure says how much of what. All are ASKED."""
    by_person = {one.employee_id: one for one in erasures}
    numbers = _numbers(tx, by_person)
    must_go_everywhere(tx, numbers)
    tx.flush()
    mark_numbers(tx, _their_numbers(tx, by_person, numbers))
    removed: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for kind, owner, counted in count_rows(tx, by_person):
        removed[owner][kind] += counted
    _keep_proof_of_consent(tx, by_person)
    for employee_id, erasure in by_person.items():
        found = _hide_logins(tx, erasure, numbers[employee_id])
        removed[employee_id][LOGINS] += found
    _delete(tx, list(by_person))
    for employee_id, erasure in by_person.items():
        erasure.removed = dict(removed[employee_id])
        erasure.state, erasure.attempt = ErasureState.EMPTYING, 1
        stub = update(Employee).where(Employee.id == employee_id)
        tx.execute(stub.values(stub_values(erasure, tx.now)))
        tx.audit("employee.erased", employee_id, erasure=erasure.id, removed=erasure.removed)
        tx.changed("employees", employee_id)
        tx.changed("fingers", employee_id)
    for subject in ("invitations", "review", "enrolments", "photos", "faces", "logins", "erasures"):
        tx.changed(subject)


def _numbers(tx: Tx, employee_ids: Iterable[str]) -> dict[str, str]:
    query = select(Employee.id, Employee.number).where(Employee.id.in_(list(employee_ids)))
    return dict(tx.execute(query).all())


def _their_numbers(
    tx: Tx, by_person: Mapping[str, Erasure], numbers: Mapping[str, str]
) -> list[tuple[Erasure, str, str]]:
    """(erasure, terminal id or "" for everywhere, number) of every number that means them."""
    theirs = [(by_person[who], "", number) for who, number in numbers.items()]
    own = select(Placement.employee_id, Placement.terminal_id, Placement.pin)
    for who, terminal_id, pin in tx.execute(own.where(Placement.employee_id.in_(by_person))):
        if pin != numbers[who]:
            theirs.append((by_person[who], terminal_id, pin))
    return theirs


def _owned() -> list[tuple[str, type[Base], Any]]:
    """(kind in words, table, the column that says whose a row is)."""
    return [
        ("legal holds", LegalHold, LegalHold.employee_id),
        ("emails", Outbox, Outbox.employee_id),
        ("links of their own", PersonLink, PersonLink.employee_id),
        ("questions about a new text", AskedAgain, AskedAgain.employee_id),
        ("consents", Consent, Consent.employee_id),
        ("photos", Photo, Photo.employee_id),
        ("ID photos", IdPhoto, IdPhoto.employee_id),
        ("face templates", Enrolment, Enrolment.employee_id),
        ("links and submissions", Invitation, Invitation.employee_id),
        ("fingers", Finger, Finger.employee_id),
        ("fingers of terminals", FingerBlob, FingerBlob.employee_id),
        ("memberships of groups", GroupMember, GroupMember.employee_id),
        ("numbers on terminals", PinMap, PinMap.employee_id),
        ("values before an import", ImportedEmployee, ImportedEmployee.employee_id),
        ("known look-alikes", KnownLookalike, KnownLookalike.first_id),
        ("known look-alikes", KnownLookalike, KnownLookalike.second_id),
        ("keys", PersonKey, PersonKey.employee_id),
    ]


def kinds_of_rows() -> list[str]:
    """The kinds that `count_rows` counts, in words."""
    return [kind for kind, _, _ in _owned()]


def count_rows(tx: ReadTx, employee_ids: Collection[str]) -> Iterable[tuple[str, str, int]]:
    """(kind in words, employee id, how many rows) of what the database has of these people."""
    for kind, _, column in _owned():
        query = select(column, func.count()).where(column.in_(employee_ids)).group_by(column)
        for owner, count in tx.execute(query):
            yield kind, owner, count


def _keep_proof_of_consent(tx: Tx, by_person: Mapping[str, Erasure]) -> None:
    """Which text was agreed to when: whoever used a face must be able to show that it was."""
    query = select(Consent).where(Consent.employee_id.in_(by_person)).order_by(Consent.given_at)
    for row in tx.scalars(query):
        erasure = by_person[row.employee_id]
        proof = {
            "modality": row.modality,
            "text": row.text_digest,
            "version": row.text_version,
            "language": row.language,
            "given": row.given_at.isoformat(),
            "withdrawn": row.withdrawn_at.isoformat() if row.withdrawn_at else "",
        }
        erasure.consents = [*erasure.consents, proof]


def _hide_logins(tx: Tx, erasure: Erasure, number: str) -> int:
    """Their logins stay as those of nobody: working time has to be provable. Returns how many.

    The key by which a login is known again is made anew: who had the old one and all numbers could
    find out whose it was.
    """
    nobody = and_(Login.employee_id.is_(None), Login.pin == number)
    mine = or_(Login.employee_id == erasure.employee_id, nobody)
    rows = tx.execute(select(Login.id, Login.content_key, Login.terminal_id).where(mine)).all()
    values = [
        {"id": row_id, "content_key": login_mark(tx, key) if terminal else key}
        for row_id, key, terminal in rows
    ]
    if values:
        ids = [row_id for row_id, _, _ in rows]
        unseal(tx, ids)
        tx.execute(update(Login), values)
        hidden = {"employee_id": None, "pin": erasure.pseudonym, "path": null(), "as_of": None}
        tx.execute(update(Login).where(mine).values(hidden))
        seal_again(tx, ids)
    return len(values)


def _delete(tx: Tx, employee_ids: list[str]) -> None:
    """In the order in which rows refer to each other. Pictures go with their rows."""
    links = select(Invitation.id).where(Invitation.employee_id.in_(employee_ids))
    tx.execute(delete(PortalSession).where(PortalSession.invitation_id.in_(links)))
    held = select(Placement.terminal_id, Placement.pin)
    places = tx.execute(held.where(Placement.employee_id.in_(employee_ids))).all()
    for _, table, column in _owned():
        tx.execute(delete(table).where(column.in_(employee_ids)))
    _forget_inventory(tx, places)
    never = AccessRuleRow.kind == RuleKind.NEVER, AccessRuleRow.names.in_(employee_ids)
    tx.execute(delete(AccessRuleRow).where(*never))
    linked = Operator.employee_id.in_(employee_ids)
    tx.execute(update(Operator).where(linked).values(employee_id=None))


def forget_stub(tx: Tx, employee_id: str) -> None:
    """All places are done: the row that stood for them goes, with the numbers that they had."""
    rows = select(Placement.terminal_id, Placement.pin).where(Placement.employee_id == employee_id)
    _forget_inventory(tx, tx.execute(rows).all())
    tx.execute(delete(Placement).where(Placement.employee_id == employee_id))
    tx.execute(delete(Employee).where(Employee.id == employee_id, Employee.erased))
    tx.changed("employees", employee_id)


def _forget_inventory(tx: Tx, places: Iterable[tuple[str, str]]) -> None:
    """places: (terminal id, number there)."""
    pins: defaultdict[str, list[str]] = defaultdict(list)
    for terminal_id, pin in places:
        pins[terminal_id].append(pin)
    for terminal_id, some in pins.items():
        entry = InventoryEntry.terminal_id == terminal_id, InventoryEntry.pin.in_(some)
        tx.execute(delete(InventoryEntry).where(*entry))
