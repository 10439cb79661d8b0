"""Invitations: how they are sent, closed and expired."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import select

from console.api.invitations import Invited, InviteLook, NotInvited
from console.api.tasks import TaskResult
from console.domain.campaigns import Allowed, Delivery, LeftOut, left_out
from console.domain.errors import Conflict
from console.domain.invitations import LINK_USABLE, OPEN, Event, Status
from console.domain.language import msgid, paragraph, tr, tr_count
from console.domain.link_terms import USUAL, LinkTerms, leaves_at
from console.domain.zones import wall_time, zone_of
from console.service.enrolment.emails import queue_invitation
from console.service.enrolment.links import give_token, link_to, portal_base
from console.service.portions import in_batches
from console.service.settings import load_link_rules, site_zone
from console.service.tasks import BlockingBody, RunningTask
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.candidates import candidates, held_people
from console.store.queries.enrolments import advance_invitation
from console.store.schema import Campaign, Invitation
from console.store.unit_of_work import ReadTx, Tx

BATCH = 20
"""People of one transaction, so that nobody waits long for a turn."""
SWITCHED_OFF = msgid("Enrolment by link is switched off. Switch it on under Invitations first.")


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The operator who invites."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Order:
    """What everybody of one task gets.

    as_before: whoever has an invitation gets the next one in the same campaign, by the same terms,
    and on paper if it was on paper; campaign: its name; "" for none.
    """

    sender: Sender
    allowed: Allowed
    terms: LinkTerms = USUAL
    delivery: Delivery = Delivery.EMAIL
    campaign: str = ""
    as_before: bool = False


@dataclass(frozen=True, kw_only=True)
class _Before:
    """How a link was that is sent anew."""

    campaign_id: str | None
    terms: LinkTerms
    on_paper: bool = False


@dataclass
class _Sending:
    """How far a task is."""

    started_at: datetime
    campaign_id: str | None = None
    sent: int = 0
    on_paper: int = 0
    skipped: list[NotInvited] = field(default_factory=list)

    def result(self) -> TaskResult:
        """What was sent so far."""
        paper = tr_count(
            "{count:,} of them on paper. Print the link.",
            "{count:,} of them on paper. Print the links.",
            self.on_paper,
        )
        text = paragraph(
            tr(
                "{sent:,} invited, {left_out:,} left out.",
                sent=self.sent,
                left_out=len(self.skipped),
            ),
            paper if self.on_paper else "",
        )
        invited = Invited(
            sent=self.sent, skipped=list(self.skipped), campaign_id=self.campaign_id or ""
        )
        return TaskResult(text=text, invited=invited)


def close_open(tx: Tx, employee_ids: Sequence[str]) -> None:
    """Revokes what is still open of these people: a person has one enrolment at a time."""
    query = select(Invitation).where(
        Invitation.employee_id.in_(employee_ids), Invitation.status.in_(OPEN)
    )
    for invitation in tx.scalars(query):
        advance_invitation(tx, invitation, Event.REVOKE)
        tx.changed("review", invitation.id)


def expire_links(tx: Tx, most: int) -> int:
    """Closes links that nobody used in time, the oldest first: how many."""
    query = select(Invitation).where(
        Invitation.status.in_(LINK_USABLE), Invitation.expires_at <= tx.now
    )
    expired = list(tx.scalars(query.order_by(Invitation.expires_at).limit(most)))
    for invitation in expired:
        advance_invitation(tx, invitation, Event.EXPIRE)
    return len(expired)


def today_at_site(tx: ReadTx) -> date:
    """The day by the site's zone."""
    return wall_time(zone_of(site_zone(tx)), tx.now).date()


def check_by_link(tx: ReadTx) -> None:
    """Raises Conflict while nobody may enrol by link."""
    if not load_link_rules(tx).by_link:
        raise Conflict(tr(SWITCHED_OFF))


class Invitations:
    """Sends links to many people."""

    def __init__(self, store: Store, portal_address: str) -> None:
        """portal_address: used in links while the site has set no other."""
        self._store, self._portal_address = store, portal_address

    def look(self, employee_ids: Iterable[str], allowed: Allowed) -> InviteLook:
        """Whom an invitation of these people would reach, and why not the others."""
        reasons: Counter[str] = Counter()
        for batch in in_batches(dict.fromkeys(employee_ids)):
            with self._store.read() as tx:
                check_by_link(tx)
                reasons.update(_reasons(tx, batch, allowed))
        return InviteLook(invited=reasons.pop("", 0), left_out=dict(reasons))

    def body(self, employee_ids: Iterable[str], order: Order) -> BlockingBody:
        """The task that invites these people. It is audited with what was really sent."""
        wanted = list(dict.fromkeys(employee_ids))

        def run(task: RunningTask) -> TaskResult:
            sending = self._begin(order)
            try:
                task.say(tr("Inviting"))
                for batch in in_batches(wanted, BATCH):
                    self._invite(batch, order, sending)
                    task.result = sending.result()
                    task.give_way()
                    task.progress(sending.sent + len(sending.skipped), len(wanted))
            finally:
                self._end(order, sending)
            return sending.result()

        return run

    def invite_some(
        self, employee_ids: Sequence[str], order: Order
    ) -> tuple[int, list[NotInvited]]:
        """Invites a few people in one transaction: how many, and who got no link."""
        sending = _Sending(started_at=self._store.clock())
        self._invite(employee_ids, order, sending)
        return sending.sent, sending.skipped

    def _begin(self, order: Order) -> _Sending:
        with self._store.write(order.sender.id) as tx:
            check_by_link(tx)
            sending = _Sending(started_at=tx.now)
            if order.campaign:
                sending.campaign_id = _campaign(tx, order)
            return sending

    def _end(self, order: Order, sending: _Sending) -> None:
        skipped = Counter(one.reason for one in sending.skipped)
        with self._store.write(order.sender.id) as tx:
            if sending.campaign_id is not None:
                tx.get_one(Campaign, sending.campaign_id).left_out = dict(skipped)
            tx.audit(
                "invitations.sent",
                sending.campaign_id or "",
                sent=sending.sent,
                skipped=len(sending.skipped),
            )
            tx.changed("invitations")

    def _invite(self, batch: Sequence[str], order: Order, sending: _Sending) -> None:
        """One transaction."""
        with self._store.write(order.sender.id) as tx:
            check_by_link(tx)
            base = portal_base(tx, self._portal_address)
            before = _before(tx, batch) if order.as_before else {}
            invited, skipped = _sorted_out(tx, batch, order, before)
            tx.make_keys(list(invited))
            close_open(tx, list(invited))
            with held_people(tx, invited):
                usual = _Before(campaign_id=sending.campaign_id, terms=order.terms)
                letters = []
                for number, employee_id in enumerate(invited, start=sending.sent):
                    at = leaves_at(sending.started_at, number, order.terms.per_minute)
                    same = before.get(employee_id, usual)
                    row = _invitation(tx, employee_id, order.sender, at, same.terms)
                    row.campaign_id, row.on_paper = same.campaign_id, invited[employee_id]
                    letters.append((row, link_to(base, give_token(tx, row)), at))
                    tx.add(row)
                tx.flush()
                for row, link, at in letters:
                    if not row.on_paper:
                        queue_invitation(tx, row, order.sender.name, link, leaves_at=at)
                    tx.changed("invitations", row.id)
                    tx.changed("employees", row.employee_id)
        sending.skipped += skipped
        sending.sent += len(invited)
        sending.on_paper += sum(invited.values())


def _reasons(tx: ReadTx, employee_ids: Sequence[str], allowed: Allowed) -> list[str]:
    """Why each of them gets no link; "" for those who get one. PE5."""
    known = candidates(tx, today_at_site(tx), employee_ids)
    return [
        str(left_out(known[one], allowed) or "") if one in known else str(LeftOut.GONE)
        for one in employee_ids
    ]


def _sorted_out(
    tx: ReadTx, employee_ids: Sequence[str], order: Order, before: Mapping[str, _Before]
) -> tuple[dict[str, bool], list[NotInvited]]:
    """Whoever is invited, by id and whether on paper; and whoever is not."""
    known = candidates(tx, today_at_site(tx), employee_ids)
    invited: dict[str, bool] = {}
    skipped = list[NotInvited]()
    for one in employee_ids:
        person = known.get(one)
        if person is None:
            skipped.append(NotInvited(employee_id=one, name="", reason=LeftOut.GONE))
            continue
        same = before.get(one)
        on_paper = same.on_paper if same else order.delivery.on_paper(person.email)
        reason = left_out(person, replace(order.allowed, no_email=on_paper))
        if reason:
            skipped.append(NotInvited(employee_id=one, name=person.name, reason=reason))
        else:
            invited[one] = on_paper
    return invited, skipped


def _campaign(tx: Tx, order: Order) -> str:
    row = Campaign(
        id=new_id(),
        name=order.campaign,
        created_by=order.sender.id,
        created_at=tx.now,
        left_out={},
        days=order.terms.days,
        photos=order.terms.photos,
        tries=order.terms.tries,
        per_minute=order.terms.per_minute,
        remind_after_days=order.terms.remind_after_days,
        remind_most=order.terms.remind_most,
    )
    tx.add(row)
    return row.id


def terms_of(row: Campaign) -> LinkTerms:
    """What was agreed about the links of a campaign."""
    return LinkTerms(
        days=row.days,
        photos=row.photos,
        tries=row.tries,
        per_minute=row.per_minute,
        remind_after_days=row.remind_after_days,
        remind_most=row.remind_most,
    )


def _before(tx: ReadTx, employee_ids: Sequence[str]) -> dict[str, _Before]:
    """Employee id -> how their newest link was, of those who have had one."""
    query = select(Invitation.employee_id, Invitation.campaign_id, Invitation.on_paper).where(
        Invitation.employee_id.in_(employee_ids), Invitation.channel == "link"
    )
    newest = {
        owner: (campaign_id, on_paper)
        for owner, campaign_id, on_paper in tx.execute(query.order_by(Invitation.created_at))
    }
    ids = {campaign_id for campaign_id, _ in newest.values()}
    query_terms = select(Campaign).where(Campaign.id.in_(ids))
    terms = {row.id: terms_of(row) for row in tx.scalars(query_terms)}
    return {
        owner: _Before(
            campaign_id=campaign_id, terms=terms.get(campaign_id or "", USUAL), on_paper=on_paper
        )
        for owner, (campaign_id, on_paper) in newest.items()
    }


def _invitation(
    tx: Tx, employee_id: str, sender: Sender, leaves: datetime, terms: LinkTerms
) -> Invitation:
    return Invitation(
        id=new_id(),
        employee_id=employee_id,
        status=Status.INVITED,
        photos_asked=terms.photos,
        tries_given=terms.tries,
        created_by=sender.id,
        created_at=tx.now,
        expires_at=leaves + terms.lifetime,
        changed_at=tx.now,
    )
