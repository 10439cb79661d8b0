"""A link counts as opened once somebody looks at the page, whatever scanners do. MA4, T7, TTA20."""

from datetime import timedelta

import pytest

from console.domain.errors import Conflict
from console.domain.funnel import Stage
from console.domain.invitations import Status, new_token, token_hash
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.link_rules import set_rules
from console.service.enrolment.portal_links import LOOKING, LinkInvalid, PortalLinks
from console.service.settings import LinkRules
from console.store.database import Store
from console.store.schema import Invitation
from tests.store.made import add_employee, add_invitation
from tests.support.clock import FakeClock

NOW_ON = Status.INVITED, Stage.SENT


@pytest.fixture
def links(store: Store) -> PortalLinks:
    return PortalLinks(store, FaceGallery(store))


def invited(store: Store, status: Status = Status.INVITED) -> tuple[str, str]:
    """An invitation whose email has left: (its id, its token)."""
    token = new_token()
    with store.write() as tx:
        row = add_invitation(tx, add_employee(tx), status)
        row.token_hash, row.stage = token_hash(token), Stage.SENT
        return row.id, token


def place(store: Store, row_id: str) -> tuple[Status, int]:
    with store.read() as tx:
        row = tx.get_one(Invitation, row_id)
        return row.status, row.stage


def test_MA4_a_page_that_runs_and_is_clicked_at_once_is_not_opened(
    store: Store, links: PortalLinks, clock: FakeClock
) -> None:
    row_id, token = invited(store)
    for _ in range(5):
        secret, _ = links.exchange(token)
        links.seen(secret)
        clock.now += LOOKING - timedelta(milliseconds=1)
        links.seen(secret)
    assert place(store, row_id) == NOW_ON


def test_MA4_somebody_who_touches_the_page_later_has_opened_it(
    store: Store, links: PortalLinks, clock: FakeClock
) -> None:
    row_id, token = invited(store)
    secret, _ = links.exchange(token)
    clock.now += LOOKING
    links.seen(secret)
    assert place(store, row_id) == (Status.OPENED, Stage.OPENED)
    links.seen(secret)
    assert place(store, row_id) == (Status.OPENED, Stage.OPENED)


@pytest.mark.parametrize(
    ("agree", "status", "stage"),
    [(True, Status.CONSENTED, Stage.CONSENTED), (False, Status.DECLINED, Stage.OPENED)],
)
def test_MA4_an_answer_counts_as_opening(
    store: Store, links: PortalLinks, agree: bool, status: Status, stage: Stage
) -> None:
    row_id, token = invited(store)
    secret, state = links.exchange(token)
    links.consent(secret, state.texts[0].digest, agree, "a phone")
    assert place(store, row_id) == (status, stage)


def test_MA4_a_wrong_text_opens_nothing(store: Store, links: PortalLinks) -> None:
    row_id, token = invited(store)
    secret, _ = links.exchange(token)
    with pytest.raises(Conflict):
        links.consent(secret, "another", True, "a phone")
    assert place(store, row_id) == NOW_ON


def test_T8_the_page_asks_for_as_many_photos_as_the_link_says(
    store: Store, links: PortalLinks
) -> None:
    row_id, token = invited(store)
    with store.write() as tx:
        tx.get_one(Invitation, row_id).photos_asked = 5
    assert links.exchange(token)[1].photos_asked == 5


def test_TTA20_no_link_opens_while_enrolment_by_link_is_off(
    store: Store, links: PortalLinks
) -> None:
    _, token = invited(store)
    secret, _ = links.exchange(token)
    with store.write() as tx:
        set_rules(tx, LinkRules(by_link=False))
    for use in (lambda: links.exchange(token), lambda: links.state(secret)):
        with pytest.raises(LinkInvalid):
            use()
    with store.write() as tx:
        set_rules(tx, LinkRules(by_link=True))
    assert links.exchange(token)[1].status is Status.INVITED


def test_EN1_whoever_is_enrolled_can_withdraw_while_links_are_off(
    store: Store, links: PortalLinks
) -> None:
    _, token = invited(store, Status.IN_USE)
    with store.write() as tx:
        set_rules(tx, LinkRules(by_link=False))
    assert links.exchange(token)[1].status is Status.IN_USE
