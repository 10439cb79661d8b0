"""The second factor of operators: set up, asked for, lost, and guessed at. 6.3.2, AC1, N17."""

import base64
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from sqlalchemy import select

from console.api import audit, operators, site
from console.api.client import Client
from console.api.operation import EVENTS_PATH, ById, Nothing, ServiceError
from console.domain.errors import SecondFactorNeeded, SignInFailed
from console.domain.one_time_codes import SECRET_BYTES, STEP_S, code_of, step_at
from console.domain.operators import FREE_MISSES, Role
from console.service.people.operator_sessions import OperatorSessions
from console.service.people.passwords import NewPassword, hash_password, recover_admin
from console.service.people.second_factors import confirm, is_set_up, offer, reset_factor
from console.service.pools import Pools
from console.store.columns import Base, new_id
from console.store.database import Store, connect
from console.store.queries.lifetimes import end_all_that_runs_out
from console.store.schema import Audit, Operator
from console.store.vault import Vault
from tests.conftest import PASSWORD, Databases, RunningSite
from tests.support.clock import FakeClock
from tests.support.operators import add_operator, signed_in

_names = (f"operator{number}" for number in itertools.count(1))


def secret_of(offered: operators.SecondFactorOffer) -> bytes:
    return base64.b32decode(offered.secret.replace(" ", ""))


def code_now(secret: bytes, steps: int = 0) -> str:
    return code_of(secret, step_at(datetime.now(UTC)) + steps)


class Phone(NamedTuple):
    """The app of an operator, and their recovery codes on paper."""

    secret: bytes
    codes: list[str]


def set_up(client: Client) -> Phone:
    begin = operators.BeginSecondFactor(password=PASSWORD)
    offered = client.call(operators.begin_second_factor, begin)
    secret = secret_of(offered)
    assert len(secret) == SECRET_BYTES
    assert offered.secret.replace(" ", "") in offered.link
    # the code of the step before, so that the one of now can sign in
    request = operators.SecondFactorCode(code=code_now(secret, -1))
    return Phone(secret, client.call(operators.confirm_second_factor, request).codes)


def sign_in(running: RunningSite, username: str, code: str) -> operators.SignedIn:
    with running.demo.client() as client:
        request = operators.SignIn(username=username, password=PASSWORD, code=code)
        return client.call(operators.sign_in, request)


def refusal(running: RunningSite, username: str, code: str) -> str:
    with pytest.raises(ServiceError) as refused:
        sign_in(running, username, code)
    return refused.value.error.code


def factor_of(running: RunningSite, username: str) -> operators.FactorState:
    rows = running.client.call(operators.list_operators, Nothing()).rows
    return next(one.factor for one in rows if one.username == username)


def test_whoever_has_set_one_up_signs_in_with_a_code_of_it(running: RunningSite) -> None:
    name = next(_names)
    add_operator(running, name, Role.SUPERVISOR)
    assert factor_of(running, name) is operators.FactorState.NONE
    here, elsewhere = (signed_in(running.demo, name) for _ in range(2))
    phone = set_up(here)
    assert here.call(site.overview, Nothing())
    with pytest.raises(ServiceError, match="Sign in first"):
        elsewhere.call(site.overview, Nothing())
    assert factor_of(running, name) is operators.FactorState.SET_UP
    assert refusal(running, name, "") == "second_factor_needed"
    assert refusal(running, name, "000 000") == "sign_in_failed"
    code = code_now(phone.secret)
    assert not sign_in(running, name, code).must_set_up
    assert refusal(running, name, code) == "sign_in_failed", "it was used"
    assert sign_in(running, name, phone.codes[0].upper())
    assert refusal(running, name, phone.codes[0]) == "sign_in_failed", "so was this one"
    found = audit.ListAudit(filter=audit.AuditFilter(about=name))
    acts = [one.act for one in running.client.call(audit.list_audit, found).rows]
    for act in ("Set up a second factor", "Wrong second factor code"):
        assert act in acts
    assert "Signed in with a recovery code" in acts


def test_one_that_was_not_confirmed_does_not_count(running: RunningSite) -> None:
    name = next(_names)
    add_operator(running, name, Role.SUPERVISOR)
    client = signed_in(running.demo, name)
    with pytest.raises(ServiceError) as refused:
        wrong = operators.BeginSecondFactor(password="not my password")
        client.call(operators.begin_second_factor, wrong)
    assert refused.value.error.field == "current"
    begin = operators.BeginSecondFactor(password=PASSWORD)
    client.call(operators.begin_second_factor, begin)
    with pytest.raises(ServiceError, match="is not correct"):
        client.call(operators.confirm_second_factor, operators.SecondFactorCode(code="123"))
    assert sign_in(running, name, "")


def test_whoever_needs_one_and_has_none_can_do_nothing_else(running: RunningSite) -> None:
    name = next(_names)
    row = add_operator(running, name, Role.TECHNICIAN)
    before = signed_in(running.demo, name)
    wanted = operators.SaveOperator(
        id=row.id,
        username=name,
        name=name,
        role=row.role,
        can_enrol=False,
        second_factor=True,
    )
    saved = running.client.call(operators.save_operator, wanted)
    assert (saved.second_factor, saved.factor) == (True, operators.FactorState.MISSING)
    for client in (before, signed_in(running.demo, name)):
        with pytest.raises(ServiceError) as refused:
            client.call(site.overview, Nothing())
        assert refused.value.error.code == "second_factor_missing"
        assert client._http.get(EVENTS_PATH).status_code == 403
    opened = sign_in(running, name, "")
    assert opened.must_set_up
    client = running.demo.client()
    client.resume(opened)
    set_up(client)
    assert client.call(site.overview, Nothing())


def test_an_administrator_wants_one_of_everybody_only_with_one_of_their_own(
    running: RunningSite,
) -> None:
    admin, other = next(_names), next(_names)
    add_operator(running, admin, Role.ADMIN)
    add_operator(running, other, Role.AUDITOR)
    client = signed_in(running.demo, admin)
    rule = operators.SecondFactorRule(for_all=True)
    with pytest.raises(ServiceError, match="your own second factor first"):
        client.call(operators.require_second_factor, rule)
    set_up(client)
    client.call(operators.require_second_factor, rule)
    assert client.call(operators.list_operators, Nothing()).factor_for_all
    assert sign_in(running, other, "").must_set_up
    client.call(operators.require_second_factor, operators.SecondFactorRule(for_all=False))
    assert not sign_in(running, other, "").must_set_up


def test_another_administrator_takes_a_lost_one_away(running: RunningSite) -> None:
    name = next(_names)
    row = add_operator(running, name, Role.ADMIN)
    client = signed_in(running.demo, name)
    with pytest.raises(ServiceError, match="has no second factor"):
        running.client.call(operators.reset_second_factor, ById(id=row.id))
    set_up(client)
    with pytest.raises(ServiceError, match="Another administrator"):
        client.call(operators.reset_second_factor, ById(id=row.id))
    running.client.call(operators.reset_second_factor, ById(id=row.id))
    with pytest.raises(ServiceError, match="Sign in first"):
        client.call(site.overview, Nothing())
    assert sign_in(running, name, "")


# --- guesses, and a clock that anybody sets


class Desk:
    """An operator with a phone, whose clock is right."""

    def __init__(self, store: Store, clock: FakeClock, sessions: OperatorSessions) -> None:
        self.store, self.clock, self._sessions = store, clock, sessions
        with store.write() as tx:
            row = Operator(id=new_id(), username=next(_names), name="Ann", role=Role.ADMIN)
            row.password_hash, row.misses, row.created_at = _hash(), 0, tx.now
            tx.add(row)
            tx.flush()
            self.id, self.name = row.id, row.username
            self.secret = secret_of(offer(tx, row.id))
            self.codes = confirm(tx, row.id, self.code(-1), "")

    def code(self, steps: int = 0) -> str:
        return code_of(self.secret, step_at(self.clock.now) + steps)

    def said_to(self, code: str) -> str:
        try:
            self._sessions.prove_with_code(self.name, PASSWORD, code)
        except SecondFactorNeeded:
            return "code"
        except SignInFailed as refused:
            return "wait" if "Too many" in refused.message else "wrong"
        return "in"

    def misses(self) -> int:
        with self.store.read() as tx:
            return tx.get_one(Operator, self.id).misses

    def prove_password_alone(self) -> None:
        """As for letting a duplicate finger through."""
        self._sessions.prove(self.name, PASSWORD)


_hashes: list[str] = []


def _hash() -> str:
    if not _hashes:
        _hashes.append(hash_password(PASSWORD))
    return _hashes[0]


@pytest.fixture
def desk(databases: Databases) -> Iterator[Desk]:
    clock, pools = FakeClock(), Pools()
    store = Store(connect(databases.migrated()), Vault(bytes(32)), clock=clock)
    yield Desk(store, clock, OperatorSessions(store, pools))
    pools.close()
    store.close()


def test_AC1_guesses_at_codes_wait_as_guesses_at_passwords_do(desk: Desk) -> None:
    """Whoever knows the password cannot make the service forget the guesses."""
    for number in range(1, FREE_MISSES):
        assert desk.said_to("000000") == "wrong"
        assert desk.said_to("") == "code"
        desk.prove_password_alone()
        assert desk.misses() == number
    assert desk.said_to("000000") == "wrong"
    assert desk.misses() == FREE_MISSES


def test_AC1_asking_for_the_code_is_no_miss(desk: Desk) -> None:
    for _ in range(FREE_MISSES + 2):
        assert desk.said_to("") == "code"
    assert desk.said_to(desk.code()) == "in"
    assert desk.misses() == 0


def test_a_code_that_was_used_ahead_of_time_bars_nobody(desk: Desk) -> None:
    """AC15: the clock was a year ahead for one sign-in."""
    year_s = 365 * 24 * 3600
    desk.clock.now = datetime.fromtimestamp(desk.clock.now.timestamp() + year_s, UTC)
    assert desk.said_to(desk.code()) == "in"
    desk.clock.now = datetime.fromtimestamp(desk.clock.now.timestamp() - year_s, UTC)
    assert desk.said_to(desk.code()) == "wrong"
    with desk.store.write() as tx:
        end_all_that_runs_out(tx)
    later_s = desk.clock.now.timestamp() + 3 * STEP_S
    desk.clock.now = datetime.fromtimestamp(later_s, UTC)
    assert desk.said_to(desk.code()) == "in"


def test_the_recovery_key_takes_the_second_factor_with_it(desk: Desk) -> None:
    with desk.store.write() as tx:
        recover_admin(tx, desk.name, NewPassword("shown", _hash()), "key", "console")
    assert desk.said_to("") == "in"


def test_codes_and_secrets_are_not_in_the_clear(desk: Desk) -> None:
    with desk.store.read() as tx:
        kept = repr(tx.execute(select(Base.metadata.tables["second_factor"])).all())
        said = repr([row.detail for row in tx.session.query(Audit)])
    for secret in (repr(desk.secret)[2:-1], *desk.codes):
        assert secret not in kept + said


def test_a_second_factor_that_was_taken_away_is_gone(desk: Desk) -> None:
    with desk.store.write("another admin") as tx:
        reset_factor(tx, desk.id)
    with desk.store.read() as tx:
        assert not is_set_up(tx, desk.id)
    assert desk.said_to("") == "in"
