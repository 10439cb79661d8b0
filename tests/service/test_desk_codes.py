"""Codes typed at the portal's first page: once, for minutes, and not often. AC1, A8, N22."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from console.api import board
from console.api.operation import ById
from console.domain.errors import Conflict
from console.domain.funnel import Stage
from console.domain.invitations import Status
from console.domain.link_acts import LINK_OVER, Act
from console.domain.typed_codes import ALPHABET
from console.service.enrolment import desk_codes
from console.service.enrolment.portal_links import CODE_INVALID, CodeInvalid, PortalLinks
from console.service.listeners.code_tries import OF_ADDRESS, OF_SITE, CodeTries
from console.store.database import Store
from console.store.schema import Audit, Invitation
from tests.conftest import RunningSite
from tests.service.test_campaigns import MEI, PORTAL, TERMS, acts, errand, invitation, sent
from tests.support.clock import FakeClock
from tests.support.tasks import done


@pytest.fixture
def links(store: Store) -> PortalLinks:
    return PortalLinks(store, gallery=None)  # type: ignore[arg-type]  # only withdrawals ask it


def test_N22_a_code_opens_the_persons_own_page_and_is_audited(
    store: Store, links: PortalLinks
) -> None:
    first, second = sent(store, 2)
    made = acts(store).make_code(second, MEI)
    assert made.address == f"{PORTAL}/"
    secret, state = links.exchange_code(made.code)
    assert links.link_of(secret) == second
    assert state.texts, "they are asked about consent, as through their link"
    assert invitation(store, second).stage == Stage.OPENED, "a code is typed by somebody"
    assert invitation(store, first).status is Status.INVITED
    with store.read() as tx:
        query = sa.select(Audit.actor, Audit.action).where(Audit.object_id == second)
        entries = list(tx.execute(query.order_by(Audit.seq)))
    assert entries == [(MEI.id, "invitation.code_made"), ("employee", "link.code_used")]


def test_N22_a_code_has_eight_letters_that_nobody_takes_for_others(store: Store) -> None:
    (row_id,) = sent(store, 1)
    code = acts(store).make_code(row_id, MEI).code
    assert len(code.replace("-", "")) == desk_codes.LENGTH == 8
    assert set(code) <= {*ALPHABET, "-"}
    assert set(ALPHABET).isdisjoint("0O1IL")


@pytest.mark.parametrize("typed", [str.lower, lambda code: f" {code.replace('-', ' ')} "])
def test_N22_a_code_may_be_typed_with_small_letters_and_spaces(
    store: Store, links: PortalLinks, typed
) -> None:
    (row_id,) = sent(store, 1)
    secret, _ = links.exchange_code(typed(acts(store).make_code(row_id, MEI).code))
    assert links.link_of(secret) == row_id


@pytest.mark.parametrize(
    "wrong", ["wrong", "empty", "used", "expired", "replaced", "revoked", "link expired"]
)
def test_A8_wrong_used_and_expired_codes_look_the_same(
    store: Store, links: PortalLinks, clock: FakeClock, wrong: str
) -> None:
    (row_id,) = sent(store, 1)
    if wrong == "link expired":
        clock.now += TERMS.lifetime - timedelta(minutes=1)
    code = acts(store).make_code(row_id, MEI).code
    if wrong == "wrong":
        code = "AAAA-AAAA"
    elif wrong == "empty":
        code = ""
    elif wrong == "used":
        links.exchange_code(code)
    elif wrong == "expired":
        clock.now += desk_codes.LIFETIME
    elif wrong == "replaced":
        acts(store).make_code(row_id, MEI)
    elif wrong == "revoked":
        done(acts(store).body([row_id], errand(Act.REVOKE)))
    else:
        clock.now += timedelta(minutes=2)
    with pytest.raises(CodeInvalid) as refused:
        links.exchange_code(code)
    assert (refused.value.code, refused.value.message) == ("code_invalid", CODE_INVALID)


def test_N22_a_code_works_until_its_minutes_are_over(
    store: Store, links: PortalLinks, clock: FakeClock
) -> None:
    (row_id,) = sent(store, 1)
    made = acts(store).make_code(row_id, MEI)
    assert made.until - clock.now == timedelta(minutes=15)
    clock.now = made.until - timedelta(seconds=1)
    assert links.exchange_code(made.code)


def test_N22_of_many_who_type_a_code_at_once_one_gets_in(store: Store, links: PortalLinks) -> None:
    (row_id,) = sent(store, 1)
    code = acts(store).make_code(row_id, MEI).code

    def try_it(_: int) -> bool:
        try:
            links.exchange_code(code)
        except CodeInvalid:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1


def test_N22_the_database_does_not_know_a_code(store: Store) -> None:
    (row_id,) = sent(store, 1)
    code = acts(store).make_code(row_id, MEI).code.replace("-", "")
    with store.read() as tx:
        row = tx.get_one(Invitation, row_id)
        values = [getattr(row, column.key) for column in sa.inspect(Invitation).columns]
        audited = [str(one.detail) for one in tx.scalars(sa.select(Audit))]
    assert code not in " ".join(map(str, [*values, *audited]))


def test_N22_there_is_no_code_for_a_link_that_does_not_work(store: Store, clock: FakeClock) -> None:
    (row_id,) = sent(store, 1)
    clock.now += TERMS.lifetime
    with pytest.raises(Conflict, match=LINK_OVER):
        acts(store).make_code(row_id, MEI)


# --- how often


def test_AC1_an_address_has_so_many_tries_a_minute(store: Store) -> None:
    tries = CodeTries()
    assert [tries.allow("10.0.0.1") for _ in range(12)].count(True) == OF_ADDRESS.amount
    assert tries.allow("10.0.0.2")


def test_AC1_everybody_together_has_so_many_tries_an_hour() -> None:
    tries = CodeTries()
    addresses = [f"10.0.{n // 250}.{n % 250}" for n in range(OF_SITE.amount + 50)]
    assert [tries.allow(one) for one in addresses].count(True) == OF_SITE.amount


def test_AC1_guesses_in_parallel_are_counted_before_they_are_compared(
    running: RunningSite, person
) -> None:
    running.invite(person)
    with running.store().read() as tx:
        mine = sa.select(Invitation.id).where(Invitation.employee_id == person.id)
        row_id = tx.scalars(mine).one()
    made = running.client.call(board.make_code, ById(id=row_id))
    page = made.address
    assert httpx.get(page).status_code == 200, "the first page takes the code"

    def guess(code: str) -> tuple[int, str]:
        headers = {"X-Muster-Portal": "1"}
        answer = httpx.post(f"{page}e/code", json={"code": code}, headers=headers)
        return answer.status_code, answer.json()["code"]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(guess, ["AAAA-AAAA"] * 40))
    assert answers.count((404, "code_invalid")) == OF_ADDRESS.amount
    assert answers.count((429, "too_many")) == 40 - OF_ADDRESS.amount
    assert guess(made.code) == (429, "too_many"), "the right one, too, until the minute is over"
