"""Campaigns: who is invited and by which terms; what is done for whoever is stuck. N22, PE5."""

from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from console.domain.campaigns import Allowed, LeftOut
from console.domain.errors import Conflict
from console.domain.funnel import Stage
from console.domain.invitations import Event, Status, token_hash
from console.domain.link_acts import LINK_OVER, Act
from console.domain.link_terms import LinkTerms
from console.service.enrolment.invitations import Invitations, Order, Sender
from console.service.enrolment.link_acts import Errand, LinkActs
from console.service.enrolment.link_rules import set_rules
from console.service.enrolment.opting_out import opt_out
from console.service.enrolment.reminders import Reminders
from console.service.settings import LinkRules, Settings, save_settings
from console.store.database import Store
from console.store.queries.emails import note_left
from console.store.queries.enrolments import advance_invitation
from console.store.schema import Audit, Campaign, Employee, Invitation, Outbox
from console.store.unit_of_work import Tx
from tests.store.made import NOW, add_employee, add_enrolment, add_invitation
from tests.support.clock import FakeClock
from tests.support.tasks import done

DAY = timedelta(days=1)
PORTAL = "https://muster.example"
MEI = Sender(id="mei", name="Mei Ling")
TERMS = LinkTerms(days=14, photos=1, tries=2, remind_after_days=3, remind_most=2)


def autumn(**changes: object) -> Order:
    values = {"sender": MEI, "allowed": Allowed(), "terms": TERMS, "campaign": "Autumn"}
    return Order(**{**values, **changes})  # type: ignore[arg-type]  # as a test varies it


def people(tx: Tx, count: int) -> list[str]:
    made = [add_employee(tx) for _ in range(count)]
    for person in made:
        person.email = f"p{person.number}@example.com"
    return [person.id for person in made]


def sent(store: Store, count: int = 3, order: Order | None = None) -> list[str]:
    """The invitations of a campaign, in the order in which they were written."""
    with store.write() as tx:
        ids = people(tx, count)
    result = done(Invitations(store, PORTAL).body(ids, order or autumn()))
    assert result.invited is not None and result.invited.sent == count
    with store.read() as tx:
        mine = sa.select(Invitation.id).where(Invitation.employee_id.in_(ids))
        return list(tx.scalars(mine.order_by(Invitation.id)))


def leave(store: Store) -> None:
    """As after all emails that wait have left."""
    with store.write() as tx:
        for row in tx.scalars(sa.select(Outbox).where(Outbox.state == "queued")):
            row.state, row.sent_at = "sent", tx.now
            note_left(tx, row)


def invitation(store: Store, row_id: str) -> Invitation:
    with store.read() as tx:
        row = tx.get_one(Invitation, row_id)
        tx.session.expunge(row)
        return row


def emails(store: Store, kind: str) -> list[dict[str, str]]:
    """What the emails of this kind that wait are filled with."""
    with store.read() as tx:
        rows = tx.scalars(sa.select(Outbox).where(Outbox.kind == kind).order_by(Outbox.run_at))
        return [
            msgspec.json.decode(tx.open(row.employee_id, "outbox", row.id, "values", row.sealed))
            for row in rows
            if row.sealed
        ]


def acts(store: Store) -> LinkActs:
    return LinkActs(store, Invitations(store, PORTAL), PORTAL)


def errand(act: Act, days: int = 7) -> Errand:
    return Errand(act=act, sender=MEI, days=days)


# --- sending


def test_N22_a_campaign_keeps_its_terms_and_who_was_left_out(store: Store) -> None:
    with store.write() as tx:
        ids = people(tx, 2)
        nobody = add_employee(tx).id
    result = done(Invitations(store, PORTAL).body([*ids, nobody, "gone"], autumn()))
    assert result.text == "2 invited, 2 left out."
    with store.read() as tx:
        (campaign,) = tx.scalars(sa.select(Campaign))
        rows = list(tx.scalars(sa.select(Invitation)))
        audit = tx.scalars(sa.select(Audit).where(Audit.action == "invitations.sent")).one()
    assert campaign.left_out == {LeftOut.NO_EMAIL: 1, LeftOut.GONE: 1}
    assert (campaign.name, campaign.days, campaign.photos) == ("Autumn", 14, 1)
    assert {row.campaign_id for row in rows} == {campaign.id}
    assert {(row.photos_asked, row.tries_given) for row in rows} == {(1, 2)}
    assert {row.expires_at for row in rows} == {NOW + 14 * DAY}
    assert (audit.object_id, audit.detail) == (campaign.id, {"sent": 2, "skipped": 2})


def test_N22_a_campaign_that_is_started_again_invites_only_the_rest(store: Store) -> None:
    with store.write() as tx:
        ids = people(tx, 3)
    invitations = Invitations(store, PORTAL)
    done(invitations.body(ids[:2], autumn()))
    result = done(invitations.body(ids, autumn()))
    assert result.invited is not None
    assert (result.invited.sent, len(result.invited.skipped)) == (1, 2)
    assert {one.reason for one in result.invited.skipped} == {LeftOut.HAS_LINK}


def test_N22_emails_leave_at_the_rate_of_the_campaign(store: Store) -> None:
    rows = sent(store, 25, autumn(terms=LinkTerms(days=14, per_minute=10)))
    with store.read() as tx:
        times = list(tx.scalars(sa.select(Outbox.run_at).order_by(Outbox.run_at)))
        lives = {row.expires_at - row.created_at for row in tx.scalars(sa.select(Invitation))}
    assert len(rows) == 25
    assert [times[0], times[10], times[-1]] == [
        NOW,
        NOW + timedelta(minutes=1),
        NOW + timedelta(minutes=2.4),
    ]
    assert max(lives) == 14 * DAY + timedelta(minutes=2.4), "nobody loses time by the rate"


def test_T8_the_email_says_how_many_photos_are_asked_for(store: Store) -> None:
    sent(store, 1)
    assert emails(store, "invitation")[0]["photos"] == "one photo"


def test_N22_the_token_of_a_link_lies_sealed_while_it_may_be_needed(store: Store) -> None:
    (row_id,) = sent(store, 1)
    link = emails(store, "invitation")[0]["link"]
    token = link.rpartition("/")[2]
    with store.write() as tx:
        row = tx.get_one(Invitation, row_id)
        assert row.token_hash == token_hash(token)
        assert row.link is not None and token.encode() not in row.link
        advance_invitation(tx, row, Event.REVOKE)
        assert row.link is None
        assert tx.scalar(sa.select(Outbox.id)) is None, "a dead link is not sent"


# --- acts


def test_N22_a_reminder_carries_the_same_link(store: Store, clock: FakeClock) -> None:
    (row_id,) = sent(store, 1)
    link = emails(store, "invitation")[0]["link"]
    leave(store)
    clock.now += DAY
    result = done(acts(store).body([row_id], errand(Act.REMIND)))
    assert result.text == "1 reminded, 0 left out."
    assert emails(store, "reminder")[0]["link"] == link
    assert emails(store, "reminder")[0]["sent"] == "22 November 2026"
    row = invitation(store, row_id)
    assert (row.reminded, row.told_at) == (1, NOW + DAY)


def test_N22_a_new_link_revokes_the_old_one_and_keeps_campaign_and_terms(
    store: Store, clock: FakeClock
) -> None:
    (row_id,) = sent(store, 1)
    leave(store)
    clock.now += DAY
    assert done(acts(store).body([row_id], errand(Act.RESEND))).text.startswith("1 sent a new link")
    with store.read() as tx:
        old, new = tx.scalars(sa.select(Invitation).order_by(Invitation.created_at))
    assert (old.id, old.status, new.status) == (row_id, Status.REVOKED, Status.INVITED)
    assert new.campaign_id == old.campaign_id
    assert (new.photos_asked, new.tries_given) == (1, 2)
    assert new.expires_at == NOW + 15 * DAY


def test_N22_a_link_that_ran_out_is_neither_extended_nor_reminded_but_sent_anew(
    store: Store, clock: FakeClock
) -> None:
    (row_id,) = sent(store, 1)
    leave(store)
    clock.now += 15 * DAY
    for act in (Act.REMIND, Act.EXTEND):
        look = acts(store).look([row_id], act)
        assert (look.people, look.left_out) == (0, {LINK_OVER: 1})
    assert acts(store).look([row_id], Act.RESEND).people == 1


def test_N22_links_are_extended_and_revoked_for_many(store: Store) -> None:
    rows = sent(store, 25)
    done(acts(store).body(rows, errand(Act.EXTEND, days=3)))
    assert invitation(store, rows[-1]).expires_at == NOW + 17 * DAY
    result = done(acts(store).body(rows, errand(Act.REVOKE)))
    assert result.text == "25 revoked, 0 left out."
    assert invitation(store, rows[0]).status is Status.REVOKED
    with store.read() as tx:
        actions = sa.select(Audit.action).where(Audit.object_id == rows[0]).order_by(Audit.seq)
        assert list(tx.scalars(actions)) == ["invitation.extended", "invitation.revoked"]


def test_PE5_an_act_names_whoever_it_leaves_out(store: Store) -> None:
    first, second = sent(store, 2)
    leave(store)
    with store.write() as tx:
        opt_out(tx, tx.get_one(Invitation, second).employee_id)
    result = done(acts(store).body([first, second], errand(Act.REMIND)))
    assert result.invited is not None
    assert [one.reason for one in result.invited.skipped] == [LINK_OVER]


def test_N22_a_copied_link_is_the_one_that_was_sent_and_is_audited(store: Store) -> None:
    (row_id,) = sent(store, 1)
    link = emails(store, "invitation")[0]["link"]
    assert acts(store).copy(row_id, MEI) == link
    assert invitation(store, row_id).stage == Stage.SENT
    with store.read() as tx:
        entry = tx.scalars(sa.select(Audit).where(Audit.action == "invitation.link_copied")).one()
    assert (entry.actor, entry.object_id) == ("mei", row_id)


def test_N22_a_link_from_before_tokens_were_kept_gets_a_new_token(store: Store) -> None:
    (row_id,) = sent(store, 1)
    with store.write() as tx:
        row = tx.get_one(Invitation, row_id)
        row.link, before = None, row.token_hash
    link = acts(store).copy(row_id, MEI)
    after = invitation(store, row_id).token_hash
    assert after == token_hash(link.rpartition("/")[2]) != before


# --- by themselves


def zone(store: Store, name: str) -> None:
    with store.write() as tx:
        save_settings(tx, Settings(site="Werk", zone=name))


def test_N22_reminders_go_by_the_rule_until_they_are_spent(store: Store, clock: FakeClock) -> None:
    zone(store, "UTC")
    (row_id,) = sent(store, 1)
    reminders = Reminders(store, PORTAL)
    leave(store)
    counts = []
    for hours in (71, 72, 73, 143, 144, 240):
        clock.now = NOW + timedelta(hours=hours)
        reminders.run_once()
        reminders.run_once()
        leave(store)
        counts.append(invitation(store, row_id).reminded)
    # NOW is a Sunday: 72 hours later it is Wednesday, 144 hours later Saturday
    assert counts == [0, 1, 1, 1, 1, 2]


def test_N22_reminders_wait_for_the_hours_of_the_site(store: Store, clock: FakeClock) -> None:
    zone(store, "Pacific/Auckland")
    (row_id,) = sent(store, 1)
    leave(store)
    reminders = Reminders(store, PORTAL)
    clock.now = NOW + 4 * DAY  # 08:30 UTC is 21:30 there
    reminders.run_once()
    assert invitation(store, row_id).reminded == 0
    clock.now = NOW + 4 * DAY + timedelta(hours=11)  # 08:30 on Friday
    reminders.run_once()
    assert invitation(store, row_id).reminded == 1


@pytest.mark.parametrize("ended", ["opted out", "left", "enrolled", "no campaign rule", "off"])
def test_N22_no_reminder_goes_to_whoever_is_not_to_be_written_to(
    store: Store, clock: FakeClock, ended: str
) -> None:
    zone(store, "UTC")
    terms = LinkTerms(days=14) if ended == "no campaign rule" else TERMS
    (row_id,) = sent(store, 1, autumn(terms=terms))
    leave(store)
    with store.write() as tx:
        row = tx.get_one(Invitation, row_id)
        person = tx.get_one(Employee, row.employee_id)
        if ended == "opted out":
            opt_out(tx, person.id)
        elif ended == "left":
            person.active = False
        elif ended == "enrolled":
            other = add_invitation(tx, person, Status.APPROVED)
            add_enrolment(tx, other).approved_at = NOW + timedelta(hours=1)
        elif ended == "off":
            set_rules(tx, LinkRules(by_link=False))
    clock.now = NOW + 4 * DAY
    Reminders(store, PORTAL).run_once()
    assert invitation(store, row_id).reminded == 0


def test_N22_reminders_of_many_leave_at_the_rate_of_the_campaign(
    store: Store, clock: FakeClock
) -> None:
    zone(store, "UTC")
    sent(store, 25, autumn(terms=LinkTerms(days=14, per_minute=10, remind_after_days=3)))
    leave(store)
    counts = []
    for minute in range(4):
        clock.now = NOW + 4 * DAY + timedelta(minutes=minute)
        Reminders(store, PORTAL).run_once()
        counts.append(len(emails(store, "reminder")))
    assert counts == [10, 20, 25, 25]
    with store.read() as tx:
        audited = tx.scalars(sa.select(Audit).where(Audit.action == "invitation.reminded"))
        assert {entry.actor for entry in audited} == {"muster"}


# --- the switch


def test_TTA20_nothing_is_sent_while_enrolment_by_link_is_off(store: Store) -> None:
    (row_id,) = sent(store, 1)
    with store.write() as tx:
        ids = people(tx, 1)
        set_rules(tx, LinkRules(by_link=False))
    invitations = Invitations(store, PORTAL)
    with pytest.raises(Conflict, match="switched off"):
        done(invitations.body(ids, autumn()))
    with pytest.raises(Conflict, match="switched off"):
        invitations.look(ids, Allowed())
    for act in (Act.REMIND, Act.RESEND, Act.EXTEND):
        with pytest.raises(Conflict, match="switched off"):
            acts(store).look([row_id], act)
    assert acts(store).look([row_id], Act.REVOKE).people == 1
    with store.read() as tx:
        assert tx.scalars(sa.select(Outbox.state)).one() == "held"


def test_TTA20_what_was_held_back_leaves_once_links_are_on_again(store: Store) -> None:
    sent(store, 1)
    with store.write() as tx:
        set_rules(tx, LinkRules(by_link=False))
    with store.write() as tx:
        set_rules(tx, LinkRules(by_link=True))
    with store.read() as tx:
        assert tx.scalars(sa.select(Outbox.state)).one() == "queued"


def test_N22_whoever_is_put_on_the_opt_out_list_has_not_opened_the_link(store: Store) -> None:
    (row_id,) = sent(store, 1)
    leave(store)
    with store.write() as tx:
        opt_out(tx, tx.get_one(Invitation, row_id).employee_id)
    row = invitation(store, row_id)
    assert (row.status, row.stage) == (Status.DECLINED, Stage.SENT)


def test_N22_no_reminder_leaves_after_the_photos_were_handed_in(
    store: Store, clock: FakeClock
) -> None:
    (row_id,) = sent(store, 1)
    leave(store)
    clock.now += DAY
    done(acts(store).body([row_id], errand(Act.REMIND)))
    with store.write() as tx:
        row = tx.get_one(Invitation, row_id)
        for event in (Event.OPEN, Event.CONSENT, Event.SUBMIT):
            advance_invitation(tx, row, event)
    assert emails(store, "reminder") == []


def test_N22_a_step_forward_is_kept_when_the_link_ends(store: Store) -> None:
    (row_id,) = sent(store, 1)
    with store.write() as tx:
        row = tx.get_one(Invitation, row_id)
        advance_invitation(tx, row, Event.OPEN)
        advance_invitation(tx, row, Event.EXPIRE)
        assert (row.status, row.stage) == (Status.EXPIRED, Stage.OPENED)
