"""Whether the steps of a plan are still right at the moment when they are carried out. N6.

Between a plan and its step somebody may have been erased, have left, or have withdrawn a consent.
They must not come back to the terminal even once.
"""

from collections.abc import Callable, Collection, Sequence

from bridge.terminals.plan import PlanStep, StepKind
from console.service.terminals.inventory import deleted_fingers
from console.service.terminals.site_people import SitePeople
from console.store.queries.erasure import erased_numbers
from console.store.queries.fingers import bases_of
from console.store.schema import Terminal
from console.store.unit_of_work import ReadTx

_FINGERS = (StepKind.ADD_FINGER, StepKind.REPLACE_FINGER)


def still_right(
    tx: ReadTx,
    row: Terminal,
    steps: Sequence[PlanStep],
    strangers: Collection[str],
    give_way: Callable[[], None],
) -> list[PlanStep]:
    """Those of the steps that are as right as when the plan was made.

    strangers: numbers of people whom this site did not know then, and who come along from a unit
    that is replaced.
    """
    people, pins = SitePeople(tx, give_way), {step.pin for step in steps}
    staying, known = people.staying(row.id, pins), people.known_by_pin(row.id, pins)
    erased = erased_numbers(tx, pins, row.id)
    based = bases_of(tx, [person.id for person in staying.values()])
    deleted = deleted_fingers(tx, row)

    def may_have(step: PlanStep) -> bool:
        who = staying.get(step.pin)
        if who is None:
            return step.pin in strangers and step.pin not in known and step.pin not in erased
        if step.finger is None or step.kind not in _FINGERS:
            return True
        return who.id in based and step.finger.finger not in deleted.get(who.id, ())

    def right(step: PlanStep) -> bool:
        if step.kind is StepKind.REMOVE:
            return step.pin not in staying
        return step.kind is StepKind.REMOVE_FINGER or may_have(step)

    return [step for step in steps if right(step)]
