"""N6, P10, P11: a plan tells every change in advance and is proven afterwards, in both dialects."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.simulator.unit import made_up_template
from bridge.simulator.zk import ZkServer
from bridge.terminals.errors import NotConfirmed
from bridge.terminals.plan import (
    PlanReceipt,
    PlanStep,
    StepKind,
    TerminalPlan,
    WantedPerson,
    apply_plan,
    fingerprint_of,
    inventory_digest,
    make_plan,
    same_name,
)
from bridge.terminals.terminal import Capability, FingerTemplate, Person
from bridge.terminals.zk.terminal import connected
from tests.bridge.fakes import QUICK, a_unit, address, run

CAN = {Capability.WRITE_FINGERS: True}


def kinds(plan: TerminalPlan) -> list[tuple[str, str]]:
    return [(step.kind.value, step.pin) for step in plan.steps]


def test_N6_adds_renames_and_fingers_and_nobody_unknown_is_touched() -> None:
    held = [
        Person(pin="1", name="Ada"),
        Person(pin="2", name="Old name", privilege=14),
        Person(pin="9", name="Visitor"),
    ]
    fingers = [FingerTemplate("1", 6, b"same"), FingerTemplate("2", 6, b"old")]
    wanted = [
        WantedPerson("1", "Ada", (FingerTemplate("1", 6, b"same"),)),
        WantedPerson("2", "New name", (FingerTemplate("2", 6, b"new"),)),
        WantedPerson("3", "Zoë", (FingerTemplate("3", 1, b"x"),)),
    ]
    plan = make_plan(wanted, held, fingers, remove_unknown=False, can=CAN)
    assert kinds(plan) == [
        ("rename", "2"),
        ("replace_finger", "2"),
        ("add", "3"),
        ("add_finger", "3"),
    ]
    assert (plan.same, [person.pin for person in plan.unknown], plan.destructive) == (
        1,
        ["9"],
        False,
    )
    assert plan.steps[0].person == Person(pin="2", name="New name", privilege=14)
    assert plan.bytes > 0
    assert plan.time().seconds > 0
    assert not plan.time().measured


def test_P11_removing_is_only_planned_when_asked_and_called_destructive() -> None:
    plan = make_plan([], [Person(pin="9", name="Visitor")], [], remove_unknown=True, can=CAN)
    assert kinds(plan) == [("remove", "9")]
    assert plan.destructive


def test_P4_fingers_are_not_planned_for_a_unit_that_takes_none() -> None:
    wanted = [WantedPerson("3", "Zoë", (FingerTemplate("3", 1, b"x"),))]
    assert kinds(make_plan(wanted, [], [], False, {Capability.WRITE_FINGERS: False})) == [
        ("add", "3")
    ]


def test_names_count_as_equal_as_far_as_a_unit_can_keep_them() -> None:
    long = "Wolfeschlegelsteinhausenbergerdorff"
    assert same_name(long, long[:24])
    assert same_name(long, long[:8], size=8)
    assert not same_name(long, long[:8]), "a longer record has room for more of it"
    assert same_name("陈" * 9, "陈" * 8)
    assert not same_name("Ada", "Adam")
    assert not same_name("Ada", "")


people = st.dictionaries(
    st.from_regex("[0-9]{1,4}", fullmatch=True),
    st.text("abcé", min_size=1, max_size=30),
    max_size=6,
)


@given(people, people)
def test_P10_applying_a_plan_leaves_nothing_to_plan(
    wanted: dict[str, str], held: dict[str, str]
) -> None:
    rows = [WantedPerson(pin, name) for pin, name in wanted.items()]
    plan = make_plan(
        rows, [Person(pin=pin, name=name) for pin, name in held.items()], [], True, CAN
    )
    after = dict(held)
    for step in plan.steps:
        if step.kind is StepKind.REMOVE:
            del after[step.pin]
        else:
            after[step.pin] = step.becomes
    again = make_plan(
        rows, [Person(pin=pin, name=name) for pin, name in after.items()], [], True, CAN
    )
    assert (again.steps, again.unknown, again.same) == ((), (), len(wanted))


def test_P10_digests_tell_people_and_fingers_apart() -> None:
    fingers = [(6, fingerprint_of(b"x")), (7, fingerprint_of(b"y"))]
    base = inventory_digest("1", "Ada", fingers)
    assert base == inventory_digest("1", "Ada", fingers[::-1])
    assert (
        len(
            {
                base,
                inventory_digest("2", "Ada", fingers),
                inventory_digest("1", "Bob", fingers),
                inventory_digest("1", "Ada Lovelace", fingers),
                inventory_digest("1", "Ada", []),
                inventory_digest("1", "Ada", fingers[:1]),
            }
        )
        == 6
    )


@pytest.mark.parametrize("width", [28, 72])
def test_N6_a_plan_is_applied_verified_and_receipted(width: int) -> None:
    async def story() -> None:
        unit = a_unit(4)
        unit.faults.user_width = width
        wanted = [
            WantedPerson("1001", "A name that is longer than any record"),
            WantedPerson("7001", "Zoë", (FingerTemplate("7001", 2, made_up_template("z")),)),
        ]
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            plan = make_plan(wanted, await terminal.people(), await terminal.fingers(), True, CAN)
            seen: list[int] = []
            receipt = await apply_plan(terminal, plan, lambda done, _total: seen.append(done))
            assert receipt == PlanReceipt(
                added=1, renamed=1, removed=3, fingers=1, people_on_unit=2, new=("7001",)
            )
            assert seen == sorted(seen)
            again = make_plan(
                wanted,
                await terminal.people(),
                await terminal.fingers(),
                True,
                CAN,
                name_bytes=terminal.name_bytes,
            )
            assert not again.steps

    run(story())


def test_P2_no_receipt_for_a_unit_that_only_says_yes() -> None:
    async def story() -> None:
        unit = a_unit(1)
        unit.faults.ignore_writes = True
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            with pytest.raises(NotConfirmed):
                await apply_plan(
                    terminal,
                    make_plan([WantedPerson("7", "New")], await terminal.people(), [], False, CAN),
                )

    run(story())


def test_TE20_a_plan_is_done_though_the_unit_turns_out_to_take_no_fingers() -> None:
    async def story() -> None:
        unit = a_unit(1)
        unit.faults.refuse = {10: 65535, 110: 65535}
        finger = FingerTemplate("7001", 2, made_up_template("z"))
        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            held, fingers = await terminal.people(), await terminal.fingers()
            wanted = [WantedPerson("7001", "Zoë", (finger,))]
            plan = make_plan(wanted, held, fingers, False, CAN)
            receipt = await apply_plan(terminal, plan)
            assert (receipt.added, receipt.fingers, receipt.left_out) == (1, 0, 1)
            assert unit.people["7001"].name == "Zoë"

    run(story())


def test_N6_each_portion_is_looked_at_again_right_before_it_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridge.terminals.plan.PORTION", 2)

    async def story() -> None:
        unit = a_unit(0)
        wanted = [WantedPerson(str(7001 + n), f"Person {n}") for n in range(5)]
        looked: list[tuple[list[str], set[str]]] = []

        async def still(steps: Sequence[PlanStep]) -> list[PlanStep]:
            looked.append(([step.pin for step in steps], set(unit.people)))
            return [step for step in steps if step.pin not in ("7001", "7005")]

        async with ZkServer(unit) as server, connected(address(server), "", QUICK) as terminal:
            plan = make_plan(wanted, await terminal.people(), [], False, CAN)
            receipt = await apply_plan(terminal, plan, still=still)
        assert looked == [
            (["7001", "7002"], set()),
            (["7003", "7004"], {"7002"}),
            (["7005"], {"7002", "7003", "7004"}),
        ]
        assert set(unit.people) == {"7002", "7003", "7004"}
        assert (receipt.added, receipt.people_on_unit) == (3, 3)

    run(story())
