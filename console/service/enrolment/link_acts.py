"""What is done for people who are stuck: reminders, new links, more time, the end. N22."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from console.api.board import ActLook, DeskCode, PrintedLink
from console.api.invitations import Invited, NotInvited
from console.api.tasks import TaskResult
from console.domain.campaigns import Allowed, Candidate
from console.domain.errors import Conflict, NotFound
from console.domain.funnel import Stage
from console.domain.invitations import Event, link_locked
from console.domain.language import msgid, tr
from console.domain.link_acts import Act, Link, checked_days, refusal
from console.domain.typed_codes import in_halves
from console.service.enrolment.desk_codes import give_code
from console.service.enrolment.emails import queue_reminder
from console.service.enrolment.invitations import (
    BATCH,
    Invitations,
    Order,
    Sender,
    check_by_link,
    today_at_site,
)
from console.service.enrolment.links import link_to, portal_base, token_of
from console.service.languages import language_of
from console.service.portions import in_batches
from console.service.tasks import BlockingBody, RunningTask
from console.store.database import Store
from console.store.queries.candidates import candidates
from console.store.queries.enrolments import advance_invitation
from console.store.schema import Invitation
from console.store.unit_of_work import ReadTx, Tx

DONE_WORDS = {
    Act.REMIND: msgid("{done:,} reminded, {left_out:,} left out."),
    Act.RESEND: msgid("{done:,} sent a new link, {left_out:,} left out."),
    Act.EXTEND: msgid("{done:,} extended, {left_out:,} left out."),
    Act.REVOKE: msgid("{done:,} revoked, {left_out:,} left out."),
}
_NEED_LINKS = frozenset({Act.REMIND, Act.RESEND, Act.EXTEND})


@dataclass(frozen=True, kw_only=True)
class Errand:
    """One act for many. days: by how many days links are extended."""

    act: Act
    sender: Sender
    days: int = 0


class LinkActs:
    """Acts for many invitations, a few in each transaction."""

    def __init__(self, store: Store, invitations: Invitations, portal_address: str) -> None:
        """portal_address: used in links while the site has set no other."""
        self._store, self._invitations = store, invitations
        self._portal_address = portal_address

    def look(self, ids: Iterable[str], act: Act) -> ActLook:
        """For how many of these invitations an act can be done, and why not for the others."""
        reasons: Counter[str] = Counter()
        for batch in in_batches(ids):
            with self._store.read() as tx:
                if act in _NEED_LINKS:
                    check_by_link(tx)
                for row, person in stuck_people(tx, batch):
                    reasons[refusal(act, link_facts(row), person, tx.now)] += 1
        return ActLook(people=reasons.pop("", 0), left_out=dict(reasons.most_common()))

    def body(self, ids: Sequence[str], errand: Errand) -> BlockingBody:
        """The task that does an act for these invitations. Each of them is audited."""

        def run(task: RunningTask) -> TaskResult:
            done, skipped = 0, list[NotInvited]()
            for batch in in_batches(ids, BATCH):
                done += self._do(batch, errand, skipped)
                task.result = _result(errand.act, done, skipped)
                task.give_way()
                task.progress(done + len(skipped), len(ids))
            return _result(errand.act, done, skipped)

        return run

    def _do(self, batch: Sequence[str], errand: Errand, skipped: list[NotInvited]) -> int:
        """One transaction, and another one for new links."""
        act, left_out = errand.act, list[NotInvited]()
        anew = list[str]()
        with self._store.write(errand.sender.id) as tx:
            if act in _NEED_LINKS:
                check_by_link(tx)
            rows = []
            for row, person in stuck_people(tx, batch):
                reason = refusal(act, link_facts(row), person, tx.now)
                if reason:
                    one = NotInvited(employee_id=person.id, name=person.name, reason=reason)
                    left_out.append(one)
                else:
                    rows.append(row)
            if act is Act.RESEND:
                anew = [row.employee_id for row in rows]
            else:
                tx.make_keys([row.employee_id for row in rows])
                for row in rows:
                    self._act(tx, row, errand)
        skipped += left_out
        if not anew:
            return 0 if act is Act.RESEND else len(rows)
        allowed = Allowed(enrolled=True, with_link=True)
        order = Order(sender=errand.sender, allowed=allowed, as_before=True)
        sent, failed = self._invitations.invite_some(anew, order)
        with self._store.write(errand.sender.id) as tx:
            tx.audit("invitations.sent", sent=sent, skipped=len(failed))
        skipped += failed
        return sent

    def _act(self, tx: Tx, row: Invitation, errand: Errand) -> None:
        if errand.act is Act.REMIND:
            remind(tx, row, portal_base(tx, self._portal_address))
        elif errand.act is Act.EXTEND:
            row.expires_at += checked_days(errand.days)
            tx.audit("invitation.extended", row.id, days=errand.days)
            tx.changed("invitations", row.id)
        else:
            advance_invitation(tx, row, Event.REVOKE)
            tx.audit("invitation.revoked", row.id)
            tx.changed("review", row.id)

    def copy(self, invitation_id: str, sender: Sender) -> str:
        """The link of one person, to hand it over another way. Raises NotFound, Conflict."""
        with self._store.write(sender.id) as tx:
            row = _working(tx, invitation_id)
            tx.audit("invitation.link_copied", row.id)
            return self._handed_out(tx, row)

    def make_code(self, invitation_id: str, sender: Sender) -> DeskCode:
        """A code for the desk, instead of the link of one person. Raises NotFound, Conflict."""
        with self._store.write(sender.id) as tx:
            row = _working(tx, invitation_id)
            code = in_halves(give_code(tx, row))
            tx.audit("invitation.code_made", row.id)
            assert row.code_until is not None
            address = portal_base(tx, self._portal_address)
            return DeskCode(code=code, address=f"{address}/", until=row.code_until)

    def print_links(
        self, ids: Sequence[str], sender: Sender
    ) -> tuple[list[PrintedLink], dict[str, int]]:
        """The links of these invitations by name, and why there is none of the others: how many.

        Each is audited. Raises Conflict while nobody may enrol by link.
        """
        links, left_out = list[PrintedLink](), Counter[str]()
        for batch in in_batches(ids, BATCH):
            with self._store.write(sender.id) as tx:
                check_by_link(tx)
                found = list(stuck_people(tx, batch))
                tx.make_keys([row.employee_id for row, _ in found])
                for row, person in found:
                    reason = refusal(Act.EXTEND, link_facts(row), person, tx.now)
                    if reason:
                        left_out[reason] += 1
                        continue
                    tx.audit("invitation.link_printed", row.id)
                    one = PrintedLink(
                        name=person.name,
                        number=person.number,
                        link=self._handed_out(tx, row),
                        expires_at=row.expires_at,
                        language=language_of(tx, row.employee_id),
                    )
                    links.append(one)
        return sorted(links, key=lambda one: (one.name, one.number)), dict(left_out.most_common())

    def _handed_out(self, tx: Tx, row: Invitation) -> str:
        """The link, which reaches the person by another way than email."""
        row.stage = max(row.stage, Stage.SENT)
        row.told_at = row.told_at or tx.now
        tx.changed("invitations", row.id)
        return link_to(portal_base(tx, self._portal_address), token_of(tx, row))


def _working(tx: ReadTx, invitation_id: str) -> Invitation:
    """The invitation, whose link works. Raises NotFound, Conflict."""
    check_by_link(tx)
    found = next(stuck_people(tx, [invitation_id]), None)
    if found is None:
        raise NotFound(tr("This invitation no longer exists."))
    row, person = found
    reason = refusal(Act.EXTEND, link_facts(row), person, tx.now)
    if reason:
        raise Conflict(tr(reason))
    return row


def remind(tx: Tx, row: Invitation, base: str) -> None:
    """Queues an email with the same link. base: how links begin."""
    queue_reminder(tx, row, link_to(base, token_of(tx, row)))
    row.reminded += 1
    tx.audit("invitation.reminded", row.id, number=row.reminded)
    row.told_at = tx.now


def stuck_people(tx: ReadTx, ids: Sequence[str]) -> Iterator[tuple[Invitation, Candidate]]:
    """These invitations with whom they are of, of those who are still there."""
    rows = list(tx.scalars(select(Invitation).where(Invitation.id.in_(ids))))
    people = candidates(tx, today_at_site(tx), {row.employee_id for row in rows})
    return ((row, people[row.employee_id]) for row in rows if row.employee_id in people)


def link_facts(row: Invitation) -> Link:
    """An invitation as the rules see it."""
    return Link(
        status=row.status,
        stage=Stage(row.stage),
        created_at=row.created_at,
        changed_at=row.changed_at,
        expires_at=row.expires_at,
        told_at=row.told_at,
        reminded=row.reminded,
        locked=link_locked(row.check_misses, passed=row.check_passed),
        at_desk=row.channel != "link",
        on_paper=row.on_paper,
    )


def _result(act: Act, done: int, skipped: Sequence[NotInvited]) -> TaskResult:
    text = tr(DONE_WORDS[act], done=done, left_out=len(skipped))
    return TaskResult(text=text, invited=Invited(sent=done, skipped=list(skipped)))
