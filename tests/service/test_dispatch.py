"""Calls by themselves: who may, on which thread, and what is said when the service itself fails."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.api.operation import OPERATIONS, Nothing, Operation, Principal, operation
from console.domain.errors import NotSignedIn
from console.domain.language import CHINESE
from console.domain.operators import Role
from console.service.callers import Caller, KioskCaller, OperatorCaller
from console.service.events import EventHub
from console.service.operations.dispatch import Call, Dispatcher, handles
from console.service.pools import Pool, Pools
from console.service.tools import Addresses, Tools
from console.store.database import Store, connect, sqlite_url
from console.store.migrate import upgrade
from console.store.schema import Setting
from console.store.unit_of_work import ReadTx
from console.store.vault import Vault

ADMIN = OperatorCaller("a1", "ada", "Ada", Role.ADMIN, can_enrol=False)
OPERATOR = OperatorCaller("o1", "ann", "Ann", Role.SUPERVISOR, False)
KIOSK = KioskCaller("k1", "Gate")


def find(caller: Caller):
    def by_token(_tx: ReadTx, token: str) -> Caller:
        if token != caller.id:
            raise NotSignedIn("Sign in first.")
        return caller

    return by_token


def tools_of(folder: Path, store: Store, pools: Pools) -> Tools:
    return Tools(
        data_dir=folder,
        store=store,
        vault=Vault(b"k" * 32),
        clock=store.clock,
        events=EventHub(),
        pools=pools,
        addresses=Addresses(api="", portal="", push=""),
        key_in_file=True,
    )


@pytest.fixture
def declared() -> Iterator[dict[str, Operation[Nothing, Nothing]]]:
    """Operations of this test alone; afterwards there are those of the product and no others."""
    kept = dict(OPERATIONS)
    OPERATIONS.clear()
    admin, watch = frozenset({Role.ADMIN}), frozenset({Role.SUPERVISOR})
    yield {
        "open": operation("t.open", Nothing, Nothing, principal=Principal.ANYBODY),
        "watch": operation("t.watch", Nothing, Nothing, watch),
        "admin": operation("t.admin", Nothing, Nothing, admin),
        "kiosk": operation("t.kiosk", Nothing, Nothing, principal=Principal.KIOSK),
        "early": operation("t.early", Nothing, Nothing, principal=Principal.ANYBODY),
        "late": operation("t.late", Nothing, Nothing, principal=Principal.ANYBODY),
    }
    OPERATIONS.clear()
    OPERATIONS.update(kept)


@pytest.fixture
def dispatcher(declared, tmp_path: Path) -> Iterator[Dispatcher]:
    engine = connect(sqlite_url(tmp_path / "d.db"))
    upgrade(engine)
    store, pools = Store(engine), Pools()

    class Handlers:
        @handles(declared["open"], Pool.READ)
        def open(self, call: Call, request: Nothing) -> Nothing:
            assert threading.current_thread().name.startswith(Pool.READ)
            assert call.caller is None
            return Nothing()

        @handles(declared["watch"], Pool.WRITE)
        def watch(self, call: Call, request: Nothing) -> Nothing:
            assert threading.current_thread().name.startswith(Pool.WRITE)
            assert call.operator == OPERATOR
            return Nothing()

        @handles(declared["admin"], Pool.READ)
        def admin(self, call: Call, request: Nothing) -> Nothing:
            raise AssertionError("nobody here is an administrator")

        @handles(declared["kiosk"], Pool.READ)
        def kiosk(self, call: Call, request: Nothing) -> Nothing:
            assert call.kiosk == KIOSK
            return Nothing()

        @handles(declared["early"], Pool.WRITE)
        def early(self, call: Call, request: Nothing) -> Nothing:
            with call.write() as tx:
                tx.add(Setting(key="early", value={}))
                raise RuntimeError("before the commit")

        @handles(declared["late"], Pool.WRITE)
        def late(self, call: Call, request: Nothing) -> Nothing:
            with call.write() as tx:
                tx.add(Setting(key="late", value={}))
            raise RuntimeError("after the commit")

    tools = tools_of(tmp_path, store, pools)
    callers = {Principal.OPERATOR: find(OPERATOR), Principal.KIOSK: find(KIOSK)}
    yield Dispatcher(tools, [Handlers()], callers)
    pools.close()
    store.close()


def call(
    dispatcher: Dispatcher, name: str, token: str = "", body: bytes = b"{}"
) -> tuple[int, str]:
    status, answer = asyncio.run(dispatcher.perform(name, body, token))
    return status, json.loads(answer).get("code", "")


@pytest.mark.parametrize(
    ("name", "token", "expected"),
    [
        ("t.open", "", (200, "")),
        ("t.watch", "o1", (200, "")),
        ("t.watch", "", (401, "not_signed_in")),
        ("t.watch", "k1", (401, "not_signed_in")),
        ("t.admin", "o1", (403, "forbidden")),
        ("t.kiosk", "k1", (200, "")),
        ("t.kiosk", "o1", (401, "not_signed_in")),
        ("t.kiosk", "", (401, "not_signed_in")),
        ("t.nowhere", "o1", (404, "unknown_operation")),
    ],
)
def test_who_may_call_is_part_of_the_declaration(
    dispatcher: Dispatcher, name: str, token: str, expected: tuple[int, str]
) -> None:
    assert call(dispatcher, name, token) == expected


def test_h8_nothing_was_changed_is_said_only_when_it_is_so(dispatcher: Dispatcher) -> None:
    """H8: a failure after a commit was told as "nothing was changed"."""

    def message(name: str) -> str:
        status, answer = asyncio.run(dispatcher.perform(name, b"{}", ""))
        assert status == 500
        return str(json.loads(answer)["message"])

    assert "Nothing was changed" in message("t.early")
    assert "a part was saved" in message("t.late")


@pytest.mark.parametrize(
    ("name", "token", "body", "said"),
    [
        ("t.admin", "o1", b"{}", "您的角色（主管）不允许此操作。"),
        ("t.nowhere", "o1", b"{}", "服务不识别此操作。控制台与服务的版本不同。"),
        ("t.open", "", b"{", "请求不是 JSON。"),
        ("t.early", "", b"{}", "出现问题。没有作任何更改；详情请见服务日志。"),
    ],
)
def test_T21_a_refusal_is_said_in_the_language_of_the_caller(
    dispatcher: Dispatcher, name: str, token: str, body: bytes, said: str
) -> None:
    _, answer = asyncio.run(dispatcher.perform(name, body, token, CHINESE))
    assert json.loads(answer)["message"] == said


def test_an_operation_without_a_handler_is_found_at_the_start(
    dispatcher: Dispatcher, declared: dict[str, Operation[Nothing, Nothing]]
) -> None:
    with pytest.raises(RuntimeError, match=r"t\.admin"):
        Dispatcher(dispatcher._tools, [], {})


def test_roles_are_for_operators_and_operators_need_them(declared) -> None:
    with pytest.raises(ValueError, match="roles"):
        operation("t.nobody", Nothing, Nothing)
    with pytest.raises(ValueError, match="roles"):
        operation("t.kiosk2", Nothing, Nothing, frozenset({Role.ADMIN}), principal=Principal.KIOSK)


Rights = dict[str, OperatorCaller]


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[tuple[Dispatcher, Rights, list[Callable[[], object]]]]:
    """An operation that proves who calls, then waits, then writes; what happens meanwhile."""
    kept = dict(OPERATIONS)
    OPERATIONS.clear()
    declared = operation("t.slow", Nothing, Nothing, frozenset({Role.ADMIN}))
    engine = connect(sqlite_url(tmp_path / "d.db"))
    upgrade(engine)
    store, pools = Store(engine), Pools()
    meanwhile: list[Callable[[], object]] = []
    rights = {ADMIN.id: ADMIN}

    class Handlers:
        @handles(declared, Pool.WRITE)
        def slow(self, call: Call, request: Nothing) -> Nothing:
            for happens in meanwhile:
                happens()
            with call.store.write("anybody") as tx:  # as a subject does, which knows no caller
                tx.add(Setting(key="slow", value={}))
            return Nothing()

    def by_token(_tx: ReadTx, token: str) -> Caller:
        if token not in rights:
            raise NotSignedIn("Sign in first.")
        return rights[token]

    tools = tools_of(tmp_path, store, pools)
    yield Dispatcher(tools, [Handlers()], {Principal.OPERATOR: by_token}), rights, meanwhile
    pools.close()
    store.close()
    OPERATIONS.clear()
    OPERATIONS.update(kept)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (ADMIN, (200, "")),
        (None, (401, "not_signed_in")),
        (replace(ADMIN, role=Role.AUDITOR), (403, "forbidden")),
        (replace(ADMIN, must_change=True), (403, "password_change_needed")),
        (replace(ADMIN, employee_id="e1"), (409, "conflict")),
    ],
    ids=["as before", "signed out", "demoted", "reset", "other rights"],
)
def test_N17_whoever_loses_a_right_before_they_write_writes_nothing(
    slow: tuple[Dispatcher, Rights, list[Callable[[], object]]],
    after: OperatorCaller | None,
    expected: tuple[int, str],
) -> None:
    """The proof and the transaction are two moments, and a password is verified in between."""
    dispatcher, rights, meanwhile = slow

    def change() -> None:
        del rights[ADMIN.id]
        if after is not None:
            rights[ADMIN.id] = after

    meanwhile.append(change)
    assert call(dispatcher, "t.slow", ADMIN.id) == expected
    with dispatcher._tools.store.read() as tx:
        assert (tx.get(Setting, "slow") is not None) == (expected[0] == 200)
