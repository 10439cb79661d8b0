"""Plans: what must change on a terminal, and the receipts of it. N6, P8 to P11."""

import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import msgspec
from sqlalchemy import select

from bridge.terminals.errors import BridgeError, Cancelled
from bridge.terminals.names import CODE_PAGES, lacking, shown_name
from bridge.terminals.plan import (
    OwnPace,
    PlanReceipt,
    PlanStep,
    StepKind,
    TerminalPlan,
    WantedPerson,
    apply_plan,
    fingerprint_of,
    make_plan,
)
from bridge.terminals.terminal import Capability, Estimate, FingerTemplate, Person
from console.api import tasks as api
from console.domain.errors import Conflict, Invalid
from console.domain.fingers import ON_TERMINALS
from console.domain.language import msgid, tr
from console.service.pools import Pool, Pools
from console.service.portions import in_batches
from console.service.tasks import RunningTask
from console.service.terminals.inventory import (
    Inventories,
    Inventory,
    deleted_fingers,
    names_encoding,
    read_all,
)
from console.service.terminals.plan_truth import still_right
from console.service.terminals.registry import known_capabilities, learn, note_receipt
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.site_people import SitePeople
from console.service.terminals.unit_numbers import UnitNumbers
from console.store import schema
from console.store.database import Store
from console.store.queries.placements import (
    forget_faces,
    note_written,
    recognise,
    recognised_on,
    retry_now,
    unsettle_terminal,
)
from console.store.schema import FingerBlob
from console.store.unit_of_work import ReadTx
from console.store.vault import Vault

PLAN_LIFETIME = timedelta(minutes=30)
"""A plan starts from what the terminal held then; an older one must be made again."""
_WORDS = {
    StepKind.ADD: msgid("Add {becomes}"),
    StepKind.RENAME: msgid("Rename “{was}” to “{becomes}”"),
    StepKind.REMOVE: msgid("Remove “{was}” and all that belongs to them"),
    StepKind.ADD_FINGER: msgid("Add: {finger}"),
    StepKind.REPLACE_FINGER: msgid("Replace: {finger}"),
    StepKind.REMOVE_FINGER: msgid("Remove: {finger}, deleted here"),
    StepKind.RECOGNISE: msgid(
        "Treat the person with this number there as {becomes}. The name there cannot be read for "
        "certain, and stays"
    ),
}


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """What a plan adds to what this site wants on the terminal.

    settings: (name, value) to write when a unit is replaced. more: people of the old unit.
    """

    remove_unknown: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    more: tuple[WantedPerson, ...] = ()


@dataclass(frozen=True)
class PlanContent:
    """What is applied. It contains finger templates, so it is stored sealed.

    strangers: numbers of people of a replaced unit whom this site does not know.
    """

    plan: TerminalPlan
    settings: tuple[tuple[str, str], ...] = ()
    strangers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownPlan:
    """A plan that was shown. sealed: its content; confirm: what must be typed first."""

    id: str
    terminal_id: str
    made_at: datetime
    confirm: str
    sealed: bytes = field(repr=False)


class Plans:
    """Stores plans, sealed, from when they are shown until they are applied."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        pools: Pools,
        sessions: TerminalSessions,
        inventories: Inventories,
    ) -> None:
        self._store, self._vault, self._clock, self._pools = store, vault, clock, pools
        self._sessions, self._inventories = sessions, inventories
        self._numbers = UnitNumbers(store)
        self._lock = threading.Lock()
        self._shown: dict[str, ShownPlan] = {}

    async def make(self, task: RunningTask, terminal_id: str, request: PlanRequest) -> api.Plan:
        """Reads the terminal and returns what would change on it. Raises BridgeError."""
        task.say(msgid("Reading the terminal"))
        async with self._sessions.session(terminal_id) as unit:
            found = await read_all(unit, task.progress)
        task.say(msgid("Comparing"))
        return await self.lay_out(terminal_id, found, request, unit.time_for)

    async def lay_out(
        self, terminal_id: str, found: Inventory, request: PlanRequest, pace: OwnPace
    ) -> api.Plan:
        """Compares on a thread of tasks, keeps the plan for `apply`, and stores the inventory.

        pace: of the terminal.
        """
        await self._pools.run(Pool.TASK, self._numbers.give_all, terminal_id)
        made = await self._pools.run(Pool.TASK, self._compare, terminal_id, found, request, pace)
        await self._pools.run(Pool.TASK, self._inventories.record, terminal_id, found)
        return made

    def _compare(
        self, terminal_id: str, found: Inventory, request: PlanRequest, pace: OwnPace
    ) -> api.Plan:
        with self._store.read() as tx:
            row = tx.get_one(schema.Terminal, terminal_id)
            people = SitePeople(tx, self._pools.give_way)
            pins = {person.pin for person in found.people}
            encoding = names_encoding(row, found)
            wanted = {
                want.pin: want
                for want in (
                    *request.more,
                    *_known(tx, row, people, pins),
                    *wanted_on(tx, row, people, found.fingers),
                )
            }
            plan = make_plan(
                wanted.values(),
                found.people,
                found.fingers,
                request.remove_unknown,
                known_capabilities(row),
                people.departed(terminal_id, pins),
                encoding=encoding,
                name_bytes=found.name_bytes,
                recognised=recognised_on(tx, terminal_id),
            )
            more = {want.pin for want in request.more}
            strangers = more - people.staying(terminal_id, more).keys()
        shown = self._keep(row, PlanContent(plan, request.settings, tuple(sorted(strangers))))
        return _struct(shown, plan, encoding, plan.time(pace))

    def _keep(self, row: schema.Terminal, content: PlanContent) -> ShownPlan:
        plan_id = uuid.uuid4().hex
        sealed = self._vault.seal_site(f"plan {plan_id}", msgspec.msgpack.encode(content))
        confirm = row.name if content.plan.destructive else ""
        shown = ShownPlan(plan_id, row.id, self._clock(), confirm, sealed)
        self.forget_old()
        with self._lock:
            self._shown[plan_id] = shown
        return shown

    def forget_old(self) -> None:
        """Deletes plans that nobody may apply any more. From any thread."""
        now = self._clock()
        with self._lock:
            self._shown = {
                plan_id: plan
                for plan_id, plan in self._shown.items()
                if now - plan.made_at <= PLAN_LIFETIME
            }

    def claim(self, plan_id: str, confirm: str) -> ShownPlan:
        """Returns the plan once. Raises Conflict if it is too old, Invalid if not confirmed."""
        self.forget_old()
        with self._lock:
            plan = self._shown.get(plan_id)
            if plan is None:
                raise Conflict(
                    tr(
                        "This plan is too old. "
                        "Make it again: it starts from what the terminal holds now."
                    )
                )
            if plan.confirm and confirm.strip() != plan.confirm:
                raise Invalid(
                    "confirm",
                    tr(
                        "This plan removes people. Type the terminal's name, “{confirm}”, to "
                        "confirm.",
                        confirm=plan.confirm,
                    ),
                )
            del self._shown[plan_id]
        return plan

    async def apply(self, task: RunningTask, plan: ShownPlan, actor: str) -> PlanReceipt:
        """Applies the plan, reads back, and writes the receipt.

        Raises BridgeError, and NotFound, Conflict where the terminal is not approved any more.
        """
        await self._pools.run(Pool.TASK, self._sessions.find, plan.terminal_id)
        content = await self._pools.run(Pool.TASK, self._open, plan)
        task.say(msgid("Writing to the terminal"))
        async with self._sessions.session(plan.terminal_id) as unit:
            await self._pools.run(Pool.TASK, self._note_begin, plan.terminal_id, content)
            try:
                still = partial(self._still_right, plan.terminal_id, content.strangers)
                receipt = await apply_plan(unit, content.plan, task.progress, still)
                for name, value in content.settings:
                    task.say(tr("Setting {name}", name=name))
                    await unit.set_option(name, value)
                task.say(msgid("Reading back"))
                found = await read_all(unit, task.progress)
            except (BridgeError, Cancelled):
                await self._pools.run(Pool.TASK, self._decide_anew, plan.terminal_id, content)
                raise
        await self._pools.run(Pool.TASK, self._note, plan.terminal_id, content, receipt, actor)
        await self._pools.run(Pool.TASK, self._inventories.record, plan.terminal_id, found)
        return receipt

    def _open(self, plan: ShownPlan) -> PlanContent:
        plain = self._vault.open_site(f"plan {plan.id}", plan.sealed)
        return msgspec.msgpack.decode(plain, type=PlanContent)

    async def _still_right(
        self, terminal_id: str, strangers: tuple[str, ...], steps: Sequence[PlanStep]
    ) -> list[PlanStep]:
        """Asked right before each portion is written: somebody may have been erased meanwhile."""

        def look() -> list[PlanStep]:
            with self._store.read() as tx:
                row = tx.get_one(schema.Terminal, terminal_id)
                return still_right(tx, row, steps, strangers, self._pools.give_way)

        return await self._pools.run(Pool.TASK, look)

    def _note_begin(self, terminal_id: str, content: PlanContent) -> None:
        """Whoever is written may be there from now on, also if the plan fails half way."""
        untouched = (StepKind.RECOGNISE, StepKind.REMOVE)
        pins = {step.pin for step in content.plan.steps if step.kind not in untouched}
        for some in in_batches(sorted(pins)):
            with self._store.write() as tx:
                note_written(tx, terminal_id, some)

    def _decide_anew(self, terminal_id: str, content: PlanContent) -> None:
        """Nobody knows how much of a plan was done: the terminal is asked by itself."""
        renamed = sorted(step.pin for step in content.plan.steps if step.kind is StepKind.RENAME)
        for some in in_batches(renamed):
            with self._store.write() as tx:
                forget_faces(tx, terminal_id, some)
        with self._store.write() as tx:
            unsettle_terminal(tx, tx.get_one(schema.Terminal, terminal_id))

    def _note(
        self, terminal_id: str, content: PlanContent, receipt: PlanReceipt, actor: str
    ) -> None:
        detail: dict[str, object] = {
            "added": receipt.added,
            "renamed": receipt.renamed,
            "removed": receipt.removed,
            "fingers": receipt.fingers,
            "people_on_unit": receipt.people_on_unit,
            "settings": len(content.settings),
        }
        with self._store.write(actor) as tx:
            row = tx.get_one(schema.Terminal, terminal_id)
            note_receipt(tx, terminal_id, "plan", detail)
            learn(tx, row, {Capability.WRITE_PEOPLE: True})
            if receipt.left_out:
                learn(tx, row, {Capability.WRITE_FINGERS: False})
            row.follows = True
            steps = content.plan.steps
            recognise(tx, terminal_id, [s.pin for s in steps if s.kind is StepKind.RECOGNISE])
            renamed = {step.pin for step in steps if step.kind is StepKind.RENAME}
            forget_faces(tx, terminal_id, renamed.intersection(receipt.new))
            unsettle_terminal(tx, row)
            retry_now(tx, terminal_id)


def wanted_on(
    tx: ReadTx, row: schema.Terminal, people: SitePeople, held: Iterable[FingerTemplate]
) -> list[WantedPerson]:
    """The people who belong on a terminal, with the fingers that fit it.

    A template that the terminal already holds (by identity) is not unsealed.
    """
    there = {(one.pin, fingerprint_of(one.template)): one.template for one in held}
    belonging = list(people.belonging(row))
    missing = [
        blob.id
        for one in belonging
        for blob in one.fingers
        if (one.pin, blob.identity) not in there
    ]
    opened = _open_templates(tx, missing)
    deleted = deleted_fingers(tx, row)
    wanted = []
    for one in belonging:
        templates = [
            (blob, opened.get(blob.id) or there.get((one.pin, blob.identity)))
            for blob in one.fingers
        ]
        fingers = tuple(
            FingerTemplate(one.pin, blob.finger, template, blob.valid)
            for blob, template in templates
            if template is not None  # else it was deleted while we read
        )
        gone = deleted.get(one.person.id, ())
        wanted.append(WantedPerson(one.pin, one.person.name, fingers, gone))
    return wanted


def _open_templates(tx: ReadTx, blob_ids: list[str]) -> dict[str, bytes]:
    """Id -> template, unsealed."""
    if blob_ids:
        tx.load_keys()
    opened = {}
    for some in in_batches(blob_ids):
        query = select(FingerBlob.id, FingerBlob.employee_id, FingerBlob.template)
        for blob_id, employee_id, sealed in tx.execute(query.where(FingerBlob.id.in_(some))):
            opened[blob_id] = tx.open(employee_id, "finger_blob", blob_id, "template", sealed)
    return opened


def _known(
    tx: ReadTx, row: schema.Terminal, people: SitePeople, pins: set[str]
) -> list[WantedPerson]:
    """Employees who are on the terminal already and may be. They stay, with their name here."""
    deleted = deleted_fingers(tx, row)
    return [
        WantedPerson(pin, person.name, deleted=deleted.get(person.id, ()))
        for pin, person in people.staying(row.id, pins).items()
    ]


def _in_words(step: PlanStep, encoding: str) -> str:
    """A step, and what the terminal cannot show of the name that it is given."""
    change = tr(
        _WORDS[step.kind],
        was=step.was,
        becomes=step.becomes,
        finger=tr(ON_TERMINALS[step.finger.finger].words) if step.finger else "",
    )
    missing = lacking(step.becomes, encoding)
    if not missing or step.kind is StepKind.RECOGNISE:
        return change
    shown, page = shown_name(step.becomes, encoding), CODE_PAGES.get(encoding)
    if page is None:
        return tr(
            "{change} (shown as “{shown}”: its text encoding is not known)",
            change=change,
            shown=shown,
        )
    return tr(
        "{change} (shown as “{shown}”: {encoding} has no “{missing}”)",
        change=change,
        shown=shown,
        encoding=tr(page.label),
        missing=missing,
    )


def _struct(shown: ShownPlan, plan: TerminalPlan, encoding: str, time: Estimate) -> api.Plan:
    steps = [
        api.PlanRow(
            kind=step.kind,
            pin=step.pin,
            text=_in_words(step, encoding),
        )
        for step in plan.steps
    ]
    return api.Plan(
        id=shown.id,
        terminal_id=shown.terminal_id,
        steps=steps,
        unknown=[_unknown(person) for person in plan.unknown],
        same=plan.same,
        bytes=plan.bytes,
        seconds=round(time.seconds, 1),
        pace_known=time.measured,
        destructive=plan.destructive,
        confirm=shown.confirm,
    )


def _unknown(person: Person) -> api.PlanRow:
    nameless = (
        tr("with a name that cannot be read for certain") if person.unread else tr("without a name")
    )
    return api.PlanRow(kind="unknown", pin=person.pin, text=person.name or nameless)
