"""Passwords and sessions of operators, and the way back with the recovery key. AC1, AC15, N17."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

import httpx
import msgspec
import pytest
from sqlalchemy import select

from console.api import audit, employees, operators, site
from console.api.client import Client, trusting
from console.api.operation import EVENTS_PATH, SESSION_HEADER, ById, Nothing, ServiceError
from console.demo.people import OPERATOR, OPERATOR_NAME
from console.demo.site import wait_until
from console.domain.errors import SignInFailed
from console.domain.operators import TEMPORARY_LIFETIME, Role
from console.recovery_pair import (
    PROOF_CONTEXT,
    OtherRecoveryKey,
    key_pair,
    open_with,
    proof_of,
)
from console.service.people.operator_sessions import OperatorSessions
from console.service.pools import Pools
from console.store.database import Store
from console.store.recovery import set_recovery_key
from console.store.schema import Operator, OperatorSession
from console.store.vault import Vault
from tests.conftest import PASSWORD, RunningSite
from tests.support.operators import add_operator, signed_in

PAPER = bytes(range(7, 39))
ANOTHER = "four other words there"
_names = (f"operator{number}" for number in itertools.count(1))


def added(running: RunningSite, role: Role = Role.TECHNICIAN) -> operators.OperatorRow:
    """Somebody who has no password yet."""
    name = next(_names)
    save = operators.SaveOperator(id="", username=name, name=name, role=role, can_enrol=False)
    return running.client.call(operators.save_operator, save)


def reset(running: RunningSite, row: operators.OperatorRow) -> str:
    return running.client.call(operators.reset_password, ById(id=row.id)).password


def change(client: Client, current: str, new: str) -> None:
    request = operators.ChangePassword(current=current, new=new)
    client.call(operators.change_password, request)


def refusal(client: Client, current: str, new: str) -> tuple[str, str]:
    with pytest.raises(ServiceError) as refused:
        change(client, current, new)
    return refused.value.error.field, refused.value.error.message


def is_signed_in(client: Client) -> bool:
    try:
        client.call(site.overview, Nothing())
    except ServiceError as refused:
        assert refused.error.code == "not_signed_in"
        return False
    return True


def password_of(running: RunningSite, row: operators.OperatorRow) -> operators.PasswordState:
    rows = running.client.call(operators.list_operators, Nothing()).rows
    return next(one.password for one in rows if one.id == row.id)


def test_whoever_is_added_has_no_password_and_gets_a_temporary_one(running: RunningSite) -> None:
    row = added(running)
    assert password_of(running, row) is operators.PasswordState.NONE
    with pytest.raises(ServiceError, match="wrong"):
        signed_in(running.demo, row.username, "")
    given = running.client.call(operators.reset_password, ById(id=row.id))
    assert given.username == row.username
    assert password_of(running, row) is operators.PasswordState.TEMPORARY
    with running.demo.client() as client:
        assert client.sign_in(row.username, given.password).must_change


def test_a_temporary_password_opens_nothing_but_its_own_change(running: RunningSite) -> None:
    row = added(running, Role.ADMIN)
    given = reset(running, row)
    with signed_in(running.demo, row.username, given) as client:
        for ask in (
            lambda: client.call(employees.list_employees, employees.ListEmployees()),
            lambda: client.call(operators.list_operators, Nothing()),
            lambda: client.call(site.overview, Nothing()),
        ):
            with pytest.raises(ServiceError) as refused:
                ask()
            assert refused.value.error.code == "password_change_needed"
        assert client._http.get(EVENTS_PATH).status_code == 403
        assert refusal(client, given, given)[0] == "new"
        assert refusal(client, given, "short") == (
            "new",
            "Use at least 12 characters. Four random words are easy to remember.",
        )
        change(client, given, ANOTHER)
        assert is_signed_in(client)
    assert password_of(running, row) is operators.PasswordState.OWN
    with pytest.raises(ServiceError, match="wrong"):
        signed_in(running.demo, row.username, given)
    assert signed_in(running.demo, row.username, ANOTHER)


def test_a_temporary_password_runs_out(running: RunningSite) -> None:
    row = added(running)
    given = reset(running, row)
    with running.store().write() as tx:
        tx.get_one(Operator, row.id).password_until = tx.now - timedelta(seconds=1)
    with pytest.raises(ServiceError, match=r"has expired\. Ask an administrator"):
        signed_in(running.demo, row.username, given)
    until = running.client.call(operators.reset_password, ById(id=row.id)).until
    with running.store().read() as tx:
        assert timedelta() < until - tx.now <= TEMPORARY_LIFETIME


def test_a_temporary_password_signs_for_no_act_of_another(running: RunningSite) -> None:
    """A supervisor lets a duplicate finger through with a password that nobody else knows."""
    row = added(running, Role.SUPERVISOR)
    given = reset(running, row)
    pools = Pools()
    sessions = OperatorSessions(Store(running.store().engine, Vault(bytes(32))), pools)
    with pytest.raises(SignInFailed, match="choose a password of your own"):
        sessions.prove_by_own_password(row.username, given)
    own = add_operator(running, next(_names), Role.SUPERVISOR)
    assert sessions.prove_by_own_password(own.username, PASSWORD).id == own.id
    pools.close()


def test_a_changed_password_ends_every_other_session(running: RunningSite) -> None:
    row = add_operator(running, next(_names), Role.SUPERVISOR)
    here, there = (signed_in(running.demo, row.username) for _ in range(2))
    assert refusal(here, ANOTHER, ANOTHER + "!") == (
        "current",
        "This is not your current password.",
    )
    change(here, PASSWORD, ANOTHER)
    assert is_signed_in(here) and not is_signed_in(there)
    assert signed_in(running.demo, row.username, ANOTHER)


def test_a_reset_ends_every_session_and_the_old_password(running: RunningSite) -> None:
    row = add_operator(running, next(_names), Role.SUPERVISOR)
    client = signed_in(running.demo, row.username)
    reset(running, row)
    assert not is_signed_in(client)
    with pytest.raises(ServiceError, match="wrong"):
        signed_in(running.demo, row.username)
    acts = running.client.call(audit.list_audit, audit.ListAudit()).rows
    assert "Gave an operator a temporary password" in [one.act for one in acts]


def test_a_reset_ends_the_wait_after_misses(running: RunningSite) -> None:
    """AC1: the delay is for guesses at the password that is no more."""
    row = add_operator(running, next(_names), Role.SUPERVISOR)
    with running.store().write() as tx:
        tx.get_one(Operator, row.id).misses = 20  # one more means minutes
    with pytest.raises(ServiceError, match="wrong"):
        signed_in(running.demo, row.username, "a wrong password")
    with pytest.raises(ServiceError, match="Too many failed attempts"):
        signed_in(running.demo, row.username)
    assert signed_in(running.demo, row.username, reset(running, row))


def test_nobody_gives_themselves_a_temporary_password(running: RunningSite) -> None:
    rows = running.client.call(operators.list_operators, Nothing()).rows
    me = next(one for one in rows if one.username == OPERATOR)
    with pytest.raises(ServiceError, match="your own password"):
        reset(running, me)
    with pytest.raises(ServiceError, match="no longer exists"):
        running.client.call(operators.reset_password, ById(id="nobody"))


def test_an_administrator_without_a_password_does_not_count_as_another(
    running: RunningSite,
) -> None:
    """Whoever demotes the last one who can sign in would lock the site. N17"""
    added(running, Role.ADMIN)
    for until in (timedelta(days=-1), timedelta(days=1)):  # the other may run out unused
        waiting = added(running, Role.ADMIN)
        reset(running, waiting)
        with running.store().write() as tx:
            tx.get_one(Operator, waiting.id).password_until = tx.now + until
    rows = running.client.call(operators.list_operators, Nothing()).rows
    me = next(one for one in rows if one.username == OPERATOR)
    able = [one for one in rows if one.role is Role.ADMIN and one.password == "own"]
    assert me in able
    for one in able:
        if one is not me:
            away = operators.SaveOperator(
                id=one.id, username=one.username, name="", role=one.role, can_enrol=False,
                active=False,
            )  # fmt: skip
            running.client.call(operators.save_operator, away)
    down = operators.SaveOperator(
        id=me.id, username=OPERATOR, name=OPERATOR_NAME, role=Role.AUDITOR, can_enrol=False
    )
    with pytest.raises(ServiceError, match="only administrator"):
        running.client.call(operators.save_operator, down)


# --- sessions


def sessions(client: Client) -> list[operators.SessionRow]:
    return client.call(operators.list_sessions, Nothing()).rows


def test_sessions_are_listed_with_where_and_since_when(running: RunningSite) -> None:
    row = add_operator(running, next(_names), Role.AUDITOR)
    client = running.demo.client()
    wanted = operators.SignIn(username=row.username, password=PASSWORD, computer="GATE-PC\x07")
    client.resume(client.call(operators.sign_in, wanted))
    (own,) = sessions(client)
    assert (own.username, own.computer, own.own) == (row.username, "GATE-PC", True)
    assert own.since <= own.seen
    everybody = sessions(running.client)
    assert everybody[0].own and everybody[0].username == OPERATOR
    assert (own.id, False) in [(one.id, one.own) for one in everybody]


def test_one_ends_own_sessions_and_an_administrator_anybodys(running: RunningSite) -> None:
    first, other = (add_operator(running, next(_names), Role.TECHNICIAN) for _ in range(2))
    here, there = (signed_in(running.demo, first.username) for _ in range(2))
    stranger = signed_in(running.demo, other.username)
    elsewhere = next(one for one in sessions(here) if not one.own)
    with pytest.raises(ServiceError, match="already ended"):
        stranger.call(operators.end_session, ById(id=elsewhere.id))
    assert is_signed_in(there)
    here.call(operators.end_session, ById(id=elsewhere.id))
    assert not is_signed_in(there) and is_signed_in(here)
    (of_other,) = sessions(stranger)
    running.client.call(operators.end_session, ById(id=of_other.id))
    assert not is_signed_in(stranger)


def test_a_session_that_was_ended_hears_of_no_change_any_more(running: RunningSite) -> None:
    row = add_operator(running, next(_names), Role.TECHNICIAN)
    client = signed_in(running.demo, row.username)
    token = client._http.headers[SESSION_HEADER]
    url, headers = f"{running.demo.running.api}{EVENTS_PATH}", {SESSION_HEADER: token}
    trust = trusting(running.demo.running.certificate)
    with httpx.stream("GET", url, headers=headers, timeout=30, verify=trust) as stream:
        lines = stream.iter_lines()
        next(lines)
        (own,) = sessions(client)
        running.client.call(operators.end_session, ById(id=own.id))
        running.add_employee()
        assert [line for line in lines if "employees" in line] == []  # the stream ends by itself


def test_what_a_console_says_of_its_computer_is_not_in_the_audit_log(running: RunningSite) -> None:
    """Whoever writes a console could put any words there, among them some of Muster's own."""
    row = add_operator(running, next(_names), Role.TECHNICIAN)
    client = running.demo.client()
    said = operators.SignIn(username=row.username, password=PASSWORD, computer="approved: yes")
    client.resume(client.call(operators.sign_in, said))
    (own,) = sessions(client)
    running.client.call(operators.end_session, ById(id=own.id))
    found = audit.ListAudit(filter=audit.AuditFilter(about=row.username))
    ended = running.client.call(audit.list_audit, found).rows[0]
    assert ended.act == "Ended a session"
    assert ended.detail == f"signed in: {own.since.isoformat(timespec='seconds')}"


def test_a_session_ends_when_its_console_was_not_seen_for_ten_minutes(
    running: RunningSite,
) -> None:
    row = add_operator(running, next(_names), Role.TECHNICIAN)
    client = signed_in(running.demo, row.username)
    (own,) = sessions(client)
    with running.store().write() as tx:
        query = select(OperatorSession).where(OperatorSession.id == own.id)
        session = tx.session.scalars(query).one()
        session.seen_at = tx.now - timedelta(minutes=10, seconds=1)
    assert not is_signed_in(client)
    assert own.id not in [one.id for one in sessions(running.client)]


# --- the recovery key


@pytest.fixture
def recovery(running: RunningSite) -> Iterator[None]:
    """The site has a recovery key on PAPER."""
    store = running.store()
    with Store(store.engine, Vault(bytes(32))).write("admin") as tx:
        set_recovery_key(tx, PAPER)
    yield


def ask(client: Client, username: str, paper: bytes = PAPER) -> operators.TemporaryPassword:
    """As the console does it: the paper stays here."""
    question = client.call(operators.ask_recovery, Nothing())
    request = answered(question, username, str(client._http.base_url), paper)
    return client.call(operators.recover, request)


def answered(
    question: operators.RecoveryQuestion, username: str, service: str, paper: bytes = PAPER
) -> operators.Recover:
    """An answer for this administrator and for the service at this address."""
    opened = open_with(key_pair(paper), question.sealed, PROOF_CONTEXT)
    answer = proof_of(opened, username, service.rstrip("/"))
    return operators.Recover(id=question.id, answer=answer, username=username)


@pytest.mark.usefixtures("recovery")
def test_the_recovery_key_gives_an_administrator_a_password_and_everybody_is_told(
    running: RunningSite,
) -> None:
    admin = add_operator(running, next(_names), Role.ADMIN)
    before = signed_in(running.demo, admin.username)
    auditor = add_operator(running, next(_names), Role.AUDITOR)
    with running.demo.client() as stranger:
        given = ask(stranger, admin.username)
    assert not is_signed_in(before)
    with signed_in(running.demo, admin.username, given.password) as client:
        change(client, given.password, ANOTHER)
    with signed_in(running.demo, auditor.username) as client:
        (told,) = client.call(site.overview, Nothing()).recoveries
        assert (told.name, told.at_console) == (admin.name, True)
        client.call(operators.read_warnings, operators.ReadWarnings(until=told.entry - 1))
        assert client.call(site.overview, Nothing()).recoveries == [told], "one that was not shown"
        client.call(operators.read_warnings, operators.ReadWarnings(until=told.entry))
        client.call(operators.read_warnings, operators.ReadWarnings(until=0))
        assert client.call(site.overview, Nothing()).recoveries == []
    assert len(running.client.call(site.overview, Nothing()).recoveries) >= 1
    newcomer = add_operator(running, next(_names), Role.TECHNICIAN)
    with signed_in(running.demo, newcomer.username) as client:
        assert client.call(site.overview, Nothing()).recoveries == []
    found = audit.ListAudit(filter=audit.AuditFilter(about=admin.username))
    acts = [one.act for one in running.client.call(audit.list_audit, found).rows]
    assert "Gave an administrator a new password with the recovery key" in acts


@pytest.mark.usefixtures("recovery")
def test_without_the_paper_nothing_is_answered(running: RunningSite) -> None:
    with running.demo.client() as stranger:
        with pytest.raises(OtherRecoveryKey):
            ask(stranger, OPERATOR, bytes(32))
        question = stranger.call(operators.ask_recovery, Nothing())
        for answer in (b"", bytes(32), question.sealed):
            with pytest.raises(ServiceError, match="does not answer this service"):
                wrong = operators.Recover(id=question.id, answer=answer, username=OPERATOR)
                stranger.call(operators.recover, wrong)
        made_up = operators.Recover(id="9999999999.x.y", answer=bytes(32), username=OPERATOR)
        with pytest.raises(ServiceError, match="does not answer this service"):
            stranger.call(operators.recover, made_up)
    assert is_signed_in(running.client)


@pytest.mark.usefixtures("recovery")
def test_an_answer_counts_once_and_only_for_administrators_who_may_sign_in(
    running: RunningSite,
) -> None:
    technician = add_operator(running, next(_names), Role.TECHNICIAN)
    admin = add_operator(running, next(_names), Role.ADMIN)
    with running.demo.client() as stranger:
        with pytest.raises(ServiceError, match="No administrator") as refused:
            ask(stranger, technician.username)
        assert refused.value.error.field == "username"
        question = stranger.call(operators.ask_recovery, Nothing())
        request = answered(question, admin.username, running.demo.running.api)
        assert stranger.call(operators.recover, request)
        with pytest.raises(ServiceError, match="Try again"):
            stranger.call(operators.recover, request)


@pytest.mark.usefixtures("recovery")
def test_an_answer_that_a_false_service_passes_on_opens_nothing(running: RunningSite) -> None:
    """It knows the question of the real one, and is given an answer that was meant for itself."""
    meant, another = (add_operator(running, next(_names), Role.ADMIN) for _ in range(2))
    with running.demo.client() as false_service:
        question = false_service.call(operators.ask_recovery, Nothing())
        api = running.demo.running.api
        for_itself = answered(question, meant.username, "http://127.0.0.1:1")
        for_another = answered(question, meant.username, api)
        for_another = msgspec.structs.replace(for_another, username=another.username)
        for stolen in (for_itself, for_another):
            with pytest.raises(ServiceError, match="another service or administrator"):
                false_service.call(operators.recover, stolen)
        assert false_service.call(operators.recover, answered(question, meant.username, api))


def test_without_a_recovery_key_the_way_is_said_to_be_closed(tmp_path_factory) -> None:
    from tests.conftest import start_site

    for running in start_site(tmp_path_factory.mktemp("keyless")):
        with pytest.raises(ServiceError, match="has no recovery key"):
            running.demo.client().call(operators.ask_recovery, Nothing())
        wait_until(lambda: is_signed_in(running.client))
