"""Links for whoever has no email address: made, printed, sent anew. N22, PE5."""

import pytest
import sqlalchemy as sa

from console.api.board import PrintedLink
from console.domain.campaigns import Allowed, Delivery, LeftOut
from console.domain.errors import Conflict
from console.domain.funnel import Stage, Why
from console.domain.invitations import Status, token_hash
from console.domain.link_acts import LINK_OVER, ON_PAPER, Act
from console.service.enrolment.invitations import Invitations
from console.service.enrolment.link_rules import set_rules
from console.service.settings import LinkRules
from console.store.database import Store
from console.store.queries.board import places, stands_for
from console.store.schema import Audit, Employee, Invitation, Outbox
from tests.service.test_campaigns import (
    MEI,
    PORTAL,
    TERMS,
    acts,
    autumn,
    emails,
    errand,
    invitation,
    people,
)
from tests.store.made import NOW
from tests.support.clock import FakeClock
from tests.support.tasks import done


def invited(store: Store, delivery: Delivery, with_email: int, without: int) -> list[str]:
    """Invites so many people of each kind; their ids, those with an address first."""
    with store.write() as tx:
        ids = people(tx, with_email + without)
        for one in ids[with_email:]:
            tx.get_one(Employee, one).email = ""
    done(Invitations(store, PORTAL).body(ids, autumn(delivery=delivery)))
    return ids


def rows(store: Store, employee_ids: list[str]) -> list[str]:
    """The newest invitation of each of them."""
    with store.read() as tx:
        query = sa.select(Invitation.employee_id, Invitation.id).order_by(Invitation.created_at)
        newest = dict(tx.execute(query).all())
    return [newest[one] for one in employee_ids if one in newest]


@pytest.mark.parametrize(
    ("delivery", "on_paper", "sent"),
    [
        (Delivery.EMAIL, [False], 1),
        (Delivery.PAPER_TOO, [False, True], 1),
        (Delivery.PAPER, [True, True], 0),
    ],
)
def test_N22_who_gets_a_link_on_paper_follows_from_how_links_go(
    store: Store, delivery: Delivery, on_paper: list[bool], sent: int
) -> None:
    ids = invited(store, delivery, 1, 1)
    made = [invitation(store, one) for one in rows(store, ids)]
    assert [row.on_paper for row in made] == on_paper
    assert len(emails(store, "invitation")) == sent


def test_PE5_the_result_says_how_many_links_are_to_be_printed(store: Store) -> None:
    with store.write() as tx:
        ids = people(tx, 3)
        tx.get_one(Employee, ids[0]).email = ""
    order = autumn(delivery=Delivery.PAPER_TOO)
    result = done(Invitations(store, PORTAL).body(ids, order))
    assert result.text == "3 invited, 0 left out. 1 of them on paper. Print the link."


def test_N22_the_board_tells_links_to_print_from_emails_that_wait(store: Store) -> None:
    ids = invited(store, Delivery.PAPER_TOO, 1, 1)
    email, paper = rows(store, ids)
    with store.read() as tx:
        assert {place.on_paper for place in places(tx, "")} == {False, True}
        for why, row in ((Why.EMAIL_WAITS, email), (Why.NOT_PRINTED, paper)):
            assert list(tx.scalars(sa.select(Invitation.id).where(stands_for(why)))) == [row]


def test_N22_a_printed_link_is_the_persons_own_and_is_audited(store: Store) -> None:
    ids = invited(store, Delivery.PAPER, 0, 2)
    made = rows(store, ids)
    links, left_out = acts(store).print_links(made, MEI)
    assert left_out == {}
    assert links == sorted(links, key=lambda one: (one.name, one.number))
    again, _ = acts(store).print_links(made, MEI)
    assert again == links, "the same links once more"
    with store.read() as tx:
        for link in links:
            person = sa.select(Employee).where(Employee.number == link.number)
            mine = tx.scalars(person).one()
            row = tx.scalars(sa.select(Invitation).where(Invitation.employee_id == mine.id)).one()
            assert opens(link, row)
            assert (row.stage, row.told_at, row.expires_at) == (Stage.SENT, NOW, link.expires_at)
        audited = sa.select(Audit).where(Audit.action == "invitation.link_printed")
        entries = [(one.actor, one.object_id) for one in tx.scalars(audited)]
    assert sorted(entries) == sorted([(MEI.id, one) for one in made] * 2)


def opens(link: PrintedLink, row: Invitation) -> bool:
    base, _, token = link.link.rpartition("/")
    return base == f"{PORTAL}/e" and token_hash(token) == row.token_hash


def test_PE5_nothing_is_printed_for_a_link_that_does_not_work(
    store: Store, clock: FakeClock
) -> None:
    made = rows(store, invited(store, Delivery.PAPER, 0, 1))
    clock.now += TERMS.lifetime
    assert acts(store).print_links(made, MEI) == ([], {LINK_OVER: 1})
    with store.read() as tx:
        audited = sa.select(Audit).where(Audit.action == "invitation.link_printed")
        assert not list(tx.scalars(audited))


def test_TTA20_nothing_is_printed_while_enrolment_by_link_is_off(store: Store) -> None:
    made = rows(store, invited(store, Delivery.PAPER, 0, 1))
    with store.write() as tx:
        set_rules(tx, LinkRules(by_link=False))
    with pytest.raises(Conflict, match="switched off"):
        acts(store).print_links(made, MEI)


def test_N22_a_new_link_for_a_link_on_paper_is_on_paper_again(store: Store) -> None:
    ids = invited(store, Delivery.PAPER, 1, 1)
    made = rows(store, ids)
    assert acts(store).look(made, Act.REMIND).left_out == {ON_PAPER: 2}
    done(acts(store).body(made, errand(Act.RESEND)))
    again = rows(store, ids)
    assert set(again).isdisjoint(made)
    assert all(invitation(store, one).on_paper for one in again)
    assert {invitation(store, one).status for one in made} == {Status.REVOKED}
    with store.read() as tx:
        assert not list(tx.scalars(sa.select(Outbox)))


def test_PE5_an_invitation_by_email_still_leaves_out_whoever_has_no_address(store: Store) -> None:
    with store.write() as tx:
        (person,) = people(tx, 1)
        tx.get_one(Employee, person).email = ""
    look = Invitations(store, PORTAL).look([person], Allowed(with_link=True))
    assert look.left_out == {LeftOut.NO_EMAIL: 1}
