"""Reminders that go by themselves: by the rule of each campaign, in the hours of the site. N22."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from console.domain.invitations import LINK_USABLE
from console.domain.link_acts import reminder_due
from console.domain.link_terms import LinkTerms
from console.domain.zones import zone_of
from console.service.enrolment.invitations import BATCH, terms_of
from console.service.enrolment.link_acts import link_facts, remind, stuck_people
from console.service.enrolment.links import portal_base
from console.service.portions import hurry, in_batches
from console.service.settings import load_link_rules, site_zone
from console.store.database import Store
from console.store.schema import Campaign, Invitation
from console.store.unit_of_work import ReadTx


class Reminders:
    """Runs once a minute. Blocking; doing it twice sends nothing twice."""

    def __init__(
        self, store: Store, portal_address: str, give_way: Callable[[], None] = hurry
    ) -> None:
        """portal_address: used in links while the site has set no other."""
        self._store, self._portal_address, self._give_way = store, portal_address, give_way

    def run_once(self) -> None:
        """Everything that is due now, in short transactions."""
        with self._store.read() as tx:
            if not _may_leave(tx):
                return
            reminding = select(Campaign).where(Campaign.remind_after_days > 0)
            rules = {row.id: terms_of(row) for row in tx.scalars(reminding)}
        for campaign_id, terms in rules.items():
            self._remind(campaign_id, terms)

    def _remind(self, campaign_id: str, terms: LinkTerms) -> None:
        """As many as the campaign sends in a minute, so that none leaves after the hours."""
        with self._store.read() as tx:
            ids = list(tx.scalars(_waiting(campaign_id, terms, tx.now)))
            due = [row.id for some in in_batches(ids) for row in _due(tx, some, terms)]
        for batch in in_batches(due[: terms.per_minute or None], BATCH):
            with self._store.write() as tx:
                base = portal_base(tx, self._portal_address)
                rows = _due(tx, batch, terms)  # somebody may have acted since
                tx.make_keys([row.employee_id for row in rows])
                for row in rows:
                    remind(tx, row, base)
            self._give_way()


def _may_leave(tx: ReadTx) -> bool:
    rules = load_link_rules(tx)
    return rules.by_link and rules.hours.include(tx.now, zone_of(site_zone(tx)))


def _waiting(campaign_id: str, terms: LinkTerms, now: datetime) -> Select[str]:
    """Whoever may be due; what is known of the person says who is."""
    return select(Invitation.id).where(
        Invitation.campaign_id == campaign_id,
        Invitation.status.in_(LINK_USABLE),
        Invitation.reminded < terms.remind_most,
        Invitation.told_at <= now - timedelta(days=terms.remind_after_days),
    )


def _due(tx: ReadTx, ids: Sequence[str], terms: LinkTerms) -> list[Invitation]:
    return [
        row
        for row, person in stuck_people(tx, ids)
        if reminder_due(link_facts(row), person, terms, tx.now)
    ]
