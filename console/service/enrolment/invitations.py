"""Invitations: how they are sent, closed and expired, and how their status moves on."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from console.api.invitations import Invited, InviteLook, NotInvited
from console.api.tasks import TaskResult
from console.domain.errors import Conflict, NotFound
from console.domain.invitations import (
    IN_FORCE,
    LINK_LIFETIME,
    LINK_USABLE,
    OPEN,
    WITH_US,
    Event,
    Status,
    advance,
    new_token,
    token_hash,
)
from console.service.enrolment.emails import queue_invitation
from console.service.portions import in_batches
from console.service.settings import load_settings
from console.service.tasks import BlockingBody, RunningTask
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.people import full_name
from console.store.schema import Employee, Invitation
from console.store.unit_of_work import ReadTx, Tx

BATCH = 20
"""People of one transaction, so that nobody waits long for a turn."""


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The operator who invites."""

    id: str
    name: str


def advance_invitation(tx: Tx, invitation: Invitation, event: Event) -> None:
    """Moves the status on and announces it. Raises IllegalTransition."""
    invitation.status = advance(invitation.status, event)
    invitation.changed_at = tx.now
    tx.changed("invitations", invitation.id)
    tx.changed("employees", invitation.employee_id)


def close_open(tx: Tx, employee_ids: Sequence[str]) -> None:
    """Revokes what is still open of these people: a person has one enrolment at a time."""
    query = select(Invitation).where(
        Invitation.employee_id.in_(employee_ids), Invitation.status.in_(OPEN)
    )
    for invitation in tx.scalars(query):
        advance_invitation(tx, invitation, Event.REVOKE)
        tx.changed("review", invitation.id)


def revoke(tx: Tx, invitation_id: str) -> Invitation:
    """Closes one invitation. Raises NotFound, Conflict."""
    invitation = tx.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound("This invitation does not exist any more.")
    if invitation.status not in OPEN:
        raise Conflict("This invitation is not open any more.")
    advance_invitation(tx, invitation, Event.REVOKE)
    tx.changed("review", invitation.id)
    tx.audit("invitation.revoked", invitation.id)
    return invitation


def expire_links(tx: Tx, most: int) -> int:
    """Closes links that nobody used in time, the oldest first: how many."""
    query = select(Invitation).where(
        Invitation.status.in_(LINK_USABLE), Invitation.expires_at <= tx.now
    )
    expired = list(tx.scalars(query.order_by(Invitation.expires_at).limit(most)))
    for invitation in expired:
        advance_invitation(tx, invitation, Event.EXPIRE)
    return len(expired)


class Invitations:
    """Sends links to many people."""

    def __init__(self, store: Store, portal_address: str) -> None:
        """portal_address: used in links while the site has set no other."""
        self._store, self._portal_address = store, portal_address

    def look(self, employee_ids: Iterable[str], *, again: bool) -> InviteLook:
        """Whom an invitation of these people would reach, and why not the others."""
        reasons: Counter[str] = Counter()
        for batch in in_batches(dict.fromkeys(employee_ids)):
            with self._store.read() as tx:
                reasons.update(_reasons(tx, batch, again=again).values())
        return InviteLook(invited=reasons.pop("", 0), left_out=dict(reasons))

    def body(self, employee_ids: Iterable[str], sender: Sender, *, again: bool) -> BlockingBody:
        """The task that invites these people. It is audited with what was really sent."""
        wanted = list(dict.fromkeys(employee_ids))

        def run(task: RunningTask) -> TaskResult:
            skipped: list[NotInvited] = []
            sent = 0
            try:
                task.say("Inviting")
                for start in range(0, len(wanted), BATCH):
                    batch = wanted[start : start + BATCH]
                    sent += self._invite(batch, sender, skipped, again=again)
                    task.result = _result(sent, skipped)
                    task.give_way()
                    task.progress(sent + len(skipped), len(wanted))
            finally:
                with self._store.write(sender.id) as tx:
                    tx.audit("invitations.sent", sent=sent, skipped=len(skipped))
            return _result(sent, skipped)

        return run

    def _invite(
        self, batch: Sequence[str], sender: Sender, skipped: list[NotInvited], *, again: bool
    ) -> int:
        """One transaction: how many were invited."""
        left_out: list[NotInvited] = []
        with self._store.write(sender.id) as tx:
            base = (load_settings(tx).portal_url or self._portal_address).rstrip("/")
            found = tx.scalars(select(Employee).where(Employee.id.in_(batch)))
            people = {employee.id: employee for employee in found}
            invited: list[Invitation] = []
            for employee_id, reason in _reasons(tx, batch, again=again).items():
                if reason:
                    employee = people.get(employee_id)
                    name = full_name(employee) if employee else ""
                    left_out.append(NotInvited(employee_id=employee_id, name=name, reason=reason))
                else:
                    invited.append(_invitation(tx, employee_id, sender))
            tx.make_keys([row.employee_id for row in invited])
            close_open(tx, [row.employee_id for row in invited])
            tokens = {row.id: new_token() for row in invited}
            for row in invited:
                row.token_hash = token_hash(tokens[row.id])
                tx.add(row)
            tx.flush()
            for row in invited:
                queue_invitation(tx, row, sender.name, f"{base}/e/{tokens[row.id]}")
                tx.changed("invitations", row.id)
                tx.changed("employees", row.employee_id)
        skipped += left_out
        return len(invited)


def _reasons(tx: ReadTx, employee_ids: Sequence[str], *, again: bool) -> dict[str, str]:
    """Why each of these people gets no link; "" for those who get one. PE5."""
    people = select(
        Employee.id, Employee.active, Employee.email, Employee.opted_out_at.is_not(None)
    ).where(Employee.id.in_(employee_ids))
    known = {row_id: facts for row_id, *facts in tx.execute(people)}
    waiting, enrolled = (
        set(tx.scalars(_with_status(employee_ids, statuses))) for statuses in (WITH_US, IN_FORCE)
    )

    def why(employee_id: str) -> str:
        if employee_id not in known:
            return "This employee does not exist any more."
        active, email, opted_out = known[employee_id]
        if not active:
            return "Not active."
        if opted_out:
            return "Has asked not to be invited or reminded (opt-out list)."
        if not email:
            return "No email address. Enter one first."
        if employee_id in waiting:
            return "Has handed in photos that wait for screening or review."
        return "Is enrolled already." if employee_id in enrolled and not again else ""

    return {employee_id: why(employee_id) for employee_id in employee_ids}


def _with_status(employee_ids: Sequence[str], statuses: Collection[Status]) -> Select[str]:
    return select(Invitation.employee_id).where(
        Invitation.employee_id.in_(employee_ids), Invitation.status.in_(statuses)
    )


def _invitation(tx: Tx, employee_id: str, sender: Sender) -> Invitation:
    return Invitation(
        id=new_id(),
        employee_id=employee_id,
        status=Status.INVITED,
        created_by=sender.id,
        created_at=tx.now,
        expires_at=tx.now + LINK_LIFETIME,
        changed_at=tx.now,
    )


def _result(sent: int, skipped: list[NotInvited]) -> TaskResult:
    text = f"{sent:,} invited, {len(skipped):,} left out."
    return TaskResult(text=text, invited=Invited(sent=sent, skipped=list(skipped)))
