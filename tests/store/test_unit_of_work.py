"""What may be said in one transaction, and how many statements sealed values cost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound

from console.domain.invitations import Status
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.schema import Audit, Employee, Invitation, PersonKey, Setting
from console.store.unit_of_work import SYSTEM, ReadTx, Tx
from console.store.vault import Unsealable
from tests.conftest import Databases
from tests.store.made import NOW, add_employee, add_invitation

PLACE = ("photo", "row", "image")


@contextmanager
def statements(tx: ReadTx) -> Iterator[list[str]]:
    """The statements that this transaction sends meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    connection = tx.session.connection()
    sa.event.listen(connection, "before_cursor_execute", note)
    yield sent
    sa.event.remove(connection, "before_cursor_execute", note)


def sealed_for(store: Store, *people: str) -> list[bytes]:
    """A sealed value of each of these people, who need not exist."""
    with store.write() as tx:
        return [tx.seal(person, *PLACE, person.encode()) for person in people]


def test_a_row_is_read_by_its_key_or_is_none_or_is_missed(shared_store: Store) -> None:
    with shared_store.write() as tx:
        kept = add_employee(tx)
    with shared_store.read() as seen:
        assert seen.get_one(Employee, kept.id).number == kept.number
        assert seen.get(Employee, "nobody") is None
        with pytest.raises(NoResultFound):
            seen.get_one(Employee, "nobody")


def test_a_question_for_one_value_is_answered_by_the_first_row_or_by_none(
    shared_store: Store,
) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        rows = [add_invitation(tx, person, Status.REVOKED) for _ in range(3)]
    mine = sa.select(Invitation.id).where(Invitation.employee_id == person.id)
    with shared_store.read() as seen:
        assert seen.scalar(mine.order_by(Invitation.id.desc())) == max(row.id for row in rows)
        assert set(seen.scalars(mine)) == {row.id for row in rows}
        assert seen.scalar(mine.where(Invitation.tries > 0)) is None


def test_a_statement_runs_once_for_each_row_that_is_given(shared_store: Store) -> None:
    keys = [new_id() for _ in range(3)]
    with shared_store.write() as tx:
        tx.execute(sa.insert(Setting), [{"key": key, "value": {"of": key}} for key in keys])
    with shared_store.read() as seen:
        found = seen.execute(sa.select(Setting.key, Setting.value).where(Setting.key.in_(keys)))
        assert {key: value["of"] for key, value in found} == {key: key for key in keys}


@pytest.mark.parametrize("count", [0, 1, 250])
def test_many_rows_are_inserted_with_their_defaults(shared_store: Store, count: int) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        plain = {"employee_id": person.id, "status": Status.INVITED, "created_by": "Mei"}
        times = {"created_at": NOW, "expires_at": NOW, "changed_at": NOW}
        rows = [plain | times | {"token_hash": new_id()} for _ in range(count)]
        tx.add_many(Invitation, rows)
    assert all("id" not in row for row in rows), "the caller's rows are left as they were"
    with shared_store.read() as seen:
        found = seen.scalars(sa.select(Invitation).where(Invitation.employee_id == person.id)).all()
    assert {row.token_hash for row in found} == {row["token_hash"] for row in rows}
    assert len({row.id for row in found}) == count
    assert all((row.tries, row.channel) == (0, "link") for row in found)


def test_a_row_is_gone_for_later_queries_once_the_deletion_was_sent(shared_store: Store) -> None:
    key = new_id()
    with shared_store.write() as tx:
        tx.add(Setting(key=key, value={}))
        tx.flush()
        assert tx.scalar(sa.select(Setting.key).where(Setting.key == key)) == key
        tx.delete(tx.get_one(Setting, key))
        tx.flush()
        assert tx.scalar(sa.select(Setting.key).where(Setting.key == key)) is None
    with shared_store.read() as seen:
        assert seen.get(Setting, key) is None


def test_audit_entries_name_the_actor_and_the_moment_of_the_transaction(
    shared_store: Store,
) -> None:
    with shared_store.write("mei", NOW) as tx:
        tx.audit("terminal.approve", "t1", group="Lobby")
        assert tx.actor == "mei"
    with shared_store.write(now=NOW + timedelta(hours=1)) as tx:
        tx.audit("outbox.expire")
    with shared_store.read() as seen:
        first, second = seen.scalars(sa.select(Audit).order_by(Audit.seq)).all()[-2:]
    assert (first.actor, first.at, first.action, first.object_id, first.detail) == (
        "mei",
        NOW,
        "terminal.approve",
        "t1",
        {"group": "Lobby"},
    )
    assert (second.actor, second.at, second.object_id) == (SYSTEM, NOW + timedelta(hours=1), "")


def test_a_transaction_says_once_what_changed_twice_and_keeps_the_order(
    shared_store: Store,
) -> None:
    with shared_store.read() as seen:
        tx = Tx(seen.session, None, NOW, SYSTEM)
        tx.changed("employees", "2")
        tx.changed("terminals")
        tx.changed("employees", "1")
        tx.changed("employees", "2")
        commit, followers = tx.commit()
    assert commit.changes == (("employees", "2"), ("terminals", ""), ("employees", "1"))
    assert (commit.demands, followers) == (frozenset(), [])


def test_the_changes_of_this_process_are_counted_by_their_subject(shared_store: Store) -> None:
    def counts() -> tuple[int, int, int]:
        return (
            shared_store.commits_of(frozenset({"kiosks"})),
            shared_store.commits_of(frozenset({"kiosks", "site"})),
            shared_store.commits_of(frozenset()),
        )

    kiosks, both, nothing = counts()
    with shared_store.write() as tx:
        tx.changed("kiosks", "1")
        tx.changed("kiosks", "2")
        tx.changed("site")
    assert counts() == (kiosks + 1, both + 2, nothing), "once for a subject in a transaction"
    with pytest.raises(RuntimeError), shared_store.write() as tx:
        tx.changed("kiosks", "3")
        raise RuntimeError
    assert counts() == (kiosks + 1, both + 2, nothing)


def test_a_store_without_a_vault_opens_nothing(databases: Databases) -> None:
    store = Store(connect(databases.migrated()))
    with store.read() as seen, pytest.raises(AssertionError, match="without a vault"):
        seen.open("p", *PLACE, b"sealed")
    store.close()


def test_values_of_many_people_are_opened_with_one_statement(shared_store: Store) -> None:
    people = [new_id() for _ in range(5)]
    values = sealed_for(shared_store, *people)
    with shared_store.read() as seen, statements(seen) as sent:
        seen.load_keys(people)
        assert [
            seen.open(person, *PLACE, value) for person, value in zip(people, values, strict=True)
        ] == [person.encode() for person in people]
        assert len(sent) == 1


def test_only_the_keys_that_were_asked_for_are_read_at_once(shared_store: Store) -> None:
    mine, other = new_id(), new_id()
    values = sealed_for(shared_store, mine, other)
    with shared_store.read() as seen, statements(seen) as sent:
        seen.load_keys([])
        seen.load_keys([mine])
        assert seen.open(mine, *PLACE, values[0]) == mine.encode()
        assert len(sent) == 2
        assert seen.open(other, *PLACE, values[1]) == other.encode()
        assert len(sent) == 3
    with shared_store.read() as seen, statements(seen) as sent:
        seen.load_keys()
        assert seen.open(mine, *PLACE, values[0]) == mine.encode()
        assert seen.open(other, *PLACE, values[1]) == other.encode()
        assert len(sent) == 1, "without names, everybody's"


def test_keys_that_were_read_first_stay_when_more_are_read(shared_store: Store) -> None:
    mine, other = new_id(), new_id()
    values = sealed_for(shared_store, mine, other)
    with shared_store.read() as seen, statements(seen) as sent:
        seen.load_keys([mine])
        seen.load_keys([other])
        seen.open(mine, *PLACE, values[0])
        seen.open(other, *PLACE, values[1])
        assert len(sent) == 2


def test_keys_for_many_are_made_at_once_and_those_that_exist_are_kept(
    shared_store: Store,
) -> None:
    known, fresh = new_id(), [new_id() for _ in range(3)]
    (before,) = sealed_for(shared_store, known)
    with shared_store.write() as tx:
        tx.make_keys([known, *fresh])
        with statements(tx) as sent:
            values = {person: tx.seal(person, *PLACE, b"photo") for person in (known, *fresh)}
            assert sent == [], "the keys are there"
    with shared_store.write() as tx:
        tx.make_keys([known, *fresh])  # once more makes nothing anew
    with shared_store.read() as seen:
        assert seen.open(known, *PLACE, before) == known.encode()
        for person, value in values.items():
            assert seen.open(person, *PLACE, value) == b"photo"
        wrapped = [seen.get_one(PersonKey, person).wrapped for person in values]
    assert len(set(wrapped)) == len(values), "everybody has a key of their own"


def test_a_person_without_a_key_has_nothing_that_opens(shared_store: Store) -> None:
    (value,) = sealed_for(shared_store, new_id())
    with shared_store.read() as seen, pytest.raises(Unsealable, match="destroyed"):
        seen.open(new_id(), *PLACE, value)


def test_what_is_checked_before_each_transaction_of_a_thread_ends_it_or_lets_it_go_on(
    shared_store: Store,
) -> None:
    """Other threads are not asked, and nobody is afterwards. N17"""
    checked: list[str] = []

    def note(key: str) -> None:
        with shared_store.write() as tx:
            tx.session.merge(Setting(key=key, value={}))

    def check(tx: ReadTx) -> None:
        checked.append("asked")
        if len(checked) == 2:
            raise LookupError("not any more")

    with shared_store.checked_writes(check):
        note("first")
        with ThreadPoolExecutor(1) as other:
            other.submit(note, "of another").result()
        with pytest.raises(LookupError):
            note("second")
    note("third")
    assert len(checked) == 2
    with shared_store.read() as tx:
        there = [key for key in ("first", "of another", "second", "third") if tx.get(Setting, key)]
    assert there == ["first", "of another", "third"]
