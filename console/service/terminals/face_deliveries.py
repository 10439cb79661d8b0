"""Faces for units of access control, each in a session: asked, written, read back.

These units keep rights and time zones of their own for everybody, so a person is looked for before
anything is written. A face counts as delivered when the unit has shown a template of it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select

from bridge.terminals.errors import BridgeError, NoAnswer, Unsupported
from bridge.terminals.terminal import Capability, Person, TerminalDevice
from console.domain.errors import Conflict, NotFound
from console.domain.terminals import ONLINE_WITHIN, Dialect, ProvisionState, TerminalStatus
from console.service.pools import Pool, Pools
from console.service.terminals.provisioning import WITHDRAWN, confirm, fail_attempt, in_force
from console.service.terminals.registry import learn
from console.service.terminals.sessions import TerminalSessions
from console.service.terminals.unit_numbers import give_number
from console.store.database import Store
from console.store.queries.people import full_name
from console.store.schema import Employee, Enrolment, EnrolmentPicture, Provision, Terminal
from console.store.unit_of_work import Tx

log = structlog.get_logger()
LOOK_EVERY_S = 2.0
FACES_AT_ONCE = 20
"""Faces of one session, so that others get their turn with the terminal."""
TERMINALS_AT_ONCE = 8


@dataclass(frozen=True)
class _Face:
    """A face, for somebody as the terminal knows them."""

    person: Person
    jpeg: bytes


class FaceDeliveries:
    """Carries out what `AssignJob` has laid out. It lives on the service's loop."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Callable[[], datetime],
        pools: Pools,
        sessions: TerminalSessions,
    ) -> None:
        self._store, self._clock, self._pools, self._sessions = store, clock, pools, sessions
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def watch_forever(self) -> None:
        """Looks for work again and again. The supervisor keeps it running."""
        try:
            while True:
                await self._begin_due()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            under_way = list(self._under_way.values())
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _begin_due(self) -> None:
        """Begins with terminals that are online and wait for a face."""
        due = await self._pools.run(Pool.TASK, self._due)
        free = TERMINALS_AT_ONCE - len(self._under_way)
        for terminal_id in [one for one in due if one not in self._under_way][: max(0, free)]:
            self._under_way[terminal_id] = asyncio.create_task(self._deliver(terminal_id))

    def _due(self) -> list[str]:
        with self._store.read() as tx:
            query = (
                select(Provision.terminal_id)
                .join(Terminal, Terminal.id == Provision.terminal_id)
                .where(
                    Provision.state == ProvisionState.WAITING,
                    Provision.run_at <= tx.now,
                    Terminal.dialect == Dialect.ACCESS,
                    Terminal.status == TerminalStatus.APPROVED,
                    Terminal.contact_problem == "",
                    Terminal.last_seen >= tx.now - ONLINE_WITHIN,
                )
                .group_by(Provision.terminal_id)
                .order_by(Provision.terminal_id)
            )
            return list(tx.scalars(query))

    async def _deliver(self, terminal_id: str) -> None:
        """One session with a terminal, for the faces that wait longest."""
        try:
            waiting = await self._pools.run(Pool.TASK, self._waiting, terminal_id)
            await self._deliver_in_session(terminal_id, waiting)
        except (NotFound, Conflict):
            pass  # it was blocked meanwhile; the rows wait
        except Exception as error:
            log.exception("delivery_failed", terminal=terminal_id, error=type(error).__name__)
        finally:
            self._under_way.pop(terminal_id, None)

    async def _deliver_in_session(self, terminal_id: str, waiting: list[str]) -> None:
        left = deque(waiting)
        try:
            async with self._sessions.session(terminal_id) as unit:
                while left:
                    await self._deliver_one(unit, left[0])
                    left.popleft()
        except BridgeError as error:
            if left:
                await self._pools.run(Pool.TASK, self._fail, left[0], error)

    async def _deliver_one(self, unit: TerminalDevice, provision_id: str) -> None:
        """Raises NoAnswer: nothing else is asked of a terminal that is silent."""
        try:
            face = await self._pools.run(Pool.TASK, self._prepare, provision_id)
            if face is None:
                return
            await unit.write_people([face.person])
            await unit.write_face(face.person.pin, face.jpeg)
        except NoAnswer:
            raise
        except (BridgeError, Conflict) as error:
            await self._pools.run(Pool.TASK, self._fail, provision_id, error)
        else:
            await self._pools.run(Pool.TASK, self._confirm, provision_id)

    def _waiting(self, terminal_id: str) -> list[str]:
        query = select(Provision.id).where(
            Provision.terminal_id == terminal_id,
            Provision.state == ProvisionState.WAITING,
            Provision.run_at <= self._clock(),
        )
        with self._store.read() as tx:
            return list(tx.scalars(query.order_by(Provision.run_at).limit(FACES_AT_ONCE)))

    def _prepare(self, provision_id: str) -> _Face | None:
        """Opens the photo; None if it was withdrawn. Raises Conflict."""
        with self._store.write() as tx:
            provision = _still_waiting(tx, provision_id)
            if provision is None:
                return None
            enrolment = tx.get_one(Enrolment, provision.enrolment_id)
            if not in_force(tx, enrolment):
                fail_attempt(tx, provision, WITHDRAWN, permanent=True)
                return None
            employee = tx.get_one(Employee, enrolment.employee_id)
            pin = give_number(tx, tx.get_one(Terminal, provision.terminal_id), employee)
            picture = tx.get_one(EnrolmentPicture, enrolment.id)
            jpeg = tx.open(employee.id, "enrolment", enrolment.id, "image", picture.image)
            return _Face(Person(pin=pin, name=full_name(employee)), jpeg)

    def _confirm(self, provision_id: str) -> None:
        with self._store.write() as tx:
            provision = _still_waiting(tx, provision_id)
            if provision is not None:
                confirm(tx, provision)

    def _fail(self, provision_id: str, error: BridgeError | Conflict) -> None:
        with self._store.write() as tx:
            provision = _still_waiting(tx, provision_id)
            if provision is None:
                return
            cannot = isinstance(error, Unsupported)
            if cannot:
                terminal = tx.get_one(Terminal, provision.terminal_id)
                learn(tx, terminal, {Capability.FACE_PHOTOS: False})
            remedy = error.remedy if isinstance(error, BridgeError) else ""
            fail_attempt(tx, provision, f"{error} {remedy}".strip()[:300], permanent=cannot)


def _still_waiting(tx: Tx, provision_id: str) -> Provision | None:
    """The row, unless somebody decided otherwise meanwhile."""
    provision = tx.get(Provision, provision_id)
    if provision is None or provision.state is not ProvisionState.WAITING:
        return None
    return provision
